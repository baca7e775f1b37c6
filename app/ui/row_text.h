// The characters of bytes in sight: decoded in their stream, so that one cut by a row or a read is whole, and laid out beside the hex digits or as lines.
//
// Thread: frame thread; no drawing.
#pragma once

#include "app/ui/glyph_cells.h"
#include "net/bytes/text_encoding.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace app::ui {

// As many bytes of the stream before those in sight as are looked at for where a character begins.
inline constexpr std::size_t kContextBytes = 64;
// The longest character goes on for so many bytes beyond the last one in sight.
inline constexpr std::size_t kAfterBytes = 3;

// Whether what stands before or after a byte can change what it is.
[[nodiscard]] bool has_context(net::bytes::TextEncoding encoding);

class RowText {
  public:
    // `before` and `after` are what the stream has around `bytes`, of which the first is at `stream_offset`.
    void decode(net::bytes::TextEncoding encoding,
                std::span<const std::uint8_t> before,
                std::span<const std::uint8_t> bytes,
                std::span<const std::uint8_t> after,
                std::uint64_t stream_offset);
    // The characters that begin in bytes [begin, begin + count) of those given; offsets count from the first of them.
    [[nodiscard]] std::span<const net::bytes::TextCell> cells(std::size_t begin,
                                                              std::size_t count) const;

  private:
    std::vector<net::bytes::TextCell> cells_;
    std::vector<net::bytes::TextCell> scratch_;
};

// For the column beside the hex digits: each byte has a column, a character stands in that of its first byte, and what is not to be shown as it is, is a dot.
struct GridText {
    GlyphLine line;    // without those
    std::string dots;  // a dot in the column of each control character and the like, spaces between
    std::string invalid;  // of each byte that is no character
};
// `begin`: offset of the row's first byte, as in the cells.
void lay_out_grid(std::span<const net::bytes::TextCell> cells,
                  std::uint64_t begin,
                  std::uint32_t bytes,
                  GridText& grid);

}  // namespace app::ui
