#include "net/bytes/byte_formats.h"

#include "net/bytes/escapes.h"

#include <algorithm>
#include <limits>

namespace net::bytes {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::size_t kBytesPerDumpRow = 16;
constexpr std::size_t kBytesPerArrayRow = 12;
constexpr std::size_t kPythonLine = 96;  // characters between the quotes

constexpr std::string_view kArrayBegin = "const unsigned char bytes[] = {";
constexpr std::string_view kNoArray = "/* no bytes */\n";  // C has no array of none

void append_hex(std::string& out, std::uint8_t byte) {
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0xFU];
}

void append_escaped(std::string& out, std::uint8_t byte) {
    out += "\\x";
    append_hex(out, byte);
}

bool is_plain(std::uint8_t byte) {
    return byte >= 0x20 && byte < 0x7F;
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0U | c >> 6U), put(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        put(0xE0U | c >> 12U), put(0x80U | (c >> 6U & 0x3FU)), put(0x80U | (c & 0x3FU));
    } else {
        put(0xF0U | c >> 18U), put(0x80U | (c >> 12U & 0x3FU));
        put(0x80U | (c >> 6U & 0x3FU)), put(0x80U | (c & 0x3FU));
    }
}

// A character as it may leave the window: escapes.h knows which may not, and how they are written instead. The last of those is U+2069.
void append_character(std::string& out, char32_t c) {
    if (c > 0x2069) {
        append_utf8(out, c);
        return;
    }
    std::string text;
    append_utf8(text, c);
    out += printable(text);
}

// The offset column of a dump: at least eight digits, and all that it needs.
void append_offset(std::string& out, std::uint64_t offset) {
    std::size_t digits = 8;
    while (digits < 16 && (offset >> (4 * digits)) != 0)
        ++digits;
    while (digits-- > 0)
        out += kDigits[offset >> (4 * digits) & 0xFU];
}

void append_dump_row(std::string& out, std::uint64_t offset, std::span<const std::uint8_t> row) {
    append_offset(out, offset);
    out += ' ';
    for (std::size_t i = 0; i < kBytesPerDumpRow; ++i) {
        if (i % 8 == 0) out += ' ';
        if (i < row.size()) {
            append_hex(out, row[i]);
            out += ' ';
        } else {
            out += "   ";
        }
    }
    out += " |";
    for (const std::uint8_t byte : row)
        out += is_plain(byte) ? static_cast<char>(byte) : '.';
    out += "|\n";
}

void append_base64(std::string& out, std::span<const std::uint8_t> group) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
        bits = bits << 8U | (i < group.size() ? group[i] : 0U);
    for (std::size_t i = 0; i < 4; ++i)
        out += i <= group.size() ? kBase64Digits[bits >> (18 - 6 * i) & 0x3FU] : '=';
}

}  // namespace

std::string_view name(ByteFormat format) {
    constexpr std::array<std::string_view, kByteFormats> kNames{
        "Text", "Hex", "Hex dump", "C array", "Python bytes", "Escaped string", "Base64"};
    return kNames[static_cast<std::size_t>(format)];
}

std::uint64_t formatted_bytes(ByteFormat format, std::uint64_t bytes, TextEncoding encoding) {
    struct Cost {
        std::uint64_t text;  // for each `of` bytes begun
        std::uint64_t of;
        std::uint64_t more;
    };
    // \u{NNNN} stands for two bytes of these, else for one at the worst (a control character of Latin-1, a mark of Windows-1256).
    const bool is_sparse = encoding == TextEncoding::kUtf8 || encoding == TextEncoding::kUtf16Le ||
                           encoding == TextEncoding::kUtf16Be;
    const Cost cost = [&]() -> Cost {
        switch (format) {
            case ByteFormat::kText: return {is_sparse ? 4U : 8U, 1, 8};
            case ByteFormat::kHex: return {3, 1, 0};
            case ByteFormat::kHexDump: return {16 + 72, kBytesPerDumpRow, 17};
            case ByteFormat::kCArray: return {5 + 6 * kBytesPerArrayRow, kBytesPerArrayRow, 64};
            // Four for a byte, and for each line of at least 93 such an indent, quotes and its end.
            case ByteFormat::kPythonBytes: return {5, 1, 32};
            case ByteFormat::kEscaped: return {4, 1, 0};
            case ByteFormat::kBase64: return {4, 3, 0};
        }
        return {8, 1, 64};
    }();
    const std::uint64_t units = bytes / cost.of + (bytes % cost.of != 0 ? 1 : 0);
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    if (units > (kMost - cost.more) / cost.text) return kMost;
    return units * cost.text + cost.more;
}

ByteFormatter::ByteFormatter(ByteFormat format, TextEncoding encoding)
    : format_(format),
      decoder_(encoding) {}

void ByteFormatter::add(std::span<const std::uint8_t> bytes, std::string& out) {
    switch (format_) {
        case ByteFormat::kText:
            // In pieces: the cells of a byte take sixteen times its room.
            while (!bytes.empty()) {
                constexpr std::size_t kPiece = 4096;
                const std::span<const std::uint8_t> piece =
                    bytes.first(std::min(bytes.size(), kPiece));
                bytes = bytes.subspan(piece.size());
                decoder_.decode(piece, cells_);
                add_cells(out);
            }
            break;
        case ByteFormat::kHex: add_hex(bytes, out); break;
        case ByteFormat::kHexDump: add_dump(bytes, out); break;
        case ByteFormat::kCArray: add_array(bytes, out); break;
        case ByteFormat::kPythonBytes: add_python(bytes, out); break;
        case ByteFormat::kEscaped: out += escape(bytes); break;
        case ByteFormat::kBase64: add_base64(bytes, out); break;
    }
}

void ByteFormatter::cut(std::string& out) {
    if (format_ != ByteFormat::kText) return;
    decoder_.finish(cells_);
    add_cells(out);
    if (has_return_) append_escaped(out, '\r');
    has_return_ = false;
}

void ByteFormatter::finish(std::string& out) {
    switch (format_) {
        case ByteFormat::kText: cut(out); break;
        case ByteFormat::kHexDump:
            if (row_size_ != 0) {
                append_dump_row(out, count_ - row_size_, std::span(row_).first(row_size_));
                row_size_ = 0;
            }
            append_offset(out, count_);
            out += '\n';
            break;
        case ByteFormat::kCArray: out += count_ == 0 ? kNoArray : "\n};\n"; break;
        case ByteFormat::kPythonBytes:
            out += has_lines_ ? "    b\"" + line_ + "\"\n)\n" : "b\"" + line_ + "\"";
            line_.clear();
            break;
        case ByteFormat::kBase64:
            if (row_size_ != 0) append_base64(out, std::span(row_).first(row_size_));
            row_size_ = 0;
            break;
        case ByteFormat::kHex:
        case ByteFormat::kEscaped: break;
    }
}

void ByteFormatter::add_cells(std::string& out) {
    for (const TextCell& cell : cells_) {
        const char32_t c = cell.code_point;
        if (has_return_) {
            has_return_ = false;
            if (!cell.is_valid || c != '\n') append_escaped(out, '\r');
        }
        if (!cell.is_valid) {
            append_escaped(out, static_cast<std::uint8_t>(c));
        } else if (c == '\r') {
            has_return_ = true;
        } else if ((c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t') {
            out += static_cast<char>(c);
        } else {
            append_character(out, c);
        }
    }
    cells_.clear();
}

void ByteFormatter::add_hex(std::span<const std::uint8_t> bytes, std::string& out) {
    for (const std::uint8_t byte : bytes) {
        if (count_++ != 0) out += ' ';
        append_hex(out, byte);
    }
}

void ByteFormatter::add_dump(std::span<const std::uint8_t> bytes, std::string& out) {
    for (const std::uint8_t byte : bytes) {
        row_[row_size_++] = byte;
        ++count_;
        if (row_size_ < kBytesPerDumpRow) continue;
        append_dump_row(out, count_ - row_size_, row_);
        row_size_ = 0;
    }
}

void ByteFormatter::add_array(std::span<const std::uint8_t> bytes, std::string& out) {
    for (const std::uint8_t byte : bytes) {
        if (count_ == 0) out += kArrayBegin;
        out += count_ % kBytesPerArrayRow == 0 ? "\n    0x" : " 0x";
        append_hex(out, byte);
        out += ',';
        ++count_;
    }
}

void ByteFormatter::add_python(std::span<const std::uint8_t> bytes, std::string& out) {
    for (const std::uint8_t byte : bytes) {
        if (line_.size() + 4 > kPythonLine) {
            if (!has_lines_) out += "(\n";
            has_lines_ = true;
            out += "    b\"" + line_ + "\"\n";
            line_.clear();
        }
        switch (byte) {
            case '\n': line_ += "\\n"; break;
            case '\r': line_ += "\\r"; break;
            case '\t': line_ += "\\t"; break;
            case '\\': line_ += "\\\\"; break;
            case '"': line_ += "\\\""; break;
            default:
                if (is_plain(byte)) {
                    line_ += static_cast<char>(byte);
                } else {
                    append_escaped(line_, byte);
                }
        }
    }
}

void ByteFormatter::add_base64(std::span<const std::uint8_t> bytes, std::string& out) {
    for (const std::uint8_t byte : bytes) {
        row_[row_size_++] = byte;
        if (row_size_ < 3) continue;
        append_base64(out, std::span(row_).first(3));
        row_size_ = 0;
    }
}

}  // namespace net::bytes
