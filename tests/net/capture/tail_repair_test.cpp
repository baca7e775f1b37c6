// A file of ours that ends anywhere is cut back to its last whole block, with what was behind it kept beside it; everything else stays as it is.

#include "net/capture/tail_repair.h"

#include "net/capture/file_window.h"
#include "net/capture/note_codec.h"
#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net/capture/foreign_capture.h"
#include "tests/net/capture/random_recording.h"

namespace tests {
namespace {

using net::capture::inspect_tail;
using net::capture::Repair;
using net::capture::repair_tail;
using net::capture::TailState;

bool is_long() {
    return std::getenv("WIRELOUPE_LONG") != nullptr;
}

// The block that ends a run in order.
Bytes run_ended() {
    Bytes body;
    net::capture::encode_run_ended(net::channel::ServiceStopped{.connections = 3, .time_ns = 9},
                                   body);
    body.resize((body.size() + 3) / 4 * 4);
    Bytes block(8);
    const std::uint32_t type = net::capture::format::kBlockNote;
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    std::memcpy(block.data(), &type, 4);
    std::memcpy(&block[4], &length, 4);
    block.insert(block.end(), body.begin(), body.end());
    const auto* raw = reinterpret_cast<const std::uint8_t*>(&length);
    block.insert(block.end(), raw, raw + 4);
    return block;
}

class TailRepair : public testing::Test {
  protected:
    // A capture of about `bytes`.
    void record(std::size_t bytes, std::uint64_t seed = 7) {
        net::capture::FileTable files;
        Recording recording = Recording::at(files, path_);
        recording.endpoint(1);
        Flow& flow = recording.open(1, 1, ipv4(9000), ipv6(40001));
        for (std::uint64_t i = 0, done = 0; done < bytes; ++i) {
            const Bytes read = random_bytes(1 + (i * 7919 + seed) % 1400, i + seed);
            recording.receive(flow, read);
            done += read.size() + 120;
        }
        recording.finish();
        whole_ = read_file(path_);
        for (std::size_t at = 0; at < whole_.size();) {
            std::uint32_t length = 0;
            std::memcpy(&length, &whole_[at + 4], 4);
            ends_.push_back(at += length);
        }
    }
    // Where the last whole block ends of the first `size` bytes.
    [[nodiscard]] std::size_t last_end(std::size_t size) const {
        const auto after = std::upper_bound(ends_.begin(), ends_.end(), size);
        return after == ends_.begin() ? 0 : *std::prev(after);
    }
    void lay_down(std::span<const std::uint8_t> head, const Bytes& tail) {
        const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ASSERT_GE(fd, 0);
        ASSERT_EQ(::write(fd, head.data(), head.size()), static_cast<ssize_t>(head.size()));
        ASSERT_EQ(::write(fd, tail.data(), tail.size()), static_cast<ssize_t>(tail.size()));
        ::close(fd);
    }
    [[nodiscard]] std::size_t size_on_disk(const std::string& path) const {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 ? static_cast<std::size_t>(status.st_size)
                                                  : SIZE_MAX;
    }
    // Cut at `size`, then `tail`: what is whole comes back, the rest lies beside it, a second repair finds nothing to do.
    void expect_repaired(std::size_t size, const Bytes& tail) {
        SCOPED_TRACE(testing::Message() << "cut at " << size << ", tail of " << tail.size());
        lay_down(std::span{whole_}.first(size), tail);
        // Bytes behind the cut may happen to be those that were there.
        std::size_t same = size;
        while (same < whole_.size() && same - size < tail.size() &&
               tail[same - size] == whole_[same])
            ++same;
        const bool is_own = same >= ends_.front();
        const std::size_t end = is_own ? last_end(same) : size + tail.size();
        const std::size_t left_over = size + tail.size() - end;
        const Repair repair = repair_tail(path_);
        ASSERT_EQ(repair.error, 0);
        ASSERT_EQ(repair.was_needed, left_over > 0);
        ASSERT_EQ(repair.left_over_bytes, left_over);
        ASSERT_EQ(size_on_disk(path_), end);
        if (left_over > 0) {
            ASSERT_EQ(repair.tail_path, path_ + ".tail");
            Bytes expected(whole_.begin(), whole_.begin() + static_cast<std::ptrdiff_t>(size));
            expected.insert(expected.end(), tail.begin(), tail.end());
            expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(end));
            ASSERT_TRUE(read_file(repair.tail_path) == expected);
            ASSERT_EQ(::unlink(repair.tail_path.c_str()), 0);
        }
        const Repair second = repair_tail(path_);
        ASSERT_EQ(second.error, 0);
        ASSERT_FALSE(second.was_needed);
        ASSERT_EQ(size_on_disk(path_), end);
        ASSERT_EQ(size_on_disk(path_ + ".tail"), SIZE_MAX);
        expect_reader_agrees(end, is_own);
    }
    void expect_reader_agrees(std::size_t end, bool is_own) {
        if (!is_own || ++looks_ % 16 != 0) return;  // the reader's own test cuts at every byte
        net::capture::FileTable files;
        const ReadBack back = read_back(files, path_);
        ASSERT_EQ(back.counts.why_it_ended, "");
        ASSERT_EQ(
            std::get<net::channel::LedgerMark>(back.events[back.events.size() - 2]).end_offset,
            end);
    }
    [[nodiscard]] TailState inspect() {
        net::capture::FileTable files;
        int error = 0;
        const FileId file = net::capture::open_capture(files, path_, error);
        return inspect_tail(files, file);
    }

    // In memory: a repair syncs four times, and there are thousands of them.
    TemporaryDirectory directory_{"/dev/shm"};
    std::string path_ = directory_.path("x.pcapng");
    Bytes whole_;
    std::vector<std::size_t> ends_;
    unsigned looks_ = 0;
};

TEST_F(TailRepair, BringsBackEveryWholeBlockWhereverItIsCut) {
    record(66'000);
    ASSERT_GE(whole_.size(), 65'536U);
    // Every 17th meets each kind of place.
    const std::size_t step = is_long() ? 1 : 17;
    for (std::size_t size = 0; size <= whole_.size() && !HasFatalFailure(); size += step) {
        expect_repaired(size, {});
        switch (size / step % 3) {
            case 0: expect_repaired(size, Bytes(1 + size % 5000, 0)); break;
            case 1: expect_repaired(size, Bytes(1 + size % 5000, 0xFF)); break;
            default: expect_repaired(size, random_bytes(1 + size % 5000, size)); break;
        }
        if (!is_long()) continue;
        expect_repaired(size, Bytes(4096, 0));
        expect_repaired(size, Bytes(4096, 0xFF));
        expect_repaired(size, random_bytes(4096, size + 1));
    }
}

TEST_F(TailRepair, NeverReplacesWhatAnEarlierRepairKept) {
    record(1000);
    lay_down(whole_, Bytes(10, 1));
    EXPECT_EQ(repair_tail(path_).tail_path, path_ + ".tail");
    lay_down(whole_, Bytes(20, 2));
    EXPECT_EQ(repair_tail(path_).tail_path, path_ + ".tail-2");
    EXPECT_EQ(read_file(path_ + ".tail"), Bytes(10, 1));
    EXPECT_EQ(read_file(path_ + ".tail-2"), Bytes(20, 2));
    struct stat status {};
    ASSERT_EQ(::stat((path_ + ".tail").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(read_file(path_), whole_);
}

TEST_F(TailRepair, LeavesWhatIsNotOurs) {
    ForeignCapture foreign(Container::kPcapng, 1);
    foreign.add_packet(random_bytes(100, 1));
    Bytes bytes = foreign.bytes();
    bytes.resize(bytes.size() - 3);
    for (const Bytes& content : {bytes, Bytes{}, Bytes(5000, 'x'), random_bytes(30, 1)}) {
        write_file(path_, content);
        const Repair repair = repair_tail(path_);
        EXPECT_EQ(repair.error, 0);
        EXPECT_FALSE(repair.was_needed);
        EXPECT_EQ(read_file(path_), content);
        EXPECT_FALSE(inspect().is_own);
    }
}

TEST_F(TailRepair, LeavesAFileThatIsDamagedFarFromItsEnd) {
    record(5000);
    whole_[ends_[3] + 4] ^= 1U;  // a length
    for (const std::uint64_t behind :
         {net::capture::kMostTornBytes + 1, net::capture::kMostTornBytes}) {
        lay_down(whole_, {});
        ASSERT_EQ(::truncate(path_.c_str(), static_cast<off_t>(ends_[3] + behind)), 0);
        const Repair repair = repair_tail(path_);
        EXPECT_EQ(repair.error, 0);
        EXPECT_EQ(repair.left_over_bytes, behind);
        EXPECT_EQ(repair.was_needed, behind == net::capture::kMostTornBytes);
        EXPECT_EQ(size_on_disk(path_), ends_[3] + (repair.was_needed ? 0 : behind));
    }
}

TEST_F(TailRepair, LeavesASectionInTheOtherByteOrderBehindOurs) {
    record(5000);
    ForeignCapture foreign(Container::kPcapng, 1, true);
    foreign.add_packet(random_bytes(100, 1));
    lay_down(whole_, foreign.bytes());
    EXPECT_FALSE(repair_tail(path_).was_needed);
    EXPECT_EQ(size_on_disk(path_), whole_.size() + foreign.bytes().size());
    Bytes torn = foreign.bytes();
    torn.pop_back();
    lay_down(whole_, torn);
    EXPECT_TRUE(repair_tail(path_).was_needed);
}

// Of this process's own memory, which can be read like a file and ends where nothing is mapped.
TEST(FileWindow, SaysWhetherWhatIsMissingCannotBeRead) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    auto* const memory = static_cast<std::uint8_t*>(
        ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(static_cast<void*>(memory), MAP_FAILED);
    ASSERT_EQ(::munmap(memory + page, page), 0);
    net::capture::FileTable files;
    const FileId file = files.add(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC), "memory");
    net::capture::FileWindow window(files);
    window.start(file);
    const auto end = reinterpret_cast<std::uint64_t>(memory) + page;
    EXPECT_NE(window.view(end - 100, 100, end), nullptr);
    EXPECT_EQ(window.error(), 0);
    EXPECT_EQ(window.view(end - 100, 200, end), nullptr) << "beyond where it may be read";
    EXPECT_EQ(window.error(), 0);
    EXPECT_EQ(window.view(end - 100, 200, end + page), nullptr);
    EXPECT_EQ(window.error(), EIO) << "in the middle";
    EXPECT_EQ(window.view(end, 10, end + page), nullptr);
    EXPECT_EQ(window.error(), EIO) << "at the beginning";
    ::munmap(memory, page);
}

TEST_F(TailRepair, LeavesWhatAnotherProgramWrites) {
    record(1000);
    lay_down(whole_, Bytes(10, 1));
    const int fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(repair_tail(path_).error, EBUSY);
    EXPECT_EQ(read_file(path_).size(), whole_.size() + 10);
    ::close(fd);
    EXPECT_EQ(repair_tail(path_).error, 0);
    EXPECT_EQ(read_file(path_), whole_);
}

TEST_F(TailRepair, SaysWhyItCannot) {
    EXPECT_EQ(repair_tail(directory_.path("none")).error, ENOENT);
    EXPECT_EQ(repair_tail(directory_.path("")).error, EINVAL);
    ASSERT_EQ(::mkfifo(directory_.path("fifo").c_str(), 0600), 0);
    EXPECT_EQ(repair_tail(directory_.path("fifo")).error, EINVAL);
    record(1000);
    lay_down(whole_, Bytes(10, 1));
    ASSERT_EQ(::symlink(path_.c_str(), directory_.path("link").c_str()), 0);
    EXPECT_EQ(repair_tail(directory_.path("link")).error, ELOOP);
    if (::geteuid() != 0) {  // root may write everything
        ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
        const Repair repair = repair_tail(path_);
        EXPECT_EQ(repair.error, EACCES);
        EXPECT_TRUE(repair.was_needed);
        EXPECT_EQ(repair.left_over_bytes, 10U);
        EXPECT_EQ(size_on_disk(path_ + ".tail"), SIZE_MAX);
    }
    EXPECT_EQ(read_file(path_).size(), whole_.size() + 10);
}

TEST_F(TailRepair, StopsWhenItIsToldTo) {
    record(20 << 20U);
    whole_.resize(whole_.size() - 1);
    lay_down(whole_, {});
    std::uint64_t last = 0;
    const Repair repair = repair_tail(path_, [&](std::uint64_t done) {
        EXPECT_GT(done, last);
        last = done;
        return false;
    });
    EXPECT_EQ(repair.error, ECANCELED);
    EXPECT_GT(last, 0U);
    EXPECT_EQ(size_on_disk(path_), whole_.size());
}

TEST_F(TailRepair, ARunThatEndedInOrderIsKnownByItsLastBlock) {
    record(5000);
    EXPECT_TRUE(inspect().is_own);
    EXPECT_FALSE(inspect().ended_in_order);
    EXPECT_EQ(inspect().whole_bytes, whole_.size());
    EXPECT_EQ(inspect().left_over_bytes, 0U);
    const Bytes last = run_ended();
    lay_down(whole_, last);
    EXPECT_TRUE(inspect().ended_in_order);
    EXPECT_EQ(inspect().whole_bytes, whole_.size() + last.size());
    EXPECT_FALSE(repair_tail(path_).was_needed);
    // Anything behind it, or a part of it, is a crash's.
    Bytes longer = last;
    longer.push_back(0);
    lay_down(whole_, longer);
    EXPECT_FALSE(inspect().ended_in_order);
    EXPECT_EQ(inspect().left_over_bytes, 1U);
    lay_down(whole_, Bytes(last.begin(), last.end() - 1));
    EXPECT_FALSE(inspect().ended_in_order);
    EXPECT_EQ(inspect().whole_bytes, whole_.size());
}

// Of this thread: other programs on the machine do not count.
double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The plainest way to take a file's bytes into memory: one buffer, over and over.
std::size_t read_through(const std::string& path, std::vector<char>& buffer) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::size_t size = 0;
    for (ssize_t taken = 0; (taken = ::read(fd, buffer.data(), buffer.size())) > 0;)
        size += static_cast<std::size_t>(taken);
    ::close(fd);
    return size;
}

// RELIABILITY.md, T41: at most a second a GiB, which a busy machine may miss: here against reading the same bytes and not looking at them.
TEST_F(TailRepair, LooksThroughSmallBlocksAboutAsFastAsTheyAreRead) {
    record(4 << 20U);
    constexpr std::size_t kGoal = std::size_t{40} << 20U;
    const std::size_t header = ends_.front();
    const auto blocks = std::span{whole_}.subspan(header);
    const int fd = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    std::size_t size = whole_.size();
    while (size < kGoal) {
        ASSERT_EQ(::write(fd, blocks.data(), blocks.size()), static_cast<ssize_t>(blocks.size()));
        size += blocks.size();
    }
    ::close(fd);
    const auto least = [](double& best, const auto& work) {
        const double begin = cpu_seconds();
        work();
        best = std::min(best, cpu_seconds() - begin);
    };
    double looking = 1e9;
    double reading = 1e9;
    std::vector<char> buffer(std::size_t{1} << 20U);
    for (int i = 0; i < 9; ++i) {
        least(looking, [&] { EXPECT_EQ(inspect().whole_bytes, size); });
        least(reading, [&] { EXPECT_EQ(read_through(path_, buffer), size); });
    }
    const double gib_a_second = static_cast<double>(size) / (1 << 30U) / looking;
    RecordProperty("gib_a_second", std::to_string(gib_a_second));
    std::printf("looking through blocks of %zu bytes: %.2f GiB/s, %.1f times the reading\n",
                whole_.size() / ends_.size(), gib_a_second, looking / reading);
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // 1.2 measured.
    EXPECT_LE(looking / reading, 2.0);
#endif
}

}  // namespace
}  // namespace tests
