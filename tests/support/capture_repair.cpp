// capture_repair: mends the captures that are named on standard input, one a line, as the program does before it opens one. For each a JSON line:
// {"was_needed": false, "left_over": 0, "tail": "", "error": 0, "own": true, "ended_in_order": false, "whole": 1234, "microseconds": 56}
#include "net/capture/file_table.h"
#include "net/capture/tail_repair.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <iostream>
#include <string>

namespace {

using net::capture::FileTable;

// The open file, or one that says why not.
net::capture::TailState inspect(const std::string& path) {
    FileTable files;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        net::capture::TailState failed;
        failed.error = errno;
        return failed;
    }
    return net::capture::inspect_tail(files, files.add(fd, path));
}

}  // namespace

int main() {
    for (std::string path; std::getline(std::cin, path);) {
        const auto began = std::chrono::steady_clock::now();
        const net::capture::Repair repair = net::capture::repair_tail(path);
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - began);
        const net::capture::TailState after = inspect(path);
        const auto word = [](bool value) { return value ? "true" : "false"; };
        std::printf(
            "{\"was_needed\": %s, \"left_over\": %llu, \"tail\": \"%s\", \"error\": %d, \"own\": "
            "%s, "
            "\"ended_in_order\": %s, \"whole\": %llu, \"left_over_after\": %llu, \"microseconds\": "
            "%lld}\n",
            word(repair.was_needed), static_cast<unsigned long long>(repair.left_over_bytes),
            repair.tail_path.c_str(), repair.error, word(after.is_own), word(after.ended_in_order),
            static_cast<unsigned long long>(after.whole_bytes),
            static_cast<unsigned long long>(after.left_over_bytes),
            static_cast<long long>(took.count()));
        std::fflush(stdout);
    }
    return 0;
}
