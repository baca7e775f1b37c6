// Lines of text: line breaks, lines that are too long, characters that were cut; and a model that sees all characters at once.
#include "net/bytes/line_framer.h"

#include <gtest/gtest.h>
#include <utility>

#include "tests/net/bytes/framing_fixture.h"

namespace framing_test {
namespace {

using namespace std::string_view_literals;
using Frames = std::vector<Frame>;

Framed lines_in_pieces(const LineSplit& split,
                       const Bytes& stream,
                       const std::vector<std::size_t>& cuts) {
    LineFramer framer(split);
    Framed framed;
    const auto keep = [&](const Frame& frame) { framed.frames.push_back(frame); };
    std::size_t begin = 0;
    for (const std::size_t cut : cuts) {
        framer.feed(std::span(stream).subspan(begin, cut - begin), keep);
        begin = cut;
    }
    framer.feed(std::span(stream).subspan(begin), keep);
    framed.pending = framer.pending();
    return framed;
}

Frames lines(const LineSplit& split, const Bytes& stream) {
    LineFramer framer(split);
    Frames frames;
    const auto keep = [&](const Frame& frame) { frames.push_back(frame); };
    framer.feed(stream, keep);
    framer.end(keep);
    return frames;
}

Frame line(std::uint64_t size, std::uint32_t trailer) {
    return {.bytes = size, .trailer_bytes = trailer};
}
Frame unended(std::uint64_t size) {
    return {.bytes = size, .status = FrameStatus::kCutByEnd};
}

TEST(LineFramerTest, ALineEndsAfterItsLineFeedAndKeepsTheReturnBeforeIt) {
    EXPECT_EQ(lines({}, bytes("one\ntwo\r\n\n\r\nfi\rve\r\r\nsix")),
              (Frames{line(4, 1), line(5, 2), line(1, 1), line(2, 2), line(8, 2), unended(3)}));
}

TEST(LineFramerTest, ALineThatIsTooLongIsBrokenBehindACharacter) {
    const LineSplit split{.encoding = TextEncoding::kUtf8, .most_line_bytes = 16};
    EXPECT_EQ(lines(split, bytes("0123456789abcdef"
                                 "0123456789abcde\xC3\xBC!\n"sv)),
              (Frames{line(16, 0), line(15, 0), line(4, 1)}));
    // Not a character: a byte of its own, where a line may end.
    EXPECT_EQ(lines(split, bytes("0123456789abcde\xC3 and so on"sv)),
              (Frames{line(16, 0), unended(10)}));
}

TEST(LineFramerTest, ALineBreakBehindAFullLineBelongsToIt) {
    const LineSplit split{.most_line_bytes = 16};
    EXPECT_EQ(lines(split, bytes("0123456789abcdef\n"
                                 "0123456789abcdef\r\n"
                                 "x"sv)),
              (Frames{line(17, 1), line(18, 2), unended(1)}));
    // A return alone is a character like others.
    EXPECT_EQ(lines(split, bytes("0123456789abcdef\rx\n"sv)), (Frames{line(16, 0), line(3, 1)}));
    EXPECT_EQ(lines(split, bytes("0123456789abcdef\r"sv)), (Frames{line(16, 0), unended(1)}));
    EXPECT_EQ(lines(split, bytes("0123456789abcdef\r\r\n"sv)), (Frames{line(16, 0), line(3, 2)}));
}

TEST(LineFramerTest, AUtf16LineFeedIsAUnitAndNotAByte) {
    // U+0A0A, LF, U+000D U+000A, U+0A00, and a line feed that is cut in two.
    const Bytes little = bytes("\x0A\x0A\x0A\0\x0D\0\x0A\0\0\x0A\x0A"sv);
    const LineSplit split{.encoding = TextEncoding::kUtf16Le};
    EXPECT_EQ(lines(split, little), (Frames{line(4, 2), line(4, 4), unended(3)}));
    Bytes big = bytes("\x0A\x0A\0\x0A\0\x0D\0\x0A\x0A\0\0"sv);
    EXPECT_EQ(lines({.encoding = TextEncoding::kUtf16Be}, big),
              (Frames{line(4, 2), line(4, 4), unended(3)}));
    big.push_back(0x0A);
    EXPECT_EQ(lines({.encoding = TextEncoding::kUtf16Be}, big),
              (Frames{line(4, 2), line(4, 4), line(4, 2)}));
}

TEST(LineFramerTest, TheSecondByteOfACharacterIsNoLineBreakAndNoPlaceToBreak) {
    // Shift-JIS: 83 5C and so on, 16 and 17 bytes.
    Bytes stream;
    for (int i = 0; i < 20; ++i)
        stream.insert(stream.end(), {0x83, 0x5C});
    const LineSplit split{.encoding = TextEncoding::kShiftJis, .most_line_bytes = 17};
    EXPECT_EQ(lines(split, stream), (Frames{line(16, 0), line(16, 0), unended(8)}));
}

TEST(LineFramerTest, AGapEndsALineAndTheNextByteBeginsACharacter) {
    LineFramer framer({.encoding = TextEncoding::kUtf16Le});
    Frames frames;
    const auto keep = [&](const Frame& frame) { frames.push_back(frame); };
    framer.feed(bytes("a\0b"sv), keep);
    EXPECT_EQ(framer.pending(), (Frame{.bytes = 3, .status = FrameStatus::kIncomplete}));
    framer.gap(keep);
    framer.feed(bytes("\x0A\0"sv), keep);
    EXPECT_EQ(frames, (Frames{{.bytes = 3, .status = FrameStatus::kCutByGap}, line(2, 2)}));
    EXPECT_EQ(framer.pending(), std::nullopt);
}

// The model.

Framed model_lines(const LineSplit& split, const Bytes& stream) {
    TextDecoder decoder(split.encoding);
    std::vector<TextCell> cells;
    decoder.decode(stream, cells);
    const std::uint64_t waiting = decoder.waiting_bytes();
    const bool is_utf16 =
        split.encoding == TextEncoding::kUtf16Le || split.encoding == TextEncoding::kUtf16Be;
    const std::uint64_t most = is_utf16 ? split.most_line_bytes & ~1U : split.most_line_bytes;
    const auto is = [&](std::size_t i, char32_t control) {
        return i < cells.size() && cells[i].is_valid && cells[i].code_point == control;
    };
    Framed framed;
    std::uint64_t text = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (is(i, U'\n')) {
            const std::uint64_t cr = i > 0 && text > 0 && is(i - 1, U'\r') ? cells[i - 1].bytes : 0;
            framed.frames.push_back(
                line(text + cells[i].bytes, static_cast<std::uint32_t>(cr + cells[i].bytes)));
            text = 0;
            continue;
        }
        if (text + cells[i].bytes > most && is(i, U'\r')) {
            if (i + 1 == cells.size()) {
                // Not known yet.
                text += cells[i].bytes;
                break;
            }
            if (is(i + 1, U'\n')) {
                text += cells[i].bytes;
                continue;
            }
        }
        if (text + cells[i].bytes > most) {
            framed.frames.push_back(line(text, 0));
            text = 0;
        }
        text += cells[i].bytes;
    }
    if (text + waiting > 0)
        framed.pending = Frame{.bytes = text + waiting, .status = FrameStatus::kIncomplete};
    return framed;
}

// Text of the encoding, now and then bytes that are none, line breaks, and long runs without.
Bytes random_text(std::mt19937_64& random, TextEncoding encoding, std::size_t size) {
    const std::uint64_t breaks = random() % 3 == 0 ? 1000000 : 1 + random() % 60;
    const std::uint64_t wild = random() % 3 == 0 ? 1000000 : 1 + random() % 20;
    Bytes text;
    const auto put = [&](std::uint32_t unit) {
        const auto high = static_cast<std::uint8_t>(unit >> 8U);
        const auto low = static_cast<std::uint8_t>(unit);
        if (encoding == TextEncoding::kUtf16Le)
            text.insert(text.end(), {low, high});
        else if (encoding == TextEncoding::kUtf16Be)
            text.insert(text.end(), {high, low});
        else if (high != 0)
            text.insert(text.end(), {high, low});
        else
            text.push_back(low);
    };
    while (text.size() < size) {
        if (random() % breaks == 0) {
            if (random() % 2 == 0) put('\r');
            if (random() % 4 != 0) put('\n');
        } else if (random() % wild == 0) {
            text.push_back(static_cast<std::uint8_t>(random()));
        } else if (random() % 3 == 0) {
            put(static_cast<std::uint32_t>('a' + random() % 26));
        } else if (encoding == TextEncoding::kUtf8) {
            text.insert(text.end(), {0xE4, 0xBD, 0xA0});
        } else if (encoding == TextEncoding::kGb18030 && random() % 4 == 0) {
            text.insert(text.end(), {0x81, 0x30, 0x81, 0x30});
        } else if (encoding == TextEncoding::kUtf16Le || encoding == TextEncoding::kUtf16Be) {
            if (random() % 4 == 0) put(0xD83D);
            if (random() % 4 == 0) put(0xDE00);
            put(random() % 4 == 0 ? 0x0A0A : 0x4E2D);
        } else {
            put(0xB0A1 + static_cast<std::uint32_t>(random() % 0x40));
        }
    }
    return text;
}

class LineFramerModelTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LineFramerModelTest, LinesAreThoseOfTheModelHoweverTheStreamIsCut) {
    std::mt19937_64 random(GetParam());
    for (int i = 0; i < 300; ++i) {
        const LineSplit split{.encoding = static_cast<TextEncoding>(random() % kTextEncodings),
                              .most_line_bytes = static_cast<std::uint32_t>(
                                  random() % 2 == 0 ? 16 + random() % 20 : 16 + random() % 700)};
        const Bytes stream = random_text(random, split.encoding, random() % 2000);
        const Framed wanted = model_lines(split, stream);
        ASSERT_EQ(total_bytes(wanted), stream.size());
        const auto what = [&] {
            return std::string(name(split.encoding)) + ", " +
                   std::to_string(split.most_line_bytes) + " bytes, turn " + std::to_string(i);
        };
        ASSERT_EQ(lines_in_pieces(split, stream, {}), wanted) << what();
        ASSERT_EQ(lines_in_pieces(split, stream, every_cut(stream.size())), wanted) << what();
        for (int k = 0; k < 3; ++k) {
            const auto cuts = random_cuts(stream.size(), k == 0 ? 1 : 20, random);
            ASSERT_EQ(lines_in_pieces(split, stream, cuts), wanted) << what();
        }
    }
}

TEST_P(LineFramerModelTest, NothingIsDecidedBehindItsBackAndNoByteIsLost) {
    std::mt19937_64 random(GetParam() + 1000);
    for (int i = 0; i < 300; ++i) {
        const auto encoding = static_cast<TextEncoding>(random() % kTextEncodings);
        const Bytes stream = random_text(random, encoding, random() % 2000);
        LineFramer framer({.encoding = encoding, .most_line_bytes = 16});
        std::uint64_t fed = 0;
        std::uint64_t told = 0;
        std::uint64_t decided = 0;
        const auto keep = [&](const Frame& frame) {
            told += frame.bytes;
            ASSERT_GE(told, decided);
            ASSERT_LE(told, fed);
        };
        auto cuts = random_cuts(stream.size(), 30, random);
        cuts.push_back(stream.size());
        std::size_t begin = 0;
        for (const std::size_t cut : cuts) {
            fed += cut - begin;
            framer.feed(std::span(stream).subspan(begin, cut - begin), keep);
            begin = cut;
            ASSERT_EQ(told + (framer.pending() ? framer.pending()->bytes : 0), fed);
            decided = fed - framer.held_bytes();
            if (random() % 10 != 0) continue;
            framer.gap(keep);
            ASSERT_EQ(told, fed);
            ASSERT_EQ(framer.pending(), std::nullopt);
            decided = fed;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LineFramerModelTest, ::testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace framing_test
