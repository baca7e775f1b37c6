// What a person typed becomes a Composition, and one way of writing the other.
#include "net/bytes/composition.h"
#include "net/bytes/encoded_text.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>

namespace net::bytes {

namespace {

using Bytes = std::vector<std::uint8_t>;

// What a placeholder is known by; a backslash before anything else is an escape.
constexpr std::string_view kBrace = "\\{";
constexpr std::size_t kMostShownBytes = 40;
constexpr std::uint8_t kMostDigits = 20;      // of 64 bits
constexpr std::size_t kMostNumberBytes = 48;  // "2025-01-31T14:02:33.007Z" in UTF-16

std::optional<std::uint32_t> number_in(std::string_view text) {
    std::uint32_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

// ---- Placeholders. Nullopt: there is no such one. ----

struct BytesForm {
    std::string_view name;
    NumberForm form;
    bool is_big_endian;
};
constexpr std::array<BytesForm, 7> kBytesForms{{{"u8", NumberForm::kU8, true},
                                                {"u16le", NumberForm::kU16, false},
                                                {"u16be", NumberForm::kU16, true},
                                                {"u32le", NumberForm::kU32, false},
                                                {"u32be", NumberForm::kU32, true},
                                                {"u64le", NumberForm::kU64, false},
                                                {"u64be", NumberForm::kU64, true}}};

const BytesForm* bytes_form(std::string_view name) {
    const auto* const found = std::find_if(kBytesForms.begin(), kBytesForms.end(),
                                           [&](const BytesForm& one) { return one.name == name; });
    return found == kBytesForms.end() ? nullptr : found;
}

std::optional<Part> counter(std::string_view form, TextEncoding encoding) {
    CounterPart part{.encoding = encoding};
    if (form.empty()) return part;
    if (const BytesForm* const as_bytes = bytes_form(form)) {
        part.form = as_bytes->form;
        part.is_big_endian = as_bytes->is_big_endian;
        return part;
    }
    if (form.ends_with('x')) {
        part.form = NumberForm::kHex;
        form.remove_suffix(1);
        if (form.empty()) return part;
    }
    const std::optional<std::uint32_t> least =
        form.starts_with('0') && form.size() <= 3 ? number_in(form) : std::nullopt;
    if (!least || *least == 0 || *least > kMostDigits) return std::nullopt;
    part.least_digits = static_cast<std::uint8_t>(*least);
    return part;
}

std::optional<Part> time(std::string_view form, TextEncoding encoding) {
    TimePart part{.encoding = encoding};
    if (form.empty()) return part;
    if (form == "s" || form == "ms" || form == "ns") {
        part.form = form == "s"    ? TimeText::kSeconds
                    : form == "ms" ? TimeText::kMilliseconds
                                   : TimeText::kNanoseconds;
        return part;
    }
    const BytesForm* const as_bytes = bytes_form(form);
    if (as_bytes == nullptr ||
        (as_bytes->form != NumberForm::kU32 && as_bytes->form != NumberForm::kU64)) {
        return std::nullopt;
    }
    part.form = as_bytes->form == NumberForm::kU32 ? TimeText::kU32 : TimeText::kU64;
    part.is_big_endian = as_bytes->is_big_endian;
    return part;
}

std::optional<Part> random(std::string_view form) {
    const std::optional<std::uint32_t> size = number_in(form);
    if (!size || *size == 0 || *size > kMostRandomBytes) return std::nullopt;
    return RandomPart{.bytes = *size};
}

// `inside`: what stands between the braces.
Parsed<Part> placeholder(std::string_view inside, TextEncoding encoding) {
    const std::size_t colon = inside.find(':');
    const std::string_view word = inside.substr(0, colon);
    const std::string_view form =
        colon == std::string_view::npos ? std::string_view{} : inside.substr(colon + 1);
    // "\{counter:}" is no other way to write "\{counter}".
    const bool is_whole = colon == std::string_view::npos || !form.empty();
    std::optional<Part> part;
    const char* accepted = nullptr;
    if (word == "counter") {
        part = counter(form, encoding);
        accepted =
            "there are \\{counter}, \\{counter:08} (01 to 20 digits), \\{counter:x}, "
            "\\{counter:08x}, and as bytes \\{counter:u8}, u16le, u16be, u32le, u32be, u64le, "
            "u64be";
    } else if (word == "time") {
        part = time(form, encoding);
        accepted =
            "there are \\{time}, \\{time:s}, \\{time:ms}, \\{time:ns}, and as bytes "
            "\\{time:u32le}, u32be, u64le, u64be";
    } else if (word == "random") {
        part = random(form);
        accepted = "random bytes are \\{random:N}, N from 1 to 65536";
    } else {
        accepted = "the placeholders are \\{counter}, \\{time} and \\{random:N}";
    }
    if (part && is_whole) return Parsed<Part>::ok(std::move(*part));
    return Parsed<Part>::fail(
        {0, 0,
         "\"\\{" + printable(inside, kMostShownBytes) + "}\" is no placeholder; " + accepted});
}

// At most.
std::size_t bytes_of(const Part& part) {
    if (const auto* const random = std::get_if<RandomPart>(&part)) return random->bytes;
    if (const auto* const bytes = std::get_if<Bytes>(&part)) return bytes->size();
    return kMostNumberBytes;
}

// ---- Text between placeholders ----

// The error's offset is in `text`.
class TextWriter {
  public:
    explicit TextWriter(TextEncoding encoding) : encoding_(encoding), encoder_(encoding) {}

    // Escapes are known to be right.
    std::optional<ParseError> write(std::string_view text, Bytes& out) {
        for (std::size_t at = 0; at < text.size();) {
            const std::string_view rest = text.substr(at);
            if (rest.starts_with("\\x")) {
                out.push_back(parse_hex(rest.substr(2, 2))->front());
                at += 4;
                continue;
            }
            Utf8Character character = first_character(rest);
            if (character.size == 0)
                return ParseError{at, 1, "this byte is no UTF-8 text; write it as \\xNN"};
            if (rest[0] == '\\') {
                constexpr std::string_view kLetters = "rnt0\\";
                constexpr std::string_view kMeant{"\r\n\t\0\\", 5};
                character = {static_cast<char32_t>(kMeant[kLetters.find(rest[1])]), 2};
            }
            if (encoding_ == TextEncoding::kUtf8 && rest[0] != '\\') {
                out.insert(out.end(), rest.begin(),
                           rest.begin() + static_cast<std::ptrdiff_t>(character.size));
            } else if (!add(character.value, out)) {
                return no_such_character(rest, at, character.size);
            }
            at += character.size;
        }
        return std::nullopt;
    }

    // The bytes of a character; false: the encoding has no such one.
    bool add(char32_t character, Bytes& out) {
        if (character < 0x80 && !is_utf16()) {
            out.push_back(static_cast<std::uint8_t>(character));
            return true;
        }
        const Bytes encoded = encoder_.encode(character);
        out.insert(out.end(), encoded.begin(), encoded.end());
        return !encoded.empty();
    }

  private:
    [[nodiscard]] bool is_utf16() const {
        return encoding_ == TextEncoding::kUtf16Le || encoding_ == TextEncoding::kUtf16Be;
    }
    [[nodiscard]] ParseError no_such_character(std::string_view rest,
                                               std::size_t at,
                                               std::size_t size) const {
        const std::string encoding{name(encoding_)};
        return {at, size,
                is_available(encoding_)
                    ? encoding + " has no \"" + printable(rest.substr(0, size)) +
                          "\"; choose another encoding, or write its bytes as \\xNN"
                    : "the C library of this machine does not know " + encoding +
                          "; write the bytes as \\xNN"};
    }

    TextEncoding encoding_;
    TextEncoder encoder_;
};

// ---- The whole ----

// A stretch of what was typed: bytes as they are meant, or a placeholder.
struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool is_placeholder = false;
};

// Where placeholders begin and end. "\\{" is a backslash and a brace. A brace that is not closed goes to the end.
std::vector<Stretch> stretches(std::string_view text) {
    std::vector<Stretch> found;
    std::size_t begin = 0;
    std::size_t at = 0;
    while ((at = text.find('\\', at)) != std::string_view::npos) {
        if (!text.substr(at).starts_with(kBrace)) {
            at += 2;  // the escaped character, which may be a backslash
            continue;
        }
        if (at > begin) found.push_back({begin, at, false});
        const std::size_t close = text.find('}', at);
        begin = close == std::string_view::npos ? text.size() : close + 1;
        found.push_back({at, begin, true});
        at = begin;
    }
    if (begin < text.size()) found.push_back({begin, text.size(), false});
    return found;
}

class Parser {
  public:
    explicit Parser(TextEncoding encoding) : encoding_(encoding), writer_(encoding) {}

    std::optional<ParseError> add(std::string_view text, bool is_hex) {
        if (text.size() > kMostComposeTextBytes) {
            return ParseError{kMostComposeTextBytes, text.size() - kMostComposeTextBytes,
                              "this is longer than 1 MiB; send it as a file"};
        }
        for (const Stretch& stretch : stretches(text)) {
            const std::string_view typed = text.substr(stretch.begin, stretch.end - stretch.begin);
            auto error = stretch.is_placeholder ? add_placeholder(typed) : add_bytes(typed, is_hex);
            if (!error && composed_ > kMostComposedBytes) {
                error = ParseError{0, typed.size(),
                                   "with this a sending has more than 4 MiB; send less, or a file"};
            }
            if (!error) continue;
            error->offset += stretch.begin;
            return error;
        }
        return std::nullopt;
    }

    std::optional<ParseError> add_characters(std::u32string_view characters) {
        Bytes bytes;
        for (const char32_t character : characters)
            static_cast<void>(writer_.add(character, bytes));  // controls: in every encoding
        add_part(std::move(bytes));
        return std::nullopt;
    }

    std::vector<Part> parts;

  private:
    std::optional<ParseError> add_placeholder(std::string_view typed) {
        if (!typed.ends_with('}'))
            return ParseError{0, typed.size(),
                              "a placeholder ends with }; write \\\\{ for a backslash and a brace"};
        auto parsed =
            placeholder(typed.substr(kBrace.size(), typed.size() - kBrace.size() - 1), encoding_);
        if (!parsed) {
            parsed.error.length = typed.size();
            return parsed.error;
        }
        composed_ += bytes_of(*parsed);
        parts.push_back(std::move(*parsed.value));
        return std::nullopt;
    }

    std::optional<ParseError> add_bytes(std::string_view typed, bool is_hex) {
        auto parsed = is_hex ? parse_hex(typed) : parse_escaped(typed);
        if (!parsed) return parsed.error;
        if (!is_hex) {
            parsed.value->clear();
            if (auto error = writer_.write(typed, *parsed.value)) return error;
        }
        add_part(std::move(*parsed.value));
        return std::nullopt;
    }

    void add_part(Bytes&& bytes) {
        composed_ += bytes.size();
        if (bytes.empty()) return;
        if (!parts.empty()) {
            if (auto* const last = std::get_if<Bytes>(&parts.back())) {
                last->insert(last->end(), bytes.begin(), bytes.end());
                return;
            }
        }
        parts.emplace_back(std::move(bytes));
    }

    TextEncoding encoding_;
    TextWriter writer_;
    std::uint64_t composed_ = 0;  // bytes, at most
};

std::optional<ParseError> add_ending(Parser& parser, const ComposeText& text) {
    switch (text.ending) {
        case LineEnding::kNone: return std::nullopt;
        case LineEnding::kCr: return parser.add_characters(U"\r");
        case LineEnding::kLf: return parser.add_characters(U"\n");
        case LineEnding::kCrLf: return parser.add_characters(U"\r\n");
        case LineEnding::kNul: return parser.add_characters({U"\0", 1});
        case LineEnding::kOwn: return parser.add(text.own_ending, false);
    }
    return std::nullopt;
}

// ---- The other way of writing ----

// Text that parse() reads as these bytes.
std::string text_of(const Bytes& bytes, TextEncoding encoding) {
    TextDecoder decoder(encoding);
    TextWriter writer(encoding);
    std::vector<TextCell> cells;
    decoder.decode(bytes, cells);
    decoder.finish(cells);
    TextEncoder utf8(TextEncoding::kUtf8);
    std::string text;
    for (const TextCell& cell : cells) {
        const auto own =
            std::span{bytes}.subspan(static_cast<std::size_t>(cell.offset), cell.bytes);
        // Some codes are a second way to write a character.
        Bytes again;
        const bool comes_back = cell.is_valid && writer.add(cell.code_point, again) &&
                                std::equal(own.begin(), own.end(), again.begin(), again.end());
        const Bytes character = comes_back ? utf8.encode(cell.code_point) : Bytes{};
        const std::string typed(character.begin(), character.end());
        if (typed.size() == 1) {
            // Controls and the backslash have escapes; those that are only \xNN mean the byte.
            const std::string escaped = escape(character);
            if (!escaped.starts_with("\\x")) {
                text += escaped;
                continue;
            }
        } else if (!typed.empty() && printable(typed) == typed) {
            text += typed;
            continue;
        }
        for (const std::uint8_t byte : own) {
            text += "\\x";
            text += to_hex({&byte, 1});
        }
    }
    return text;
}

}  // namespace

ComposeParsed parse(const ComposeText& text) {
    const auto failed = [](ParseError error, bool is_in_ending) {
        return ComposeParsed{Parsed<Composition>::fail(std::move(error)), is_in_ending};
    };
    Parser parser(text.encoding);
    if (auto error = parser.add(text.text, text.is_hex)) return failed(std::move(*error), false);
    if (auto error = add_ending(parser, text)) return failed(std::move(*error), true);
    if (text.has_checksum && text.checksum_last_byte < text.checksum_first_byte) {
        return failed({0, 0,
                       "the checksum's range ends before it begins (from byte " +
                           std::to_string(text.checksum_first_byte) + " to byte " +
                           std::to_string(text.checksum_last_byte) + ")"},
                      false);
    }
    return {Parsed<Composition>::ok({.parts = std::move(parser.parts),
                                     .length = text.length,
                                     .length_is_big_endian = text.length_is_big_endian,
                                     .length_counts_itself = text.length_counts_itself,
                                     .has_checksum = text.has_checksum,
                                     .checksum = text.checksum,
                                     .checksum_is_big_endian = text.checksum_is_big_endian,
                                     .checksum_first_byte = text.checksum_first_byte,
                                     .checksum_last_byte = text.checksum_last_byte}),
            false};
}

std::optional<std::string> rewritten(const ComposeText& text, bool as_hex) {
    Parser whole(text.encoding);
    if (whole.add(text.text, text.is_hex)) return std::nullopt;
    if (as_hex == text.is_hex) return text.text;
    std::string out;
    Parser parser(text.encoding);
    const auto add = [&](std::string_view piece) {
        if (as_hex && !out.empty() && !piece.empty()) out += ' ';
        out += piece;
    };
    for (const Stretch& stretch : stretches(text.text)) {
        const std::string_view typed =
            std::string_view{text.text}.substr(stretch.begin, stretch.end - stretch.begin);
        if (stretch.is_placeholder) {
            add(typed);
            continue;
        }
        parser.parts.clear();
        if (parser.add(typed, text.is_hex)) return std::nullopt;
        if (parser.parts.empty()) continue;  // white space between hex digits
        const auto& bytes = std::get<Bytes>(parser.parts.front());
        add(as_hex ? to_hex(bytes) : text_of(bytes, text.encoding));
    }
    if (out.size() > kMostComposeTextBytes) return std::nullopt;
    return out;
}

}  // namespace net::bytes
