// What tests of the jobs share: files as bytes, waiting for a result, what lies in a folder.
#pragma once

#include "app/jobs/capture_saving.h"

#include <cstdint>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/jobs/recorded_run.h"
#include "tests/support/folder_names.h"

namespace jobs_test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes read_bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in.is_open()) << path;
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::string read_text(const std::string& path) {
    const Bytes bytes = read_bytes(path);
    return {bytes.begin(), bytes.end()};
}

inline void write_bytes(const std::string& path, const Bytes& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    EXPECT_TRUE(out.flush().good()) << path;
}

inline Bytes some_bytes(std::size_t size, std::uint32_t seed = 1) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) {
        seed = seed * 1664525 + 1013904223;
        byte = static_cast<std::uint8_t>(seed >> 24U);
    }
    return bytes;
}

using support::names_in;

// Into the table, for reading.
inline channel::FileId add_file(capture::FileTable& files, const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_GE(fd, 0) << path;
    return files.add(fd, path);
}

template <typename Job>
auto result_of(Job& job, Frame& frame) {
    decltype(job.take_result()) result;
    EXPECT_TRUE(frame.wait_until([&] {
        result = job.take_result();
        return result.has_value();
    }));
    return result.value_or(typename decltype(result)::value_type{});
}

inline void expect_words(const std::optional<channel::Failure>& failure, std::string_view words) {
    ASSERT_TRUE(failure.has_value()) << "no failure, but: " << words;
    EXPECT_NE(failure->message.find(words), std::string::npos) << failure->message;
    EXPECT_FALSE(failure->code.empty());
}

}  // namespace jobs_test
