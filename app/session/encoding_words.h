// The text encodings by the names under which JSON texts hold them (net::bytes::name).
//
// Thread: any; a pure function.
#pragma once

#include "app/session/json_reader.h"
#include "net/bytes/text_encoding.h"

#include <array>
#include <cstddef>

namespace app::session {

[[nodiscard]] inline std::array<JsonWord<net::bytes::TextEncoding>, net::bytes::kTextEncodings>
encoding_words() {
    std::array<JsonWord<net::bytes::TextEncoding>, net::bytes::kTextEncodings> words{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto encoding = static_cast<net::bytes::TextEncoding>(i);
        words[i] = {net::bytes::name(encoding), encoding};
    }
    return words;
}

}  // namespace app::session
