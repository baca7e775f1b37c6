// libFuzzer's target for compositions: an error lies inside of the text, what is right becomes bytes within the bound, and the other way of writing means the same bytes.
// The first bytes choose, the others are the text.
#include "net/bytes/composition.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace net::bytes;

// Length and checksum.
constexpr std::size_t kMostAround = 10 + 4;

void check(bool is_so, const char* what) {
    if (is_so) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

std::vector<std::uint8_t> composed(const Composition& composition, std::string& error) {
    std::mt19937_64 random(1);
    return compose(composition, {.count = 12, .time_ns = -5, .random = &random}, error);
}

void check_error(const ComposeParsed& parsed, const ComposeText& text) {
    const ParseError& error = parsed.composition.error;
    const std::string& in = parsed.error_is_in_ending ? text.own_ending : text.text;
    check(!error.message.empty() && error.message.size() < 1000, "an error is a sentence");
    check(error.offset <= in.size() && error.length <= in.size() - error.offset,
          "an error lies in what was typed");
}

void check_rewriting(const ComposeText& text, const Composition& composition) {
    ComposeText other = text;
    other.is_hex = !text.is_hex;
    const auto written = rewritten(text, other.is_hex);
    check(written.has_value(), "what is right and short can be rewritten");
    other.text = *written;
    const ComposeParsed parsed = parse(other);
    check(parsed.composition.value == composition, "rewritten it is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::span<const std::uint8_t> bytes(data, size);
    const auto next = [&bytes]() -> std::uint8_t {
        if (bytes.empty()) return 0;
        const std::uint8_t first = bytes.front();
        bytes = bytes.subspan(1);
        return first;
    };
    const std::uint8_t bits = next();
    ComposeText text;
    text.is_hex = (bits & 1U) != 0;
    text.length_is_big_endian = (bits & 2U) != 0;
    text.length_counts_itself = (bits & 4U) != 0;
    text.has_checksum = (bits & 8U) != 0;
    text.checksum_is_big_endian = (bits & 16U) != 0;
    text.encoding = static_cast<TextEncoding>(next() % kTextEncodings);
    text.ending = static_cast<LineEnding>(next() % 6);
    text.length = static_cast<LengthKind>(next() % 6);
    text.checksum = static_cast<Checksum>(next() % kChecksums);
    text.checksum_first_byte = next();
    text.checksum_last_byte = (bits & 32U) != 0 ? next() : kToTheEnd;
    const std::size_t own = std::min<std::size_t>(next() % 16, bytes.size());
    text.own_ending.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(own));
    text.text.assign(bytes.begin() + static_cast<std::ptrdiff_t>(own), bytes.end());

    const ComposeParsed parsed = parse(text);
    if (!parsed.composition) {
        check_error(parsed, text);
        static_cast<void>(rewritten(text, !text.is_hex));
        return 0;
    }
    std::string error;
    const std::vector<std::uint8_t> sent = composed(*parsed.composition, error);
    check(error.empty() || (sent.empty() && text.length == LengthKind::kU8) ||
              (sent.empty() && text.length == LengthKind::kU16),
          "only a length may not fit");
    check(sent.size() <= kMostComposedBytes + kMostAround, "a sending is bounded");
    std::string again;
    check(composed(*parsed.composition, again) == sent, "the same moment, the same bytes");
    check_rewriting(text, *parsed.composition);
    return 0;
}
