// What a person types as a reply, the places in it, and what stands there when it is sent.
#include "net/bytes/reply_text.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace net::bytes {
namespace {

constexpr ReplyPlaces kAll{
    .has_message = true, .groups = 10, .has_count = true, .has_reason = true};

std::vector<std::uint8_t> octets(std::string_view text) {
    return {text.begin(), text.end()};
}

std::string filled(const ReplyText& text, const ReplyValues& values) {
    const auto parts = parse(text, kAll);
    EXPECT_TRUE(parts) << parts.error.message;
    if (!parts) return {};
    std::vector<std::uint8_t> out;
    fill(*parts, values, out);
    return {out.begin(), out.end()};
}

TEST(ReplyText, PlacesAreFilledIn) {
    const auto message = octets("hello");
    const auto group = octets("ell");
    ReplyValues values{.message = message,
                       .peer = "127.0.0.1:9",
                       .reason = "reset by peer",
                       .count = 12,
                       .time_ns = 1'700'000'000'123'456'789};
    values.groups[1] = group;
    EXPECT_EQ(filled({.text = "Server return :\\{message}\\r\\n"}, values),
              "Server return :hello\r\n");
    EXPECT_EQ(filled({.text = "\\{peer} \\{count} \\{1}\\{2} \\{reason}"}, values),
              "127.0.0.1:9 12 ell reset by peer");
    EXPECT_EQ(filled({.text = "\\{time}"}, values), "2023-11-14T22:13:20.123Z");
    EXPECT_EQ(filled({.text = "02\\{message} 03, 0x41", .is_hex = true}, values),
              "\x02hello\x03"
              "A");
    EXPECT_EQ(filled({.text = ""}, values), "");
    EXPECT_EQ(filled({.text = "\\\\{message}"}, values), "\\{message}")
        << "an escaped backslash begins no place";
}

TEST(ReplyText, TimesAreDatesOfTheCalendar) {
    const auto at = [](std::int64_t seconds) {
        return filled({.text = "\\{time}"}, {.time_ns = seconds * 1'000'000'000});
    };
    EXPECT_EQ(at(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(at(-1), "1969-12-31T23:59:59.000Z");
    EXPECT_EQ(at(951'782'400), "2000-02-29T00:00:00.000Z");
    EXPECT_EQ(at(4'107'542'399), "2100-02-28T23:59:59.000Z");
    EXPECT_EQ(at(4'107'542'400), "2100-03-01T00:00:00.000Z");
}

TEST(ReplyText, KnowsWhatIsConstant) {
    EXPECT_TRUE(is_constant(*parse({.text = "abc\\n"}, kAll)));
    EXPECT_TRUE(is_constant(*parse({}, kAll)));
    EXPECT_FALSE(is_constant(*parse({.text = "abc\\{peer}"}, kAll)));
}

TEST(ReplyText, AMistakeIsNamedAtItsPlace) {
    struct Case {
        ReplyText text;
        ReplyPlaces places;
        std::size_t offset;
        std::size_t length;
        std::string_view words;
    };
    const Case cases[] = {
        {{.text = "ab\\{mesage}"}, kAll, 2, 9, "\"mesage\" is no place"},
        {{.text = "ab\\{message"}, kAll, 2, 9, "} is missing"},
        {{.text = "\\{peer} \\q"}, kAll, 8, 2, "\\"},
        {{.text = "41\\{peer}4", .is_hex = true}, kAll, 9, 1, "digit"},
        {{.text = "x\\{message}"}, kPlacesOfWelcome, 1, 10, "no message"},
        {{.text = "x\\{0}"}, kPlacesOfRelay, 1, 4, "compares"},
        {{.text = "x\\{1}"}, {.groups = 1}, 1, 4, "no groups"},
        {{.text = "x\\{3}"}, {.groups = 3}, 1, 4, "2 groups"},
        {{.text = "\\{count}"}, kPlacesOfLeft, 0, 8, "only a rule"},
        {{.text = "\\{reason}"}, kPlacesOfJoined, 0, 9, "leaves"},
        {{.text = std::string(kMostReplyTextBytes + 1, 'a')},
         kAll,
         kMostReplyTextBytes,
         1,
         "65536"},
    };
    for (const Case& c : cases) {
        const auto parts = parse(c.text, c.places);
        ASSERT_FALSE(parts) << c.text.text;
        EXPECT_EQ(parts.error.offset, c.offset) << c.text.text;
        EXPECT_EQ(parts.error.length, c.length) << c.text.text << ": " << parts.error.message;
        EXPECT_NE(parts.error.message.find(c.words), std::string::npos) << parts.error.message;
    }
}

}  // namespace
}  // namespace net::bytes
