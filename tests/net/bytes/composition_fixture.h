// Compositions for tests: what was typed in, bytes out.
#pragma once

#include "net/bytes/composition.h"
#include "net/bytes/escapes.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

using Bytes = std::vector<std::uint8_t>;

inline Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

inline net::bytes::ComposeText text(std::string_view typed) {
    return {.text = std::string(typed)};
}

inline net::bytes::ComposeText hex(std::string_view typed) {
    return {.is_hex = true, .text = std::string(typed)};
}

// The bytes of a sending in hex, or "error: ..." (what is typed is right, but cannot be sent), or "wrong: ...".
inline std::string composed(const net::bytes::ComposeText& text,
                            const net::bytes::ComposeMoment& moment = {}) {
    const auto parsed = net::bytes::parse(text);
    if (!parsed.composition) return "wrong: " + parsed.composition.error.message;
    std::string error = "not touched";
    const Bytes bytes = net::bytes::compose(*parsed.composition, moment, error);
    if (!error.empty()) return "error: " + error;
    return net::bytes::to_hex(bytes);
}

inline std::string hex_of(std::string_view text) {
    return net::bytes::to_hex(bytes_of(text));
}

}  // namespace tests
