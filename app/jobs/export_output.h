// A file that an export writes to, buffered, and the texts that go into it: times, hex, base64, rows of a hex dump.
//
// Errors stick: after a failed write nothing more is written, and error() says why.
//
// Thread: one, its owner's.
#pragma once

#include "app/jobs/new_file.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace app::jobs {

class ExportOutput {
  public:
    // `attempt` begins the failures' sentences.
    explicit ExportOutput(std::string_view attempt = "export to");

    [[nodiscard]] std::optional<net::channel::Failure> begin(const std::string& path,
                                                             bool may_overwrite);

    void put(std::span<const std::uint8_t> bytes);
    void put(std::string_view text);
    void put_number(std::uint64_t number);
    // RFC 3339 in UTC with nanoseconds: 2026-01-31T23:59:59.123456789Z.
    void put_time(std::int64_t time_ns);
    void put_hex(std::span<const std::uint8_t> bytes);
    // RFC 4648. Pieces of a multiple of three bytes, but for the last, join to the text of the whole.
    void put_base64(std::span<const std::uint8_t> bytes);
    // Rows of sixteen as `hexdump -C -v` writes them, the first at `offset`. At least eight digits; more where it takes more.
    void put_hex_dump(std::span<const std::uint8_t> bytes, std::uint64_t offset);

    [[nodiscard]] std::uint64_t bytes() const { return flushed_ + used_; }
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] NewFile& file() { return file_; }
    // Writes what is buffered.
    void flush();

  private:
    // Room for so many bytes, at most kMostAtOnce.
    [[nodiscard]] std::uint8_t* room(std::size_t bytes);

    NewFile file_;
    std::vector<std::uint8_t> buffer_;
    std::size_t used_ = 0;
    std::uint64_t flushed_ = 0;
    int error_ = 0;
    // The second whose text was made last: reads come in runs.
    std::int64_t second_ = 0;
    std::string second_text_;
};

}  // namespace app::jobs
