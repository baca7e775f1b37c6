// Text as the bytes of an encoding: the way back from text_encoding.h, a character at a time.
//
// Through the C library's iconv. Thread: an encoder belongs to one at a time.
#pragma once

#include "net/bytes/text_encoding.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace net::bytes {

class TextEncoder {
  public:
    explicit TextEncoder(TextEncoding encoding);
    ~TextEncoder();
    TextEncoder(const TextEncoder&) = delete;
    TextEncoder& operator=(const TextEncoder&) = delete;

    // Empty: the encoding has no such character (or the machine's C library does not know the encoding).
    [[nodiscard]] std::vector<std::uint8_t> encode(char32_t character);

  private:
    TextEncoding encoding_;
    void* converter_;  // iconv_t, of those that iconv converts
};

// The character at the start of UTF-8 text and its bytes; size 0: not valid UTF-8, or no text.
struct Utf8Character {
    char32_t value = 0;
    std::size_t size = 0;
};
[[nodiscard]] Utf8Character first_character(std::string_view text);

// The letters that differ from this one in case only (at most one another): Latin, Greek, Cyrillic, Armenian, full-width. 0: none.
[[nodiscard]] char32_t other_case(char32_t letter);

}  // namespace net::bytes
