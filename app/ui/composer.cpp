#include "app/ui/composer.h"

#include "app/ui/numbers.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace app::ui {

namespace {

using net::bytes::ComposeText;
using net::bytes::Composition;
using net::bytes::LengthKind;
using net::bytes::LineEnding;

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::size_t length_bytes(const Composition& composition, const std::vector<std::uint8_t>& bytes) {
    switch (composition.length) {
        case LengthKind::kNone: return 0;
        case LengthKind::kU8: return 1;
        case LengthKind::kU16: return 2;
        case LengthKind::kU32: return 4;
        case LengthKind::kU64: return 8;
        case LengthKind::kLeb128: break;
    }
    const auto last =
        std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte < 0x80; });
    return last == bytes.end() ? 0 : static_cast<std::size_t>(last - bytes.begin()) + 1;
}

void make_preview(Composer& composer, std::int64_t now_ns) {
    composer.preview.clear();
    composer.parts = {};
    composer.trouble.clear();
    if (!composer.parsed.composition) return;
    const Composition& what = *composer.parsed.composition;
    if (what.parts.empty() && composer.typed.text.empty()) return;
    composer.preview =
        compose(what, {.count = composer.next_count, .time_ns = now_ns, .random = nullptr},
                composer.trouble);
    if (!composer.trouble.empty()) return;
    composer.parts.length = length_bytes(what, composer.preview);
    if (what.has_checksum) composer.parts.checksum = net::bytes::width_bytes(what.checksum);
}

void add_words(std::string& words, std::string_view one) {
    if (!words.empty()) words += ", ";
    words += one;
}

std::string_view ending_words(LineEnding ending) {
    switch (ending) {
        case LineEnding::kNone: return "";
        case LineEnding::kCr: return "CR";
        case LineEnding::kLf: return "LF";
        case LineEnding::kCrLf: return "CR LF";
        case LineEnding::kNul: return "NUL";
        case LineEnding::kOwn: return "own ending";
    }
    return "";
}

std::string_view length_words(LengthKind length) {
    switch (length) {
        case LengthKind::kNone: return "";
        case LengthKind::kU8: return "length in 1 byte";
        case LengthKind::kU16: return "length in 2 bytes";
        case LengthKind::kU32: return "length in 4 bytes";
        case LengthKind::kU64: return "length in 8 bytes";
        case LengthKind::kLeb128: return "length as LEB128";
    }
    return "";
}

}  // namespace

void read_composer(Composer& composer, std::int64_t now_ns) {
    if (composer.is_read) return;
    composer.parsed = net::bytes::parse(composer.typed);
    make_preview(composer, now_ns);
    composer.is_read = true;
}

void write_as(Composer& composer, bool as_hex) {
    ComposeText& typed = composer.typed;
    if (typed.is_hex == as_hex) return;
    std::string before = typed.text;
    const bool is_untouched = composer.has_other && typed.text == composer.other_made;
    if (is_untouched) {
        typed.text = std::exchange(composer.other_text, {});
    } else if (auto other = rewritten(typed, as_hex)) {
        typed.text = std::move(*other);
    }
    typed.is_hex = as_hex;
    composer.other_text = std::move(before);
    composer.other_made = typed.text;
    composer.has_other = true;
    composer.is_read = false;
}

void take_typed(Composer& composer, ComposeText typed) {
    composer.typed = std::move(typed);
    composer.has_other = false;
    composer.is_read = false;
}

std::vector<std::uint8_t> make_bytes(Composer& composer, std::int64_t now_ns, std::string& error) {
    if (!composer.parsed.composition) return {};
    const Composition& what = *composer.parsed.composition;
    auto bytes = compose(
        what, {.count = composer.next_count, .time_ns = now_ns, .random = &composer.random}, error);
    if (!error.empty()) return {};
    ++composer.next_count;
    if (!what.is_constant()) composer.is_read = false;  // the preview is of the next one
    return bytes;
}

std::string options_words(const ComposeText& typed) {
    std::string words;
    if (typed.encoding != net::bytes::TextEncoding::kUtf8)
        add_words(words, net::bytes::name(typed.encoding));
    if (typed.ending == LineEnding::kOwn && typed.own_ending.empty()) {
        // Nothing is appended.
    } else if (typed.ending == LineEnding::kOwn) {
        add_words(words, "ending " + net::bytes::printable(typed.own_ending, 24));
    } else if (typed.ending != LineEnding::kNone) {
        add_words(words, ending_words(typed.ending));
    }
    if (typed.length != LengthKind::kNone) add_words(words, length_words(typed.length));
    if (typed.has_checksum) add_words(words, net::bytes::name(typed.checksum));
    return words;
}

std::string error_words(const Composer& composer) {
    const net::bytes::ParseError& error = composer.parsed.composition.error;
    if (composer.typed.has_checksum &&
        composer.typed.checksum_last_byte < composer.typed.checksum_first_byte && error.length == 0)
        return "The checksum: " + error.message;
    if (composer.parsed.error_is_in_ending) return "The ending: " + error.message;
    const std::string_view text = composer.typed.text;
    const std::string_view before = text.substr(0, std::min(error.offset, text.size()));
    const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t newline = before.rfind('\n');
    const std::string_view in_line =
        newline == std::string_view::npos ? before : before.substr(newline + 1);
    return "Line " + count_text(line + 1) + ", column " + count_text(characters(in_line) + 1) +
           ": " + error.message;
}

}  // namespace app::ui
