#include "net/bytes/text_tables.h"

#include <algorithm>
#include <cerrno>
#include <iconv.h>
#include <span>

namespace net::bytes {

namespace {

// One code at a time: what is it to iconv?
class Asker {
  public:
    explicit Asker(const char* encoding) : iconv_(::iconv_open("UCS-4LE", encoding)) {}
    ~Asker() {
        if (is_open()) ::iconv_close(iconv_);
    }
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    [[nodiscard]] bool is_open() const { return iconv_ != reinterpret_cast<iconv_t>(-1); }

    enum class Kind { kCharacter, kIncomplete, kNone };
    struct Answer {
        Kind kind = Kind::kNone;
        char16_t character = kNoCharacter;
    };

    [[nodiscard]] Answer ask(std::span<const std::uint8_t> code) const {
        std::array<char, 4> in_bytes{};
        std::copy(code.begin(), code.end(), in_bytes.begin());
        std::array<char, 16> out_bytes{};
        char* in = in_bytes.data();
        char* out = out_bytes.data();
        std::size_t in_left = code.size();
        std::size_t out_left = out_bytes.size();
        ::iconv(iconv_, nullptr, nullptr, nullptr, nullptr);
        if (::iconv(iconv_, &in, &in_left, &out, &out_left) == static_cast<std::size_t>(-1))
            return {.kind = errno == EINVAL ? Kind::kIncomplete : Kind::kNone};
        // Windows-1255 and -1258 keep a letter back, for a mark that may follow and make one character with it.
        ::iconv(iconv_, nullptr, nullptr, &out, &out_left);
        if (out_left != out_bytes.size() - 4) return {};
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i)
            value |= std::uint32_t{static_cast<std::uint8_t>(out_bytes[i])} << (8 * i);
        if (value > 0xFFFF || (value >= 0xD800 && value < 0xE000)) return {};
        return {.kind = Kind::kCharacter, .character = static_cast<char16_t>(value)};
    }

  private:
    iconv_t iconv_;
};

SingleByteTable ask_single_bytes(const char* encoding) {
    SingleByteTable table;
    table.characters.fill(kNoCharacter);
    for (std::size_t i = 0; i < 0x80; ++i)
        table.characters[i] = static_cast<char16_t>(i);
    const Asker iconv(encoding);
    table.is_available = iconv.is_open();
    if (!table.is_available) return table;
    for (std::size_t i = 0x80; i < 0x100; ++i) {
        const std::array<std::uint8_t, 1> code{static_cast<std::uint8_t>(i)};
        table.characters[i] = iconv.ask(code).character;
    }
    return table;
}

DoubleByteTable ask_double_bytes(const char* encoding) {
    DoubleByteTable table;
    table.singles.fill(kNoCharacter);
    for (std::size_t i = 0; i < 0x80; ++i)
        table.singles[i] = static_cast<char16_t>(i);
    table.pairs.assign(std::size_t{0x80} * 256, kNoCharacter);
    const Asker iconv(encoding);
    table.is_available = iconv.is_open();
    if (!table.is_available) return table;
    for (std::size_t lead = 0x80; lead < 0x100; ++lead) {
        const std::array<std::uint8_t, 1> alone{static_cast<std::uint8_t>(lead)};
        const Asker::Answer answer = iconv.ask(alone);
        table.singles[lead] = answer.character;
        if (answer.kind != Asker::Kind::kIncomplete) continue;
        for (std::size_t second = 0; second < 0x100; ++second) {
            const std::array<std::uint8_t, 2> code{static_cast<std::uint8_t>(lead),
                                                   static_cast<std::uint8_t>(second)};
            const char16_t character = iconv.ask(code).character;
            table.pairs[(lead - 0x80) * 256 + second] = character;
            table.is_lead[lead] = table.is_lead[lead] || character != kNoCharacter;
        }
    }
    return table;
}

FourByteTable ask_four_bytes() {
    FourByteTable table;
    table.characters.assign(kFourByteCodes, kNoCharacter);
    const Asker iconv("GB18030");
    if (!iconv.is_open()) return table;
    for (std::uint32_t i = 0; i < kFourByteCodes; ++i) {
        const std::array<std::uint8_t, 4> code{static_cast<std::uint8_t>(0x81 + i / 12'600),
                                               static_cast<std::uint8_t>(0x30 + i / 1'260 % 10),
                                               static_cast<std::uint8_t>(0x81 + i / 10 % 126),
                                               static_cast<std::uint8_t>(0x30 + i % 10)};
        table.characters[i] = iconv.ask(code).character;
    }
    return table;
}

}  // namespace

const SingleByteTable& single_byte_table(TextEncoding encoding) {
    switch (encoding) {
        case TextEncoding::kWindows1250: {
            static const SingleByteTable table = ask_single_bytes("CP1250");
            return table;
        }
        case TextEncoding::kWindows1251: {
            static const SingleByteTable table = ask_single_bytes("CP1251");
            return table;
        }
        case TextEncoding::kWindows1253: {
            static const SingleByteTable table = ask_single_bytes("CP1253");
            return table;
        }
        case TextEncoding::kWindows1254: {
            static const SingleByteTable table = ask_single_bytes("CP1254");
            return table;
        }
        case TextEncoding::kWindows1255: {
            static const SingleByteTable table = ask_single_bytes("CP1255");
            return table;
        }
        case TextEncoding::kWindows1256: {
            static const SingleByteTable table = ask_single_bytes("CP1256");
            return table;
        }
        case TextEncoding::kWindows1257: {
            static const SingleByteTable table = ask_single_bytes("CP1257");
            return table;
        }
        case TextEncoding::kWindows1258: {
            static const SingleByteTable table = ask_single_bytes("CP1258");
            return table;
        }
        case TextEncoding::kWindows1252:
        default: {
            static const SingleByteTable table = ask_single_bytes("CP1252");
            return table;
        }
    }
}

const DoubleByteTable& double_byte_table(TextEncoding encoding) {
    switch (encoding) {
        case TextEncoding::kGbk: {
            static const DoubleByteTable table = ask_double_bytes("CP936");
            return table;
        }
        case TextEncoding::kBig5: {
            static const DoubleByteTable table = ask_double_bytes("BIG5");
            return table;
        }
        case TextEncoding::kShiftJis: {
            static const DoubleByteTable table = ask_double_bytes("CP932");
            return table;
        }
        case TextEncoding::kEucKr: {
            static const DoubleByteTable table = ask_double_bytes("CP949");
            return table;
        }
        case TextEncoding::kGb18030:
        default: {
            static const DoubleByteTable table = ask_double_bytes("GB18030");
            return table;
        }
    }
}

const FourByteTable& four_byte_table() {
    static const FourByteTable table = ask_four_bytes();
    return table;
}

}  // namespace net::bytes
