// Bytes as text in a chosen encoding: which bytes are which character, and which are none.
//
// A decoder turns a stream of bytes into cells. Every byte belongs to exactly one cell, in order. A character may span calls; cutting the stream elsewhere changes no
// cell. A byte that is no part of a character is a cell of its own, and what follows it is decoded afresh: in "e4 41" the e4 is such a byte and the 41 is "A". Only
// UTF-16 goes by units: of a half of a surrogate pair without the other, both bytes are such cells, or everything behind them would be read one byte off.
//
// The tables of the East Asian and the Windows encodings come from the C library's iconv and are built once each, when first asked for (some milliseconds; constant from
// then on). Shift-JIS and EUC-KR are code pages 932 and 949 with their additions, GBK has the euro at 80 as code page 936 has; Big5 is the C library's BIG5: in glibc
// code page 950, but C6A1 to C8FE (elsewhere kana and Cyrillic letters) is of private use, for which no font has a sign. UTF-8 is that of RFC 3629.
//
// Thread: any; a decoder belongs to one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace net::bytes {

enum class TextEncoding : std::uint8_t {
    kUtf8,
    kGb18030,
    kGbk,
    kBig5,
    kShiftJis,
    kEucKr,
    kUtf16Le,
    kUtf16Be,
    kLatin1,
    kWindows1250,
    kWindows1251,
    kWindows1252,
    kWindows1253,
    kWindows1254,
    kWindows1255,
    kWindows1256,
    kWindows1257,
    kWindows1258,
};
inline constexpr std::size_t kTextEncodings = 18;  // their values are 0 to 17

// "UTF-8", "Shift-JIS", "Windows-1252": for menus and settings.
[[nodiscard]] std::string_view name(TextEncoding encoding);
[[nodiscard]] std::optional<TextEncoding> text_encoding(std::string_view name);
// Whether this machine's C library knows it. Some distributions pack iconv's tables apart; without them every byte from 80 on is an invalid one.
[[nodiscard]] bool is_available(TextEncoding encoding);

struct TextCell {
    std::uint64_t offset = 0;  // of its first byte, in the stream (TextDecoder::reset)
    char32_t code_point = 0;   // never a surrogate; of an invalid byte: the byte
    std::uint8_t bytes = 0;    // 1 to 4
    bool is_valid = false;

    bool operator==(const TextCell&) const = default;
};

class TextDecoder {
  public:
    explicit TextDecoder(TextEncoding encoding) : encoding_(encoding) {}

    // Appends the cells of these bytes, which follow those of the call before. A character cut off at the end waits: its cell comes first in the next call, with
    // an offset before that call's bytes.
    void decode(std::span<const std::uint8_t> bytes, std::vector<TextCell>& cells);
    // The stream ends, or bytes are missing here: what waits becomes cells.
    void finish(std::vector<TextCell>& cells);
    // Forgets what waits. The next byte is at `stream_offset`, and a character begins there.
    void reset(std::uint64_t stream_offset = 0);

    [[nodiscard]] TextEncoding encoding() const { return encoding_; }
    // How many of the last bytes wait for the rest of their character; 0 to 3.
    [[nodiscard]] std::size_t waiting_bytes() const { return waiting_size_; }

  private:
    TextEncoding encoding_;
    std::uint8_t waiting_size_ = 0;
    std::array<std::uint8_t, 4> waiting_{};
    std::uint64_t offset_ = 0;  // of the first byte that is in no cell yet
};

// Where to begin decoding so that the cells from the end of `before` on are those of the whole stream: the last place in `before`, its end included, at which a cell
// surely begins, whatever stood before. Empty: none is sure (a long run without ASCII in an East Asian double-byte encoding): look further back, or
// begin where the stream begins. `stream_offset` is that of before's first byte: 0 makes it a sure place itself, and UTF-16 counts its units from there.
[[nodiscard]] std::optional<std::size_t> sure_boundary(TextEncoding encoding,
                                                       std::span<const std::uint8_t> before,
                                                       std::uint64_t stream_offset);

// The bytes look like text in another encoding: many of the present one's cells are no text (invalid bytes, control characters), and the other has none such. Meant
// for the first few KiB of a stream; a character cut off at the end counts for nothing. Empty unless the case is clear.
[[nodiscard]] std::optional<TextEncoding> likely_encoding(std::span<const std::uint8_t> sample,
                                                          TextEncoding now);

}  // namespace net::bytes
