// What is being typed to be sent, and what it means: text or hex, ending, length, checksum; read again only when it changed.
//
// Thread: frame thread; no drawing.
#pragma once

#include "net/bytes/composition.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace app::ui {

// Which bytes of the preview are what.
struct PreviewParts {
    std::size_t length = 0;    // bytes of the length in front
    std::size_t checksum = 0;  // bytes of the checksum at the end
};

struct Composer {
    net::bytes::ComposeText typed;

    // As of the last read_composer(); `is_read` false: it has changed since.
    bool is_read = false;
    net::bytes::ComposeParsed parsed{};
    std::vector<std::uint8_t>
        preview{};  // with counter and time of that moment, and 00 for random bytes
    PreviewParts parts{};
    std::string trouble{};  // it is typed right and can't be sent: a sentence

    std::uint64_t next_count = 1;  // what \{counter} will stand for
    std::mt19937_64 random{std::random_device{}()};

    // The other way of writing it, as it was typed, and what was made of that: where nothing was changed since, switching back gives it back.
    std::string other_text{};
    std::string other_made{};
    bool has_other = false;

    // It can be sent, if there is somebody to send it to.
    [[nodiscard]] bool is_right() const {
        return parsed.composition && trouble.empty() && !preview.empty();
    }
};

void read_composer(Composer& composer, std::int64_t now_ns);
// Text to hex and back: the same bytes, written the other way. What is not right stays as it was typed.
void write_as(Composer& composer, bool as_hex);
// Takes another text in its place; what was typed before is gone.
void take_typed(Composer& composer, net::bytes::ComposeText typed);

// The bytes of one sending, and the counter goes on. Only where is_right(); empty with `error` where it can't be.
[[nodiscard]] std::vector<std::uint8_t> make_bytes(Composer& composer,
                                                   std::int64_t now_ns,
                                                   std::string& error);

// In words what is done beside the text itself: "CRLF, length 2 bytes, CRC-16/MODBUS"; empty: nothing.
[[nodiscard]] std::string options_words(const net::bytes::ComposeText& typed);

// "Line 2, column 3: ..." of a text with several lines or one.
[[nodiscard]] std::string error_words(const Composer& composer);

}  // namespace app::ui
