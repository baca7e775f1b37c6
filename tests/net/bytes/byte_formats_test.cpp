// Bytes as text to take elsewhere: read back, they are the same.
#include "net/bytes/byte_formats.h"

#include "net/bytes/escapes.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <optional>
#include <unistd.h>

#include "tests/net/bytes/random_text.h"

namespace {

using namespace net::bytes;
using namespace std::string_view_literals;

using Bytes = std::vector<std::uint8_t>;

Bytes bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

std::string formatted(ByteFormat format,
                      std::span<const std::uint8_t> all,
                      TextEncoding encoding = TextEncoding::kUtf8) {
    ByteFormatter formatter(format, encoding);
    std::string out;
    formatter.add(all, out);
    formatter.finish(out);
    return out;
}

std::string formatted(ByteFormat format, std::string_view text) {
    return formatted(format, bytes(text));
}

TEST(ByteFormats, NoCharacterSpansAPlaceWhereBytesDoNotGoOn) {
    ByteFormatter formatter(ByteFormat::kText);
    std::string out;
    formatter.add(bytes("a\xe4\xbd"), out);
    formatter.cut(out);
    formatter.add(bytes("\xa0\r"), out);
    formatter.cut(out);
    formatter.add(bytes("\nb"), out);
    formatter.finish(out);
    EXPECT_EQ(out, "a\\xe4\\xbd\\xa0\\x0d\nb");

    ByteFormatter hex(ByteFormat::kHex);
    out.clear();
    hex.add(bytes("a"), out);
    hex.cut(out);
    hex.add(bytes("b"), out);
    hex.finish(out);
    EXPECT_EQ(out, "61 62");
}

TEST(ByteFormats, KnownAnswers) {
    EXPECT_EQ(formatted(ByteFormat::kHex, "Hel\xff"), "48 65 6c ff");
    EXPECT_EQ(formatted(ByteFormat::kEscaped, "a\\\r\n\0\xe4"sv), "a\\\\\\r\\n\\0\\xe4");
    EXPECT_EQ(formatted(ByteFormat::kPythonBytes, "it's \"b\"\0\n"sv),
              "b\"it's \\\"b\\\"\\x00\\n\"");
    EXPECT_EQ(formatted(ByteFormat::kCArray, "Hi"),
              "const unsigned char bytes[] = {\n    0x48, 0x69,\n};\n");
    EXPECT_EQ(formatted(ByteFormat::kHexDump, "Hello, wire!\n\xff\0abcd"sv),
              "00000000  48 65 6c 6c 6f 2c 20 77  69 72 65 21 0a ff 00 61  |Hello, wire!...a|\n"
              "00000010  62 63 64                                          |bcd|\n"
              "00000013\n");
    // RFC 4648 section 10.
    EXPECT_EQ(formatted(ByteFormat::kBase64, "f"), "Zg==");
    EXPECT_EQ(formatted(ByteFormat::kBase64, "fo"), "Zm8=");
    EXPECT_EQ(formatted(ByteFormat::kBase64, "foo"), "Zm9v");
    EXPECT_EQ(formatted(ByteFormat::kBase64, "foobar"), "Zm9vYmFy");
}

TEST(ByteFormats, TextIsUtf8AndShowsWhatIsNone) {
    EXPECT_EQ(formatted(ByteFormat::kText, "a\tb\r\nc\rd\n\x1b\xff\xe4\xb8\xad"),
              "a\tb\nc\\x0dd\n\\x1b\\xff\xe4\xb8\xad");
    EXPECT_EQ(formatted(ByteFormat::kText, "end\r"), "end\\x0d");
    EXPECT_EQ(formatted(ByteFormat::kText, "\r\r\n\xe4"), "\\x0d\n\\xe4");
    EXPECT_EQ(formatted(ByteFormat::kText, "\xe2\x80\xae\xc2\x85"), "\\u{202e}\\u{0085}");
    EXPECT_EQ(formatted(ByteFormat::kText, bytes("\xd6\xd0\xce\xc4\xff"), TextEncoding::kGbk),
              "\xe4\xb8\xad\xe6\x96\x87\\xff");
    EXPECT_EQ(formatted(ByteFormat::kText, bytes("\r\0\n\0A\0"sv), TextEncoding::kUtf16Le), "\nA");
}

TEST(ByteFormats, NothingIsSomethingThatCanBeRead) {
    EXPECT_EQ(formatted(ByteFormat::kText, ""), "");
    EXPECT_EQ(formatted(ByteFormat::kHex, ""), "");
    EXPECT_EQ(formatted(ByteFormat::kHexDump, ""), "00000000\n");
    EXPECT_EQ(formatted(ByteFormat::kCArray, ""), "/* no bytes */\n");
    EXPECT_EQ(formatted(ByteFormat::kPythonBytes, ""), "b\"\"");
    EXPECT_EQ(formatted(ByteFormat::kEscaped, ""), "");
    EXPECT_EQ(formatted(ByteFormat::kBase64, ""), "");
}

std::vector<ByteFormat> all_formats() {
    std::vector<ByteFormat> all;
    for (std::size_t i = 0; i < kByteFormats; ++i)
        all.push_back(static_cast<ByteFormat>(i));
    return all;
}

TEST(ByteFormats, NoCutChangesTheResultAndTheBoundHolds) {
    for (const ByteFormat format : all_formats()) {
        for (std::size_t encoding = 0; encoding < kTextEncodings; ++encoding) {
            if (format != ByteFormat::kText && encoding != 0) continue;
            const auto in = static_cast<TextEncoding>(encoding);
            SCOPED_TRACE(std::string(name(format)) + " of " + std::string(name(in)));
            for (std::uint64_t seed = 0; seed < 20; ++seed) {
                const Bytes all = tests::random_text(seed, seed * 13);
                const std::string whole = formatted(format, all, in);
                ASSERT_LE(whole.size(), formatted_bytes(format, all.size(), in));
                ByteFormatter formatter(format, in);
                std::string out;
                for (std::size_t at = 0; at < all.size();) {
                    const std::size_t size =
                        std::min<std::size_t>(all.size() - at, 1 + (at + seed) % 7);
                    formatter.add(std::span(all).subspan(at, size), out);
                    at += size;
                }
                formatter.finish(out);
                ASSERT_EQ(out, whole);
            }
            // The worst there is: the same byte again and again.
            for (unsigned byte = 0; byte < 0x100; ++byte) {
                const Bytes same(200, static_cast<std::uint8_t>(byte));
                ASSERT_LE(formatted(format, same, in).size(), formatted_bytes(format, 200, in))
                    << byte;
            }
        }
    }
    EXPECT_EQ(formatted_bytes(ByteFormat::kHex, std::numeric_limits<std::uint64_t>::max()),
              std::numeric_limits<std::uint64_t>::max());
}

TEST(ByteFormats, NothingInThemDrivesATerminal) {
    for (const ByteFormat format : all_formats()) {
        for (std::size_t encoding = 0; encoding < kTextEncodings; ++encoding) {
            for (std::uint64_t seed = 0; seed < 30; ++seed) {
                const std::string out = formatted(format, tests::random_text(seed, 300),
                                                  static_cast<TextEncoding>(encoding));
                // What printable() would change is not there, but for the line ends and the tab.
                std::string line;
                for (const char c : out)
                    line += c == '\n' || (c == '\t' && format == ByteFormat::kText) ? ' ' : c;
                ASSERT_EQ(printable(line, line.size() + 1), line) << name(format);
            }
        }
    }
}

TEST(ByteFormats, TheSendBoxReadsThemBack) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const Bytes all = tests::random_text(seed, seed);
        EXPECT_EQ(*parse_escaped(formatted(ByteFormat::kEscaped, all)), all);
        EXPECT_EQ(*parse_hex(formatted(ByteFormat::kHex, all)), all);
        EXPECT_EQ(formatted(ByteFormat::kHex, all), to_hex(all));
        EXPECT_EQ(formatted(ByteFormat::kEscaped, all), escape(all));
    }
}

// A file of its own with these contents; gone with the object.
class Scratch {
  public:
    explicit Scratch(std::string_view contents) {
        std::string path = testing::TempDir() + "byte_formats_XXXXXX";
        const int descriptor = ::mkstemp(path.data());
        EXPECT_GE(descriptor, 0);
        ::close(descriptor);
        path_ = path;
        std::ofstream(path_, std::ios::binary) << contents;
    }
    ~Scratch() { ::unlink(path_.c_str()); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// What `reader`, a line of Python with the text as `text`, makes of it.
std::optional<Bytes> read_by_python(std::string_view reader, std::string_view text) {
    const Scratch script("import sys\ntext = open(sys.argv[1]).read()\nsys.stdout.buffer.write(" +
                         std::string(reader) + ")\n");
    const Scratch input(text);
    const std::string command = "python3 " + script.path() + " " + input.path();
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    if (!pipe) return std::nullopt;
    Bytes all;
    std::array<std::uint8_t, 4096> part{};
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe.get()))
        all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(size));
    if (::pclose(pipe.release()) != 0) return std::nullopt;
    return all;
}

TEST(ByteFormats, PythonReadsThemBack) {
    Bytes all;
    for (unsigned byte = 0; byte < 0x100; ++byte)
        all.push_back(static_cast<std::uint8_t>(byte));
    const Bytes more = tests::random_text(1, 3001);
    all.insert(all.end(), more.begin(), more.end());
    for (const Bytes& some : {all, bytes("short \"one\"'\\"), Bytes{}}) {
        EXPECT_EQ(read_by_python("eval(text)", formatted(ByteFormat::kPythonBytes, some)), some);
        EXPECT_EQ(read_by_python("__import__('base64').b64decode(text, validate=True)",
                                 formatted(ByteFormat::kBase64, some)),
                  some);
        EXPECT_EQ(read_by_python("bytes(int(one, 16) for one in "
                                 "__import__('re').findall(r'0x(..),', text))",
                                 formatted(ByteFormat::kCArray, some)),
                  some);
        // The hex columns by their places, and the offsets.
        EXPECT_EQ(
            read_by_python("b''.join(bytes.fromhex(line[9:60]) for line in text.splitlines())"
                           " if all(int(line[:8], 16) == min(16 * i, int(text.split()[-1], 16)) "
                           "for i, line in enumerate(text.splitlines())) else b'wrong offset'",
                           formatted(ByteFormat::kHexDump, some)),
            some);
    }
}

TEST(ByteFormats, ACompilerTakesTheArray) {
    const Bytes all = tests::random_text(2, 100);
    const Scratch source(formatted(ByteFormat::kCArray, all) +
                         "_Static_assert(sizeof bytes == 100, \"size\");\n");
    const std::string command =
        "cc -x c -std=c11 -Wall -Werror -fsyntax-only -Wno-unused-variable " + source.path();
    if (std::system("cc --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no cc here";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
