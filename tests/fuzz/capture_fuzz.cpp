// libFuzzer's target for everything that reads a capture: whatever the bytes are, they open or are refused, every event names bytes that are there, a file that grows
// reads as the whole one does, and a repaired file is the old one's beginning and stays as it is.
#include "net/capture/file_table.h"
#include "net/capture/pcapng_reader.h"
#include "net/capture/tail_repair.h"
#include "net/channel/event.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <variant>
#include <vector>

namespace {

using net::capture::FileTable;
using net::capture::Reader;
using net::channel::FileId;

void check(bool is_so, const char* what) {
    if (is_so) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

struct Scratch {
    FileTable files;
    int fd = ::memfd_create("capture", MFD_CLOEXEC);
    FileId file = files.add(fd, "capture");

    void cut(std::size_t size) const {
        check(::ftruncate(fd, static_cast<off_t>(size)) == 0, "ftruncate");
    }
    void put(const std::uint8_t* data, std::size_t begin, std::size_t end) const {
        const auto size = static_cast<ssize_t>(end - begin);
        check(::pwrite(fd, data + begin, end - begin, static_cast<off_t>(begin)) == size, "pwrite");
    }
};

// What was told, as far as it can be compared in a few words.
struct Told {
    std::uint64_t events = 0;
    std::uint64_t hash = 0;

    void add(const net::channel::Event& event, std::size_t size) {
        ++events;
        mix(event.index());
        if (const auto* recorded = std::get_if<net::channel::Recorded>(&event)) {
            check(recorded->offset <= size && recorded->size <= size - recorded->offset,
                  "a read lies in the file");
            mix(recorded->offset), mix(recorded->size), mix(number(recorded->connection));
            mix(static_cast<std::uint64_t>(recorded->time_ns));
        } else if (const auto* gap = std::get_if<net::channel::StreamGap>(&event)) {
            check(gap->bytes > 0, "a gap has bytes");
            mix(gap->bytes);
        }
    }
    void mix(std::uint64_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL + 1; }
};

Told read_whole(Scratch& scratch, std::size_t size, std::uint64_t& whole) {
    Told told;
    std::string message;
    const auto reader = Reader::open(scratch.files, scratch.file, message);
    whole = 0;
    if (reader == nullptr) {
        check(!message.empty(), "a refusal has words");
        return told;
    }
    net::channel::Event event;
    std::uint64_t last = 0;
    while (reader->next(event)) {
        told.add(event, size);
        check(reader->offset() >= last, "reading goes forward");
        last = reader->offset();
    }
    whole = reader->offset();
    check(whole <= size, "no further than the file");
    check(reader->counts().left_over_bytes == size - whole, "what is left over is counted");
    check((whole == size) == reader->counts().why_it_ended.empty(),
          "an end in the middle has words");
    (void)reader->counts().in_words();
    // Each block of 12 bytes tells one thing at most; held segments and gaps come on top, one for each packet.
    check(told.events <= size / 4 + 16, "no more events than the bytes can say");
    return told;
}

Told read_growing(Scratch& scratch, const std::uint8_t* data, std::size_t size, std::size_t step) {
    Told told;
    std::size_t there = std::min<std::size_t>(size, net::capture::kOpeningBytes);
    scratch.cut(0);
    scratch.put(data, 0, there);
    std::string message;
    const auto reader = Reader::open(scratch.files, scratch.file, message);
    if (reader == nullptr) return told;
    reader->set_growing(true);
    net::channel::Event event;
    while (there < size) {
        while (reader->next(event))
            told.add(event, there);
        const std::size_t next = std::min(size, there + step);
        scratch.put(data, there, next);
        there = next;
    }
    reader->set_growing(false);
    while (reader->next(event))
        told.add(event, there);
    return told;
}

void repair(const std::uint8_t* data, std::size_t size, std::uint64_t whole) {
    static const std::string path = "/dev/shm/wireloupe-fuzz-" + std::to_string(::getpid());
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(fd >= 0 && ::write(fd, data, size) == static_cast<ssize_t>(size), "scratch file");
    const net::capture::Repair first = net::capture::repair_tail(path);
    check(first.error == 0, "a repair succeeds");
    std::vector<std::uint8_t> after(size + 1);
    const ssize_t n = ::pread(fd, after.data(), after.size(), 0);
    check(n >= 0 && static_cast<std::size_t>(n) <= size, "a repaired file is not longer");
    check(std::equal(after.begin(), after.begin() + n, data), "a repaired file is a prefix");
    if (first.was_needed) {
        check(static_cast<std::uint64_t>(n) + first.left_over_bytes == size, "nothing is lost");
        check(static_cast<std::uint64_t>(n) >= whole, "no whole block is cut off");
        ::unlink(first.tail_path.c_str());
    }
    check(!net::capture::repair_tail(path).was_needed, "a second repair changes nothing");
    ::close(fd);
    ::unlink(path.c_str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Scratch scratch;
    scratch.cut(size);
    scratch.put(data, 0, size);
    std::uint64_t whole = 0;
    const Told told = read_whole(scratch, size, whole);
    const net::capture::TailState tail = net::capture::inspect_tail(scratch.files, scratch.file);
    check(tail.error == 0 && tail.whole_bytes + tail.left_over_bytes == size,
          "every byte is somewhere");
    if (tail.is_own && !tail.ended_in_order)
        check(tail.whole_bytes >= whole, "what the reader takes for whole is whole");
    if (tail.is_own && size < 4096) repair(data, size, whole);
    if (size > net::capture::kOpeningBytes) {
        // A long one in few steps, or it would be read for ever.
        const std::size_t step = 1 + size / 16 + data[size / 2] % 32;
        const Told grown = read_growing(scratch, data, size, step);
        check(grown.events == told.events && grown.hash == told.hash,
              "a growing file reads as the whole one");
    }
    return 0;
}
