// Bytes as text to take elsewhere: what "Copy as" puts on the clipboard, or into a file.
//
// Whatever the bytes are, the result is valid UTF-8 without control characters but the newline and, in kText, the tab; nothing in it drives a terminal or reorders
// what stands around it. All but kText can be read back to the very bytes.
//
// Thread: any; a formatter belongs to one at a time. It keeps less than a line, however many bytes pass.
#pragma once

#include "net/bytes/text_encoding.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace net::bytes {

enum class ByteFormat : std::uint8_t {
    kText,  // in the chosen encoding, to UTF-8. CR LF is a newline; other controls, invalid bytes and bidirectional marks are \xNN or \u{NNNN}
    kHex,   // "48 65 6c", one line: parse_hex() reads it
    kHexDump,  // as hexdump -C -v: offset from 0, sixteen bytes, |text|, and the length at the end
    kCArray,   // const unsigned char bytes[] = { 0x48, ... };
    kPythonBytes,  // b"Hel\x00", in parentheses over several lines where it is long
    kEscaped,      // as in the send box, one line: parse_escaped() reads it
    kBase64,       // RFC 4648 section 4, one line, padded
};
inline constexpr std::size_t kByteFormats = 7;  // their values are 0 to 6

// "Hex dump", "C array": for menus.
[[nodiscard]] std::string_view name(ByteFormat format);

// At least as many bytes as the formatter gives for so many; the largest number where that would not fit 64 bits. kText is the loose one: four or eight for each byte.
[[nodiscard]] std::uint64_t formatted_bytes(ByteFormat format,
                                            std::uint64_t bytes,
                                            TextEncoding encoding = TextEncoding::kUtf8);

class ByteFormatter {
  public:
    // The encoding matters to kText only.
    explicit ByteFormatter(ByteFormat format, TextEncoding encoding = TextEncoding::kUtf8);

    // Appends to `out` what these bytes, which follow those of the call before, complete.
    void add(std::span<const std::uint8_t> bytes, std::string& out);
    // What follows does not go on where this ends (another stream, or bytes are missing): no character of kText, and no CR LF, spans that place.
    void cut(std::string& out);
    // The rest. Once, after the last add().
    void finish(std::string& out);

  private:
    void add_cells(std::string& out);
    void add_hex(std::span<const std::uint8_t> bytes, std::string& out);
    void add_dump(std::span<const std::uint8_t> bytes, std::string& out);
    void add_array(std::span<const std::uint8_t> bytes, std::string& out);
    void add_python(std::span<const std::uint8_t> bytes, std::string& out);
    void add_base64(std::span<const std::uint8_t> bytes, std::string& out);

    ByteFormat format_;
    TextDecoder decoder_;
    std::vector<TextCell> cells_;  // kText: scratch
    bool has_return_ = false;      // kText: a CR came last, and what follows says what it is
    std::uint64_t count_ = 0;      // bytes so far
    std::array<std::uint8_t, 16>
        row_{};  // kHexDump, kBase64: bytes of the row or group that is not whole
    std::size_t row_size_ = 0;
    std::string line_;        // kPythonBytes: the line that is not whole
    bool has_lines_ = false;  // kPythonBytes: some were given
};

}  // namespace net::bytes
