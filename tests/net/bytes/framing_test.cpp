// Each kind of framing by example, gaps and ends, what is refused, and the words for it.
#include "net/bytes/framing.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>

#include "tests/net/bytes/framing_fixture.h"

namespace framing_test {
namespace {

using namespace std::string_view_literals;

Framing delimiters(std::initializer_list<std::string_view> texts) {
    Framing framing{.kind = FramingKind::kDelimiter};
    for (const std::string_view text : texts)
        framing.delimiters.push_back(bytes(text));
    return framing;
}

Framing kind(FramingKind kind) {
    return {.kind = kind};
}

Frame whole(std::uint64_t size, std::uint32_t header = 0, std::uint32_t trailer = 0) {
    return {.bytes = size, .header_bytes = header, .trailer_bytes = trailer};
}
Frame with_status(std::uint64_t size, FrameStatus status, std::uint32_t header = 0) {
    return {.bytes = size, .header_bytes = header, .status = status};
}

// What a framer tells of the reads, one after the other.
class Told {
  public:
    explicit Told(const Framing& framing) : framer_(framing) {}
    Told& read(std::string_view text, std::int64_t time_ns = 0) {
        const Bytes data = bytes(text);
        framer_.feed(data, time_ns, [this](const Frame& f) { frames_.push_back(f); });
        return *this;
    }
    Told& gap() {
        framer_.gap([this](const Frame& f) { frames_.push_back(f); });
        return *this;
    }
    Told& end() {
        framer_.end([this](const Frame& f) { frames_.push_back(f); });
        return *this;
    }
    [[nodiscard]] const std::vector<Frame>& frames() const { return frames_; }
    [[nodiscard]] std::optional<Frame> pending() const { return framer_.pending(); }

  private:
    Framer framer_;
    std::vector<Frame> frames_;
};

using Frames = std::vector<Frame>;

TEST(FramingTest, WithoutFramingEachReadIsAMessage) {
    Told told(Framing{});
    told.read("one").read("").read("three").end();
    EXPECT_EQ(told.frames(), (Frames{whole(3), whole(0), whole(5)}));
    EXPECT_EQ(told.pending(), std::nullopt);
}

TEST(FramingTest, ADelimiterEndsAMessageWhereverItWasCut) {
    Told told(delimiters({"\r\n"}));
    told.read("GET /\r").read("\nHost:").read(" a\r\n\r\nrest");
    EXPECT_EQ(told.frames(), (Frames{whole(7, 0, 2), whole(9, 0, 2), whole(2, 0, 2)}));
    EXPECT_EQ(told.pending(), with_status(4, FrameStatus::kIncomplete));
}

TEST(FramingTest, OfSeveralDelimitersTheLongestThatFitsWins) {
    EXPECT_EQ(
        framed(delimiters({"\n", "\r", "\r\n"}), bytes("a\nb\rc\r\nd\r\r\n!")).frames,
        (Frames{whole(2, 0, 1), whole(2, 0, 1), whole(3, 0, 2), whole(2, 0, 1), whole(2, 0, 2)}));
    // The first place counts before the length: "b" at 2 comes only after "abc" at 1 cannot be.
    EXPECT_EQ(framed(delimiters({"b", "abc"}), bytes("xabcabd")).frames,
              (Frames{whole(4, 0, 3), whole(2, 0, 1)}));
    EXPECT_EQ(framed(delimiters({"aab"}), bytes("aaab")).frames, (Frames{whole(4, 0, 3)}));
}

TEST(FramingTest, ADelimiterThatMayStillGrowIsHeldUntilItIsDecided) {
    Told told(delimiters({"\r", "\r\n\r\n"}));
    told.read("a\r").read("\n").read("\r");
    EXPECT_EQ(told.frames(), Frames{});
    EXPECT_EQ(told.pending(), with_status(4, FrameStatus::kIncomplete));
    told.read("x");
    EXPECT_EQ(told.frames(), (Frames{whole(2, 0, 1), whole(2, 0, 1)}));
    EXPECT_EQ(told.pending(), with_status(1, FrameStatus::kIncomplete));
}

TEST(FramingTest, WhatIsHeldIsDecidedAtTheEnd) {
    Told told(delimiters({"\r", "\r\n"}));
    told.read("a\r").end();
    EXPECT_EQ(told.frames(), (Frames{whole(2, 0, 1)}));
    told.read("b\r").gap();
    EXPECT_EQ(told.frames(), (Frames{whole(2, 0, 1), whole(2, 0, 1)}));
    told.read("c").end();
    EXPECT_EQ(told.frames().back(), with_status(1, FrameStatus::kCutByEnd));
}

TEST(FramingTest, FixedLengthsSpanReads) {
    Told told({.kind = FramingKind::kFixed, .fixed_bytes = 4});
    told.read("abcde").read("f").read("ghijklm");
    EXPECT_EQ(told.frames(), (Frames{whole(4), whole(4), whole(4)}));
    EXPECT_EQ(told.pending(), with_status(1, FrameStatus::kIncomplete));
    told.gap();
    EXPECT_EQ(told.frames().back(), with_status(1, FrameStatus::kCutByGap));
}

TEST(FramingTest, LengthsOfEachSizeAndByteOrder) {
    struct Given {
        std::uint8_t size;
        bool is_big;
        std::string_view length;
    };
    for (const Given& given :
         {Given{1, true, "\x03"sv}, Given{2, true, "\0\x03"sv}, Given{2, false, "\x03\0"sv},
          Given{4, true, "\0\0\0\x03"sv}, Given{4, false, "\x03\0\0\0"sv},
          Given{8, true, "\0\0\0\0\0\0\0\x03"sv}, Given{8, false, "\x03\0\0\0\0\0\0\0"sv}}) {
        const Framing framing{.kind = FramingKind::kLengthPrefix,
                              .length_bytes = given.size,
                              .is_big_endian = given.is_big};
        Bytes stream = bytes(given.length);
        for (const char c : "abc"sv)
            stream.push_back(static_cast<std::uint8_t>(c));
        stream.insert(stream.end(), stream.begin(), stream.end() - 1);
        const Framed found = framed(framing, stream);
        EXPECT_EQ(found.frames, (Frames{whole(given.size + 3U, given.size)}));
        EXPECT_EQ(found.pending,
                  with_status(given.size + 2U, FrameStatus::kIncomplete, given.size));
        EXPECT_EQ(payload(framing, found.frames.at(0), std::span(stream).first(given.size + 3U)),
                  bytes("abc"));
    }
}

TEST(FramingTest, WhatALengthCountsIsChosen) {
    Framing framing{.kind = FramingKind::kLengthPrefix, .length_bytes = 2, .length_offset = 3};
    // "abc", a length, and 4 bytes that follow.
    EXPECT_EQ(framed(framing, bytes("abc\0\x04"
                                    "1234"sv))
                  .frames,
              (Frames{whole(9, 5)}));
    framing.counts_itself = true;
    EXPECT_EQ(framed(framing, bytes("abc\0\x06"
                                    "1234"sv))
                  .frames,
              (Frames{whole(9, 5)}));
    framing.counts_before = true;
    EXPECT_EQ(framed(framing, bytes("abc\0\x09"
                                    "1234"sv))
                  .frames,
              (Frames{whole(9, 5)}));
    framing.counts_itself = false;
    EXPECT_EQ(framed(framing, bytes("abc\0\x07"
                                    "1234"sv))
                  .frames,
              (Frames{whole(9, 5)}));
}

TEST(FramingTest, AMessageWithoutABodyIsItsHeader) {
    EXPECT_EQ(framed({.kind = FramingKind::kLengthPrefix, .length_bytes = 1}, bytes("\0\0\x01x"sv))
                  .frames,
              (Frames{whole(1, 1), whole(1, 1), whole(2, 1)}));
    // Two bytes that count themselves: less than 2 cannot be.
    EXPECT_EQ(framed({.kind = FramingKind::kLengthPrefix, .length_bytes = 2, .counts_itself = true},
                     bytes("\0\x02\0\0\0\x02"sv)),
              (Framed{.frames = {whole(2, 2), with_status(2, FrameStatus::kBadLength), whole(2, 2)},
                      .pending = std::nullopt}));
}

TEST(FramingTest, ALengthThatCannotBeIsOneBadFrameAndTheStreamIsInStepAgain) {
    const Framing framing{.kind = FramingKind::kLengthPrefix, .most_message_bytes = 1000};
    // Joined in the middle of a message: text, then two whole messages.
    const Bytes stream = bytes("iddle of it\0\0\0\x02hi\0\0\0\x03you"sv);
    const Framed wanted{
        .frames = {with_status(11, FrameStatus::kBadLength), whole(6, 4), whole(7, 4)},
        .pending = std::nullopt};
    EXPECT_EQ(framed(framing, stream), wanted);
    EXPECT_EQ(framed_in_pieces(framing, stream, every_cut(stream.size())), wanted);
}

TEST(FramingTest, AMegabyteOfGarbageIsOneBadFrame) {
    const Framing framing{.kind = FramingKind::kLengthPrefix};
    Told told(framing);
    const std::string garbage(1 << 20, 'x');
    told.read(garbage).read(garbage);
    EXPECT_EQ(told.frames(), Frames{});
    EXPECT_EQ(told.pending(), with_status(2 << 20, FrameStatus::kBadLength));
    told.end();
    EXPECT_EQ(told.frames(), (Frames{with_status(2 << 20, FrameStatus::kBadLength)}));
}

TEST(FramingTest, LengthsThatOverflowAreBad) {
    Framing framing{.kind = FramingKind::kLengthPrefix,
                    .length_bytes = 8,
                    .most_message_bytes = kMostMessageBytes};
    const Framed found = framed(framing, Bytes(64, 0xFF));
    EXPECT_EQ(found.frames, Frames{});
    EXPECT_EQ(found.pending, with_status(64, FrameStatus::kBadLength));
    framing.kind = FramingKind::kLeb128;
    EXPECT_EQ(framed(framing, Bytes(64, 0xFF)).pending, with_status(64, FrameStatus::kBadLength));
}

TEST(FramingTest, ABodyNeedNotBeSeen) {
    Framer framer({.kind = FramingKind::kLengthPrefix, .most_message_bytes = kMostMessageBytes});
    std::vector<Frame> frames;
    const auto keep = [&](const Frame& frame) { frames.push_back(frame); };
    EXPECT_EQ(framer.unseen_bytes(), 0U);
    framer.feed(bytes("\x40\0\0\0abc"sv), 0, keep);
    EXPECT_EQ(framer.unseen_bytes(), (std::uint64_t{1} << 30U) - 3);
    framer.feed_unseen((std::uint64_t{1} << 30U) - 4, 0, keep);
    EXPECT_EQ(framer.unseen_bytes(), 1U);
    framer.feed(bytes("x\0\0\0\x01!"sv), 0, keep);
    EXPECT_EQ(frames, (Frames{whole((std::uint64_t{1} << 30U) + 4, 4), whole(5, 4)}));
}

TEST(FramingTest, Leb128IsWhatBinaryWriterWrites) {
    const Framing framing{.kind = FramingKind::kLeb128};
    Bytes stream = bytes("\x02hi\0\xC8\x01"sv);  // "hi", "", and one of 200 bytes
    stream.insert(stream.end(), 200, 'x');
    EXPECT_EQ(framed(framing, stream).frames, (Frames{whole(3, 1), whole(1, 1), whole(202, 2)}));
    EXPECT_EQ(payload(framing, whole(3, 1), std::span(stream).first(3)), bytes("hi"));
    // A small number written long counts as that number.
    EXPECT_EQ(framed(framing, bytes("\x81\x80\x80\x80\0x"sv)).frames, (Frames{whole(6, 5)}));
    // Of a fifth byte four bits at most. The next place is tried (FF FF FF 10 is above the greatest length), and the next: FF FF 10 is 278,527.
    EXPECT_EQ(framed(framing, bytes("\xFF\xFF\xFF\xFF\x10\x01x"sv)),
              (Framed{.frames = {with_status(2, FrameStatus::kBadLength)},
                      .pending = with_status(5, FrameStatus::kIncomplete, 3)}));
}

TEST(FramingTest, AnIdleTimeEndsAMessage) {
    Told told({.kind = FramingKind::kIdleGap, .idle_gap_ns = 10});
    told.read("ab", 100).read("c", 109).read("", 200).read("d", 119).read("e", 128);
    EXPECT_EQ(told.frames(), (Frames{whole(3)}));
    EXPECT_EQ(told.pending(), with_status(2, FrameStatus::kIncomplete));
    told.end();
    EXPECT_EQ(told.frames(), (Frames{whole(3), whole(2)}));
}

TEST(FramingTest, AClockThatIsSetBackEndsNoMessage) {
    Told told({.kind = FramingKind::kIdleGap, .idle_gap_ns = 10});
    told.read("a", 1000).read("b", -1000).read("c", -995);
    EXPECT_EQ(told.frames(), Frames{});
    told.read("d", std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(told.frames(), (Frames{whole(3)}));
    told.read("e", std::numeric_limits<std::int64_t>::min());
    told.read("f", std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(told.frames(), (Frames{whole(3), whole(2)}));
}

TEST(FramingTest, SlipFramesEndWithEndAndItsEscapesAreUndone) {
    const Framing framing = kind(FramingKind::kSlip);
    const Bytes stream = bytes(
        "\xC0"
        "a\xDB\xDC"
        "b\xDB\xDD\xC0\xC0\xC0"
        "cd\xC0"
        "e\xC0"sv);
    EXPECT_EQ(framed(framing, stream).frames,
              (Frames{whole(8, 1, 1), whole(5, 2, 1), whole(2, 0, 1)}));
    EXPECT_EQ(payload(framing, whole(8, 1, 1), std::span(stream).first(8)), bytes("a\xC0"
                                                                                  "b\xDB"));
    EXPECT_EQ(payload(framing, whole(5, 2, 1), std::span(stream).subspan(8, 5)), bytes("cd"));
}

TEST(FramingTest, ABadSlipEscapeMarksItsFrameAndTheByteIsLeftAlone) {
    const Framing framing = kind(FramingKind::kSlip);
    const Bytes stream = bytes(
        "a\xDB"
        "b\xC0"
        "ok\xC0"
        "c\xDB\xC0"
        "\xDB\xDB\xDC\xC0"sv);
    const Framed found = framed(framing, stream);
    Frames wanted{whole(4, 0, 1), whole(3, 0, 1), whole(3, 0, 1), whole(4, 0, 1)};
    for (const std::size_t bad : {0, 2, 3})
        wanted[bad].status = FrameStatus::kBadEscape;
    EXPECT_EQ(found.frames, wanted);
    EXPECT_EQ(payload(framing, wanted[0], std::span(stream).first(4)), bytes("ab"));
    EXPECT_EQ(payload(framing, wanted[2], std::span(stream).subspan(7, 3)), bytes("c\xDB"));
}

TEST(FramingTest, CobsOfThePaperIsUndone) {
    const Framing framing = kind(FramingKind::kCobs);
    struct Given {
        Bytes encoded;
        Bytes decoded;
    };
    Bytes ascending;
    for (int i = 1; i < 255; ++i)
        ascending.push_back(static_cast<std::uint8_t>(i));
    Bytes long_encoded{0xFF};
    long_encoded.insert(long_encoded.end(), ascending.begin(), ascending.end());
    Bytes longer_encoded = long_encoded;
    longer_encoded.insert(longer_encoded.end(), {0x02, 0xFF});
    Bytes longer = ascending;
    longer.push_back(0xFF);
    for (const Given& given : {
             Given{{1}, {}},
             Given{{1, 1}, {0}},
             Given{{1, 1, 1}, {0, 0}},
             Given{{3, 0x11, 0x22, 2, 0x33}, {0x11, 0x22, 0, 0x33}},
             Given{{2, 0x11, 1, 1, 1}, {0x11, 0, 0, 0}},
             Given{long_encoded, ascending},
             Given{longer_encoded, longer},
         }) {
        Bytes stream = given.encoded;
        stream.push_back(0);
        const Framed found = framed(framing, stream);
        EXPECT_EQ(found.frames, (Frames{whole(stream.size(), 0, 1)}));
        EXPECT_EQ(payload(framing, found.frames.at(0), stream), given.decoded);
    }
}

TEST(FramingTest, CobsCodesThatPointBeyondTheEndAreBad) {
    const Framing framing = kind(FramingKind::kCobs);
    const Bytes stream{5, 1, 2, 0, 2, 7, 0};
    Frames wanted{whole(4, 0, 1), whole(3, 0, 1)};
    wanted[0].status = FrameStatus::kBadEscape;
    EXPECT_EQ(framed(framing, stream).frames, wanted);
    EXPECT_EQ(payload(framing, wanted[0], std::span(stream).first(4)), (Bytes{1, 2}));
}

TEST(FramingTest, EndsThatFillALineAreFramesWithoutPayload) {
    const Framed found = framed(kind(FramingKind::kCobs), Bytes(600, 0));
    EXPECT_EQ(found.frames, (Frames{whole(255, 255), whole(255, 255)}));
    EXPECT_EQ(found.pending, with_status(90, FrameStatus::kIncomplete, 90));
    Told told(kind(FramingKind::kSlip));
    told.read("x\xC0\xC0").end();
    EXPECT_EQ(told.frames(), (Frames{whole(2, 0, 1), whole(1, 1)}));
}

TEST(FramingTest, ThePayloadOfAPartIsThatOfThePart) {
    const Framing framing = delimiters({"\r\n"});
    EXPECT_EQ(payload(framing, whole(6, 0, 2), bytes("abc")), bytes("abc"));
    EXPECT_EQ(payload(framing, whole(6, 0, 2), bytes("abcd\r")), bytes("abcd"));
    EXPECT_EQ(payload(framing, whole(6, 8, 2), bytes("abcd")), Bytes{});
    EXPECT_EQ(payload({.kind = FramingKind::kLengthPrefix}, whole(9, 4), bytes("\0\0"sv)), Bytes{});
}

TEST(FramingTest, WhatCannotBeIsRefusedInASentence) {
    const auto refused = [](const Framing& framing, std::string_view words) {
        const auto why = check(framing);
        ASSERT_TRUE(why.has_value()) << words;
        EXPECT_NE(why->find(words), std::string::npos) << *why;
        // It frames all the same, each read on its own.
        EXPECT_EQ(framed(framing, bytes("abc")).frames, (Frames{whole(3)}));
    };
    refused(kind(FramingKind::kDelimiter), "no delimiter is given; 1 to 16");
    refused(delimiters({"a", ""}), "a delimiter of 0 bytes");
    refused(delimiters({std::string(65, 'x')}), "a delimiter of 65 bytes");
    Framing many = kind(FramingKind::kDelimiter);
    many.delimiters.assign(17, bytes("x"));
    refused(many, "17 delimiters");
    refused(kind(FramingKind::kFixed), "a fixed length of 0 bytes");
    refused({.kind = FramingKind::kFixed, .fixed_bytes = kMostMessageBytes + 1}, "a fixed length");
    refused({.kind = FramingKind::kLengthPrefix, .length_bytes = 3}, "1, 2, 4 and 8 are accepted");
    refused({.kind = FramingKind::kLengthPrefix, .length_bytes = 0}, "a length of 0 bytes");
    refused({.kind = FramingKind::kLengthPrefix, .length_offset = 1001}, "behind 1001 bytes");
    refused({.kind = FramingKind::kLengthPrefix, .most_message_bytes = 0}, "greatest length is 0");
    refused({.kind = FramingKind::kLeb128, .most_message_bytes = kMostMessageBytes + 1},
            "greatest length");
    refused({.kind = FramingKind::kIdleGap, .idle_gap_ns = 0}, "an idle time of 0 s");
    refused({.kind = FramingKind::kIdleGap, .idle_gap_ns = -5}, "an idle time of -5 ns");
    EXPECT_EQ(check(Framing{}), std::nullopt);
    EXPECT_EQ(check(kind(FramingKind::kSlip)), std::nullopt);
    EXPECT_EQ(check(kind(FramingKind::kIdleGap)), std::nullopt);
    EXPECT_EQ(check(kind(FramingKind::kLengthPrefix)), std::nullopt);
    EXPECT_TRUE(check(kind(static_cast<FramingKind>(77))).has_value());
}

TEST(FramingTest, EachFramingHasAFewWords) {
    EXPECT_EQ(describe(Framing{}), "each read");
    EXPECT_EQ(describe(delimiters({"\r\n"})), "delimiter 0d 0a");
    EXPECT_EQ(describe(delimiters({"\r\n", "\n"})), "delimiters 0d 0a, 0a");
    EXPECT_EQ(describe({.kind = FramingKind::kFixed, .fixed_bytes = 1}), "fixed 1 byte");
    EXPECT_EQ(describe({.kind = FramingKind::kFixed, .fixed_bytes = 188}), "fixed 188 bytes");
    Framing length = kind(FramingKind::kLengthPrefix);
    EXPECT_EQ(describe(length), "length u32 big-endian at 0");
    length.length_bytes = 2;
    length.is_big_endian = false;
    length.length_offset = 2;
    length.counts_itself = true;
    EXPECT_EQ(describe(length), "length u16 little-endian at 2, counts itself");
    length.counts_before = true;
    length.length_bytes = 1;
    EXPECT_EQ(describe(length), "length u8 at 2, counts the whole message");
    length.counts_itself = false;
    EXPECT_EQ(describe(length), "length u8 at 2, counts what is before it");
    EXPECT_EQ(describe(kind(FramingKind::kLeb128)), "length LEB128");
    EXPECT_EQ(describe(kind(FramingKind::kIdleGap)), "idle 20 ms");
    EXPECT_EQ(describe({.kind = FramingKind::kIdleGap, .idle_gap_ns = 3'000'000'000}), "idle 3 s");
    EXPECT_EQ(describe({.kind = FramingKind::kIdleGap, .idle_gap_ns = 1500}), "idle 1500 ns");
    EXPECT_EQ(describe({.kind = FramingKind::kIdleGap, .idle_gap_ns = 15'000}), "idle 15 us");
    EXPECT_EQ(describe(kind(FramingKind::kSlip)), "SLIP");
    EXPECT_EQ(describe(kind(FramingKind::kCobs)), "COBS");
}

TEST(FramingTest, ACopyOfAFramerBeginsWhereItsModelStood) {
    const Framer model(delimiters({"\n"}));
    Framer one = model;
    Framer other = model;
    int frames = 0;
    one.feed(bytes("abc"), 0, [&](const Frame&) { ++frames; });
    other.feed(bytes("\n"), 0, [&](const Frame& frame) {
        EXPECT_EQ(frame, whole(1, 0, 1));
        ++frames;
    });
    EXPECT_EQ(frames, 1);
    EXPECT_EQ(model.pending(), std::nullopt);
    EXPECT_LE(sizeof(Framer), 200U);
}

}  // namespace
}  // namespace framing_test
