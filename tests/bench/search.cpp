// A search as the window does it, timed: bench_search find CAPTURE TEXT TIMES prints "seconds matches" for each time; bench_search raw CAPTURE FILE writes the bytes of
// all reads one after the other, for what is measured beside it.
#include "app/jobs/byte_search.h"
#include "net/capture/file_table.h"
#include "net/capture/index.h"
#include "net/capture/pcapng_reader.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <semaphore>
#include <string>
#include <string_view>
#include <unistd.h>
#include <variant>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

bool read_index(net::capture::FileTable& files, const char* path, net::capture::ReadIndex& index) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    std::string message;
    const auto reader = net::capture::Reader::open(files, files.add(fd, path), message);
    if (reader == nullptr) return false;
    net::channel::Event event;
    while (reader->next(event))
        if (const auto* read = std::get_if<net::channel::Recorded>(&event)) index.append(*read);
    return true;
}

bool write_raw(const net::capture::FileTable& files,
               const net::capture::ReadIndex& index,
               const char* path) {
    std::FILE* const out = std::fopen(path, "we");
    if (out == nullptr) return false;
    std::vector<std::uint8_t> bytes;
    for (std::uint64_t i = 0; i < index.size(); ++i) {
        const net::capture::ReadEntry& entry = index.entry(i);
        bytes.resize(entry.size());
        if (files.read(entry.file(), entry.offset(), bytes) != entry.size()) return false;
        if (std::fwrite(bytes.data(), 1, bytes.size(), out) != bytes.size()) return false;
    }
    return std::fclose(out) == 0;
}

void search(const net::capture::FileTable& files,
            const net::capture::ReadIndex& index,
            const char* text) {
    std::counting_semaphore<> woken{0};
    app::jobs::ByteSearch search(files, index, std::filesystem::temp_directory_path().string(),
                                 [&woken] { woken.release(); });
    const auto began = Clock::now();
    search.start({.pattern = {.text = text, .matches_case = true}});
    while (search.update().is_running)
        woken.acquire();
    const std::chrono::duration<double> seconds = Clock::now() - began;
    std::printf("%.6f %llu\n", seconds.count(),
                static_cast<unsigned long long>(search.facts().counted));
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    net::capture::FileTable files;
    net::capture::ReadIndex index;
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (!((mode == "find" && argc == 5) || (mode == "raw" && argc == 4)) ||
        !read_index(files, argv[2], index)) {
        std::fprintf(stderr, "bench_search find CAPTURE TEXT TIMES | raw CAPTURE FILE\n");
        return 2;
    }
    if (mode == "raw") return write_raw(files, index, argv[3]) ? 0 : 1;
    for (long i = std::strtol(argv[4], nullptr, 10); i > 0; --i)
        search(files, index, argv[3]);
    return 0;
}
