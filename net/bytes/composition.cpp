#include "net/bytes/composition.h"

#include "net/bytes/utc_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>

namespace net::bytes {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMillisecond = 1'000'000;

void add_number(Bytes& out, std::uint64_t number, std::size_t size, bool is_big_endian) {
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t shift = 8 * (is_big_endian ? size - 1 - i : i);
        out.push_back(static_cast<std::uint8_t>(number >> shift & 0xFFU));
    }
}

// ASCII has the same bytes in all encodings but UTF-16.
void add_ascii(Bytes& out, std::string_view text, TextEncoding encoding) {
    for (const char c : text) {
        if (encoding == TextEncoding::kUtf16Be) out.push_back(0);
        out.push_back(static_cast<std::uint8_t>(c));
        if (encoding == TextEncoding::kUtf16Le) out.push_back(0);
    }
}

template <typename T>
std::string digits(T number, int base) {
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number, base);
    return {text.data(), end.ptr};
}

std::int64_t floor_divided(std::int64_t time_ns, std::int64_t unit_ns) {
    return time_ns / unit_ns - (time_ns % unit_ns < 0 ? 1 : 0);
}

class Composer {
  public:
    Composer(Bytes& out, const ComposeMoment& moment) : out_(out), moment_(moment) {}

    void operator()(const Bytes& bytes) const {
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    }

    void operator()(const CounterPart& part) const {
        const auto as_bytes = [&](std::size_t size) {
            add_number(out_, moment_.count, size, part.is_big_endian);
        };
        switch (part.form) {
            case NumberForm::kU8: return as_bytes(1);
            case NumberForm::kU16: return as_bytes(2);
            case NumberForm::kU32: return as_bytes(4);
            case NumberForm::kU64: return as_bytes(8);
            case NumberForm::kDecimal:
            case NumberForm::kHex: break;
        }
        std::string text = digits(moment_.count, part.form == NumberForm::kHex ? 16 : 10);
        if (text.size() < part.least_digits) text.insert(0, part.least_digits - text.size(), '0');
        add_ascii(out_, text, part.encoding);
    }

    void operator()(const TimePart& part) const {
        const std::int64_t seconds = floor_divided(moment_.time_ns, kNsPerSecond);
        const auto as_bytes = [&](std::size_t size) {
            add_number(out_, static_cast<std::uint64_t>(seconds), size, part.is_big_endian);
        };
        const auto as_text = [&](const std::string& text) { add_ascii(out_, text, part.encoding); };
        switch (part.form) {
            case TimeText::kRfc3339: return as_text(utc_text_ms(moment_.time_ns));
            case TimeText::kSeconds: return as_text(digits(seconds, 10));
            case TimeText::kMilliseconds:
                return as_text(digits(floor_divided(moment_.time_ns, kNsPerMillisecond), 10));
            case TimeText::kNanoseconds: return as_text(digits(moment_.time_ns, 10));
            case TimeText::kU32: return as_bytes(4);
            case TimeText::kU64: return as_bytes(8);
        }
    }

    void operator()(const RandomPart& part) const {
        std::uint64_t random = 0;
        for (std::uint32_t i = 0; i < part.bytes; ++i) {
            if (i % 8 == 0 && moment_.random != nullptr) random = (*moment_.random)();
            out_.push_back(static_cast<std::uint8_t>(random & 0xFFU));
            random >>= 8U;
        }
    }

  private:
    Bytes& out_;
    const ComposeMoment& moment_;
};

// ---- The length ----

std::size_t fixed_size(LengthKind kind) {
    switch (kind) {
        case LengthKind::kU8: return 1;
        case LengthKind::kU16: return 2;
        case LengthKind::kU32: return 4;
        case LengthKind::kU64: return 8;
        case LengthKind::kNone:
        case LengthKind::kLeb128: return 0;
    }
    return 0;
}

std::size_t leb128_size(std::uint64_t number) {
    std::size_t size = 1;
    while ((number >>= 7U) != 0)
        ++size;
    return size;
}

void add_leb128(Bytes& out, std::uint64_t number) {
    for (; number >= 0x80; number >>= 7U)
        out.push_back(static_cast<std::uint8_t>(0x80U | (number & 0x7FU)));
    out.push_back(static_cast<std::uint8_t>(number));
}

// `counted`: the bytes behind the prefix. False where the prefix cannot hold it.
bool add_length(const Composition& composition, std::uint64_t counted, Bytes& out) {
    if (composition.length == LengthKind::kLeb128) {
        // The least size that holds a length which counts that size too.
        std::size_t own = 1;
        if (composition.length_counts_itself)
            while (leb128_size(counted + own) > own)
                ++own;
        add_leb128(out, composition.length_counts_itself ? counted + own : counted);
        return true;
    }
    const std::size_t size = fixed_size(composition.length);
    if (size == 0) return true;
    if (composition.length_counts_itself) counted += size;
    if (size < 8 && counted >> (8 * size) != 0) return false;
    add_number(out, counted, size, composition.length_is_big_endian);
    return true;
}

std::string does_not_fit(const Composition& composition, std::uint64_t counted) {
    const std::size_t size = fixed_size(composition.length);
    const std::uint64_t most = (std::uint64_t{1} << (8 * size)) - 1;
    if (composition.length_counts_itself) counted += size;
    return "the length is " + std::to_string(counted) + ", and a prefix of " +
           std::to_string(size) + (size == 1 ? " byte" : " bytes") + " holds at most " +
           std::to_string(most) + "; choose a longer prefix or send less";
}

void add_checksum(const Composition& composition, Bytes& out) {
    std::span<const std::uint8_t> over{out};
    over = over.subspan(std::min<std::size_t>(composition.checksum_first_byte, over.size()));
    if (composition.checksum_last_byte != kToTheEnd) {
        const std::uint64_t wanted =
            composition.checksum_last_byte < composition.checksum_first_byte
                ? 0
                : std::uint64_t{composition.checksum_last_byte} - composition.checksum_first_byte +
                      1;
        over = over.first(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, over.size())));
    }
    add_number(out, checksum_of(composition.checksum, over), width_bytes(composition.checksum),
               composition.checksum_is_big_endian);
}

}  // namespace

bool Composition::is_constant() const {
    return std::all_of(parts.begin(), parts.end(), [](const Part& part) {
        return std::holds_alternative<std::vector<std::uint8_t>>(part);
    });
}

std::vector<std::uint8_t> compose(const Composition& composition,
                                  const ComposeMoment& moment,
                                  std::string& error) {
    error.clear();
    Bytes body;
    const Composer composer(body, moment);
    for (const Part& part : composition.parts)
        std::visit(composer, part);

    const std::uint64_t counted =
        body.size() + (composition.has_checksum ? width_bytes(composition.checksum) : 0);
    Bytes out;
    if (!add_length(composition, counted, out)) {
        error = does_not_fit(composition, counted);
        return {};
    }
    if (out.empty()) {
        out = std::move(body);
    } else {
        out.insert(out.end(), body.begin(), body.end());
    }
    if (composition.has_checksum) add_checksum(composition, out);
    return out;
}

}  // namespace net::bytes
