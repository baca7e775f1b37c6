// likely_encoding(): what bytes look like. Rules of thumb from how the encodings are laid out; in doubt it says nothing.
#include "net/bytes/text_encoding.h"

#include <algorithm>

namespace net::bytes {

namespace {

constexpr std::size_t kMostSample = 64U << 10U;
constexpr std::size_t kLeastSample = 16;
// Fewer than these tell nothing apart.
constexpr std::size_t kFewestUtf8 = 3;
constexpr std::size_t kFewestPairs = 12;
// What is wrong with the present encoding: a twentieth of the cells, and not just a stray byte.
constexpr std::size_t kFewestWrong = 4;
constexpr std::size_t kWrongPart = 20;

bool is_no_text(const TextCell& cell) {
    const char32_t c = cell.code_point;
    if (!cell.is_valid) return true;
    if (c < 0x20) return c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B;
    if (c >= 0x7F && c < 0xA0) return true;
    if (c >= 0xE000 && c < 0xF900) return true;  // private use
    return (c & 0xFFFEU) == 0xFFFE || (c >= 0xFDD0 && c < 0xFDF0);
}

struct Look {
    std::vector<TextCell> cells;
    std::size_t wrong = 0;
};

Look look(std::span<const std::uint8_t> sample, TextEncoding encoding) {
    Look result;
    TextDecoder decoder(encoding);
    decoder.decode(sample, result.cells);  // not finish(): the sample ends anywhere
    result.wrong = static_cast<std::size_t>(
        std::count_if(result.cells.begin(), result.cells.end(), is_no_text));
    return result;
}

bool is_utf8(std::span<const std::uint8_t> sample) {
    const Look utf8 = look(sample, TextEncoding::kUtf8);
    const auto is_long = [](const TextCell& cell) { return cell.bytes > 1; };
    return utf8.wrong == 0 && static_cast<std::size_t>(std::count_if(
                                  utf8.cells.begin(), utf8.cells.end(), is_long)) >= kFewestUtf8;
}

// By its mark, or where half of the characters are Latin: in the other order those would be all over the plane.
bool is_utf16(std::span<const std::uint8_t> sample, TextEncoding encoding) {
    const Look utf16 = look(sample, encoding);
    if (utf16.wrong != 0 || utf16.cells.empty()) return false;
    const auto is_latin = [](const TextCell& cell) { return cell.code_point < 0x100; };
    const auto latin =
        static_cast<std::size_t>(std::count_if(utf16.cells.begin(), utf16.cells.end(), is_latin));
    return utf16.cells.front().code_point == 0xFEFF || 2 * latin >= utf16.cells.size();
}

// ---- The double-byte sets ----
//
// Nearly every pair of high bytes is a character in all of them. What tells them apart is where the common characters lie: their authors put these into one block.

struct Pair {
    std::uint8_t lead;
    std::uint8_t second;
};

bool is_common(TextEncoding encoding, Pair pair) {
    const auto [lead, second] = pair;
    switch (encoding) {
        case TextEncoding::kGb18030:  // punctuation; level 1
            return second >= 0xA1 &&
                   ((lead >= 0xA1 && lead <= 0xA3) || (lead >= 0xB0 && lead <= 0xD7));
        case TextEncoding::kBig5: return lead >= 0xA1 && lead <= 0xC6;
        case TextEncoding::kShiftJis: return lead >= 0x81 && lead <= 0x98;
        default:  // EUC-KR: punctuation; hangul
            return second >= 0xA1 &&
                   ((lead >= 0xA1 && lead <= 0xA3) || (lead >= 0xB0 && lead <= 0xC8));
    }
}

// What no text in this encoding is without, and others have seldom.
bool is_telling(TextEncoding encoding, Pair pair, char32_t c) {
    switch (encoding) {
        case TextEncoding::kGb18030: return pair.lead >= 0xC9 && pair.lead <= 0xD7;
        case TextEncoding::kBig5: return pair.second < 0x7F;
        case TextEncoding::kShiftJis: return c >= 0x3041 && c < 0x3100;  // kana
        default: return true;
    }
}

bool is_double_byte_text(std::span<const std::uint8_t> sample, TextEncoding encoding) {
    const Look text = look(sample, encoding);
    if (text.wrong != 0) return false;
    std::size_t beyond_ascii = 0;
    std::size_t pairs = 0;
    std::size_t common = 0;
    std::size_t telling = 0;
    for (const TextCell& cell : text.cells) {
        if (cell.code_point < 0x80) continue;
        ++beyond_ascii;
        if (cell.bytes != 2) continue;
        ++pairs;
        const Pair pair{.lead = sample[cell.offset], .second = sample[cell.offset + 1]};
        common += is_common(encoding, pair) ? 1U : 0U;
        telling += is_telling(encoding, pair, cell.code_point) ? 1U : 0U;
    }
    return pairs >= kFewestPairs && 10 * common >= 9 * beyond_ascii && 10 * telling >= pairs;
}

}  // namespace

std::optional<TextEncoding> likely_encoding(std::span<const std::uint8_t> sample,
                                            TextEncoding now) {
    sample = sample.first(std::min(sample.size(), kMostSample));
    if (sample.size() < kLeastSample) return std::nullopt;
    const Look present = look(sample, now);
    if (present.wrong < kFewestWrong || present.wrong * kWrongPart < present.cells.size())
        return std::nullopt;
    if (is_utf8(sample)) return TextEncoding::kUtf8;
    for (const TextEncoding utf16 : {TextEncoding::kUtf16Le, TextEncoding::kUtf16Be}) {
        if (is_utf16(sample, utf16)) return utf16;
    }
    std::optional<TextEncoding> found;
    for (const TextEncoding encoding : {TextEncoding::kGb18030, TextEncoding::kBig5,
                                        TextEncoding::kShiftJis, TextEncoding::kEucKr}) {
        if (!is_double_byte_text(sample, encoding)) continue;
        if (found) return std::nullopt;
        found = encoding;
    }
    return found;
}

}  // namespace net::bytes
