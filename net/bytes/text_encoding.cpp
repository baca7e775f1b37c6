#include "net/bytes/text_encoding.h"

#include "net/bytes/text_tables.h"

#include <algorithm>
#include <cstring>

namespace net::bytes {

namespace {

constexpr std::array<std::string_view, kTextEncodings> kNames{
    "UTF-8",        "GB18030",      "GBK",          "Big5",         "Shift-JIS",    "EUC-KR",
    "UTF-16 LE",    "UTF-16 BE",    "Latin-1",      "Windows-1250", "Windows-1251", "Windows-1252",
    "Windows-1253", "Windows-1254", "Windows-1255", "Windows-1256", "Windows-1257", "Windows-1258"};

// ---- One cell from the bytes at a place ----
//
// Each reader has next(bytes, count, is_end): the cell with which these bytes begin, count > 0. Zero bytes in the answer: they may be the beginning of a character, and
// more are needed; never so at the end of the stream, or with four bytes or more.

struct Step {
    char32_t code_point = 0;
    std::uint8_t bytes = 0;
    bool is_valid = false;
};

constexpr Step character(char32_t code_point, std::uint8_t bytes) {
    return {.code_point = code_point, .bytes = bytes, .is_valid = true};
}
constexpr Step invalid(std::uint8_t byte) {
    return {.code_point = byte, .bytes = 1, .is_valid = false};
}
constexpr Step incomplete(std::uint8_t byte, bool is_end) {
    return is_end ? invalid(byte) : Step{};
}

// By the table of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
struct Utf8Reader {
    static constexpr bool kHasAscii = true;

    static Step next(const std::uint8_t* p, std::size_t count, bool is_end) {
        const std::uint8_t lead = p[0];
        if (lead < 0x80) return character(lead, 1);
        if (lead < 0xC2 || lead > 0xF4) return invalid(lead);
        const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        // The second byte says what the first leaves open.
        std::uint8_t least = 0x80;
        std::uint8_t most = 0xBF;
        switch (lead) {
            case 0xE0: least = 0xA0; break;
            case 0xED: most = 0x9F; break;
            case 0xF0: least = 0x90; break;
            case 0xF4: most = 0x8F; break;
            default: break;
        }
        char32_t value = lead & (0x7FU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            if (i == count) return incomplete(lead, is_end);
            if (p[i] < least || p[i] > most) return invalid(lead);
            value = value << 6U | (p[i] & 0x3FU);
            least = 0x80;
            most = 0xBF;
        }
        return character(value, static_cast<std::uint8_t>(size));
    }
};

template <bool kIsBigEndian>
struct Utf16Reader {
    static constexpr bool kHasAscii = false;

    static std::uint32_t unit(const std::uint8_t* p) {
        return kIsBigEndian ? std::uint32_t{p[0]} << 8U | p[1] : std::uint32_t{p[1]} << 8U | p[0];
    }
    static bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
    static bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

    // A unit that is no character is one step; CellWriter makes two cells of it.
    static Step next(const std::uint8_t* p, std::size_t count, bool is_end) {
        if (count < 2) return incomplete(p[0], is_end);
        const std::uint32_t first = unit(p);
        if (is_low(first)) return {.code_point = p[0], .bytes = 2, .is_valid = false};
        if (!is_high(first)) return character(first, 2);
        if (count < 4) {
            // A half that can no longer be completed, and whole as a unit.
            return is_end ? Step{.code_point = p[0], .bytes = 2, .is_valid = false} : Step{};
        }
        const std::uint32_t second = unit(p + 2);
        if (!is_low(second)) return {.code_point = p[0], .bytes = 2, .is_valid = false};
        return character(0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00), 4);
    }
};

struct Latin1Reader {
    static constexpr bool kHasAscii = true;

    static Step next(const std::uint8_t* p, std::size_t /*count*/, bool /*is_end*/) {
        return character(p[0], 1);
    }
};

struct SingleByteReader {
    static constexpr bool kHasAscii = true;
    const SingleByteTable& table;

    [[nodiscard]] Step next(const std::uint8_t* p, std::size_t /*count*/, bool /*is_end*/) const {
        const char16_t found = table.characters[p[0]];
        return found == kNoCharacter ? invalid(p[0]) : character(found, 1);
    }
};

struct DoubleByteReader {
    static constexpr bool kHasAscii = true;
    const DoubleByteTable& table;

    [[nodiscard]] Step next(const std::uint8_t* p, std::size_t count, bool is_end) const {
        const std::uint8_t lead = p[0];
        if (!table.is_lead[lead]) {
            const char16_t found = table.singles[lead];
            return found == kNoCharacter ? invalid(lead) : character(found, 1);
        }
        if (count < 2) return incomplete(lead, is_end);
        const char16_t found = table.pair(lead, p[1]);
        return found == kNoCharacter ? invalid(lead) : character(found, 2);
    }
};

bool is_digit(std::uint8_t byte) {
    return byte >= 0x30 && byte <= 0x39;
}

struct Gb18030Reader {
    static constexpr bool kHasAscii = true;
    DoubleByteReader pairs;
    const FourByteTable& fours;

    [[nodiscard]] Step next(const std::uint8_t* p, std::size_t count, bool is_end) const {
        const std::uint8_t lead = p[0];
        if (count < 2 || !is_digit(p[1]) || !pairs.table.is_lead[lead])
            return pairs.next(p, count, is_end);
        if (count < 3) return incomplete(lead, is_end);
        if (p[2] < 0x81 || p[2] > 0xFE) return invalid(lead);
        if (count < 4) return incomplete(lead, is_end);
        if (!is_digit(p[3])) return invalid(lead);
        const std::uint32_t code =
            ((lead - 0x81U) * 10 + (p[1] - 0x30U)) * 1'260 + (p[2] - 0x81U) * 10 + (p[3] - 0x30U);
        if (code < kFourByteCodes) {
            const char16_t found = fours.characters[code];
            return found == kNoCharacter ? invalid(lead) : character(found, 4);
        }
        const bool is_beyond = code >= kFirstBeyond && code - kFirstBeyond < 0x100000;
        return is_beyond && pairs.table.is_available ? character(0x10000 + (code - kFirstBeyond), 4)
                                                     : invalid(lead);
    }
};

template <typename Function>
auto with_reader(TextEncoding encoding, Function&& function) {
    switch (encoding) {
        case TextEncoding::kUtf8: return function(Utf8Reader{});
        case TextEncoding::kGb18030:
            return function(Gb18030Reader{.pairs = {.table = double_byte_table(encoding)},
                                          .fours = four_byte_table()});
        case TextEncoding::kGbk:
        case TextEncoding::kBig5:
        case TextEncoding::kShiftJis:
        case TextEncoding::kEucKr:
            return function(DoubleByteReader{.table = double_byte_table(encoding)});
        case TextEncoding::kUtf16Le: return function(Utf16Reader<false>{});
        case TextEncoding::kUtf16Be: return function(Utf16Reader<true>{});
        case TextEncoding::kLatin1: return function(Latin1Reader{});
        default: return function(SingleByteReader{.table = single_byte_table(encoding)});
    }
}

// ---- Many cells ----

// Appends to a vector by the hundred: a test for room at every cell takes longer than the decoding.
class CellWriter {
  public:
    explicit CellWriter(std::vector<TextCell>& cells) : cells_(cells) {}

    void put(std::uint64_t offset, const std::uint8_t* p, const Step& step) {
        if (count_ + 2 > kMost) flush();
        if (step.is_valid || step.bytes == 1) {
            chunk_[count_++] = {offset, step.code_point, step.bytes, step.is_valid};
            return;
        }
        // A unit of UTF-16 that is no character: each byte for itself.
        chunk_[count_++] = {offset, p[0], 1, false};
        chunk_[count_++] = {offset + 1, p[1], 1, false};
    }
    void put_ascii(std::uint64_t offset, const std::uint8_t* p, std::size_t count) {
        if (count_ + count > kMost) flush();
        for (std::size_t i = 0; i < count; ++i)
            chunk_[count_ + i] = {offset + i, p[i], 1, true};
        count_ += count;
    }
    void flush() {
        cells_.insert(cells_.end(), chunk_.begin(),
                      chunk_.begin() + static_cast<std::ptrdiff_t>(count_));
        count_ = 0;
    }

  private:
    static constexpr std::size_t kMost = 64;
    std::vector<TextCell>& cells_;
    std::size_t count_ = 0;
    std::array<TextCell, kMost> chunk_;
};

constexpr std::size_t kAsciiStep = 8;

bool are_ascii(const std::uint8_t* p) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, sizeof(word));
    return (word & 0x8080808080808080ULL) == 0;
}

// How many of the bytes became cells.
template <typename Reader>
std::size_t read_cells(const Reader& reader,
                       std::span<const std::uint8_t> bytes,
                       std::uint64_t offset,
                       bool is_end,
                       std::vector<TextCell>& cells) {
    CellWriter writer(cells);
    std::size_t at = 0;
    while (at < bytes.size()) {
        if constexpr (Reader::kHasAscii) {
            if (bytes.size() - at >= kAsciiStep && are_ascii(&bytes[at])) {
                writer.put_ascii(offset + at, &bytes[at], kAsciiStep);
                at += kAsciiStep;
                continue;
            }
        }
        const Step step = reader.next(&bytes[at], bytes.size() - at, is_end);
        if (step.bytes == 0) break;
        writer.put(offset + at, &bytes[at], step);
        at += step.bytes;
    }
    writer.flush();
    return at;
}

// From a place at which a cell begins to the last one of which that can be said.
std::size_t boundary_after(TextEncoding encoding,
                           std::span<const std::uint8_t> bytes,
                           std::size_t at) {
    return with_reader(encoding, [&](const auto& reader) {
        while (at < bytes.size()) {
            const Step step = reader.next(&bytes[at], bytes.size() - at, false);
            if (step.bytes == 0) break;
            at += step.bytes;
        }
        return at;
    });
}

template <bool kIsBigEndian>
std::optional<std::size_t> utf16_boundary(std::span<const std::uint8_t> before,
                                          std::uint64_t stream_offset) {
    using Reader = Utf16Reader<kIsBigEndian>;
    std::size_t at = before.size() - (stream_offset + before.size()) % 2;
    if (at > before.size()) return std::nullopt;  // no byte at all, and in mid-unit
    for (; at >= 2; at -= 2) {
        if (!Reader::is_high(Reader::unit(&before[at - 2]))) return at;
    }
    return std::nullopt;
}

}  // namespace

std::string_view name(TextEncoding encoding) {
    return kNames[static_cast<std::size_t>(encoding)];
}

std::optional<TextEncoding> text_encoding(std::string_view name) {
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<TextEncoding>(found - kNames.begin());
}

bool is_available(TextEncoding encoding) {
    switch (encoding) {
        case TextEncoding::kUtf8:
        case TextEncoding::kUtf16Le:
        case TextEncoding::kUtf16Be:
        case TextEncoding::kLatin1: return true;
        case TextEncoding::kGb18030:
        case TextEncoding::kGbk:
        case TextEncoding::kBig5:
        case TextEncoding::kShiftJis:
        case TextEncoding::kEucKr: return double_byte_table(encoding).is_available;
        default: return single_byte_table(encoding).is_available;
    }
}

void TextDecoder::decode(std::span<const std::uint8_t> bytes, std::vector<TextCell>& cells) {
    with_reader(encoding_, [&](const auto& reader) {
        if (waiting_size_ != 0) {
            // What waits, and as much of what follows as its character can need.
            std::array<std::uint8_t, 8> joined{};
            const std::size_t added = std::min<std::size_t>(bytes.size(), 4);
            std::copy_n(waiting_.begin(), waiting_size_, joined.begin());
            std::copy_n(bytes.begin(), added, joined.begin() + waiting_size_);
            const std::size_t size = waiting_size_ + added;
            CellWriter writer(cells);
            std::size_t at = 0;
            while (at < waiting_size_) {
                const Step step = reader.next(&joined[at], size - at, false);
                if (step.bytes == 0) break;
                writer.put(offset_, &joined[at], step);
                offset_ += step.bytes;
                at += step.bytes;
            }
            writer.flush();
            if (at < waiting_size_) {  // all of `bytes` is in there, and it is not enough
                waiting_size_ = static_cast<std::uint8_t>(size - at);
                std::copy_n(joined.begin() + static_cast<std::ptrdiff_t>(at), waiting_size_,
                            waiting_.begin());
                return;
            }
            bytes = bytes.subspan(at - waiting_size_);
            waiting_size_ = 0;
        }
        const std::size_t used = read_cells(reader, bytes, offset_, false, cells);
        offset_ += used;
        waiting_size_ = static_cast<std::uint8_t>(bytes.size() - used);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(used), waiting_size_,
                    waiting_.begin());
    });
}

void TextDecoder::finish(std::vector<TextCell>& cells) {
    with_reader(encoding_, [&](const auto& reader) {
        offset_ +=
            read_cells(reader, std::span(waiting_).first(waiting_size_), offset_, true, cells);
    });
    waiting_size_ = 0;
}

void TextDecoder::reset(std::uint64_t stream_offset) {
    waiting_size_ = 0;
    offset_ = stream_offset;
}

std::optional<std::size_t> sure_boundary(TextEncoding encoding,
                                         std::span<const std::uint8_t> before,
                                         std::uint64_t stream_offset) {
    std::optional<std::size_t> anchor;
    switch (encoding) {
        case TextEncoding::kUtf8: {
            // A byte that continues nothing begins a cell; so does the fourth of four that continue, as no character has more than three.
            const std::size_t least = before.size() - std::min<std::size_t>(before.size(), 4);
            for (std::size_t at = before.size(); at > least && !anchor; --at) {
                if ((before[at - 1] & 0xC0U) != 0x80U) anchor = at - 1;
            }
            if (!anchor && before.size() >= 4) anchor = before.size() - 1;
            break;
        }
        case TextEncoding::kUtf16Le: anchor = utf16_boundary<false>(before, stream_offset); break;
        case TextEncoding::kUtf16Be: anchor = utf16_boundary<true>(before, stream_offset); break;
        case TextEncoding::kGb18030:
        case TextEncoding::kGbk:
        case TextEncoding::kBig5:
        case TextEncoding::kShiftJis:
        case TextEncoding::kEucKr: {
            // Whatever a byte that cannot lead belongs to ends with it; but the digits of GB18030 stand in the middle as well.
            const DoubleByteTable& table = double_byte_table(encoding);
            const bool is_gb18030 = encoding == TextEncoding::kGb18030;
            for (std::size_t at = before.size(); at > 0 && !anchor; --at) {
                const std::uint8_t byte = before[at - 1];
                if (!table.is_lead[byte] && !(is_gb18030 && is_digit(byte))) anchor = at;
            }
            break;
        }
        default: return before.size();
    }
    if (!anchor && stream_offset == 0) anchor = 0;
    if (!anchor) return std::nullopt;
    return boundary_after(encoding, before, *anchor);
}

}  // namespace net::bytes
