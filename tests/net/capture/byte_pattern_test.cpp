// What a person types becomes what is meant, or an error with its place; nothing that is typed freezes the worker.
#include "net/capture/byte_pattern.h"

#include "net/capture/expression_cost.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "tests/net/capture/search_model.h"

namespace {

using namespace net::capture;
using net::bytes::ParseError;
using net::bytes::TextEncoding;
using Found = ByteFinder::Found;

std::vector<Found> found_in(std::vector<BytePattern> patterns, std::string_view bytes) {
    ByteFinder::Error error;
    const auto finder = ByteFinder::compile(patterns, error);
    EXPECT_NE(finder, nullptr) << error.pattern << ": " << error.error.message;
    std::vector<Found> found;
    if (finder == nullptr) return found;
    const std::vector<std::uint8_t> all(bytes.begin(), bytes.end());
    EXPECT_FALSE(finder->find_in(all, found));
    return found;
}

// "0-5 7-9"
std::string spans(const BytePattern& pattern, std::string_view bytes) {
    std::string words;
    for (const Found& one : found_in({pattern}, bytes))
        words += (words.empty() ? "" : " ") + std::to_string(one.offset) + "-" +
                 std::to_string(one.offset + one.bytes);
    return words;
}

BytePattern text(std::string what, bool matches_case = false, TextEncoding encoding = {}) {
    return {.text = std::move(what), .matches_case = matches_case, .encoding = encoding};
}
BytePattern hex(std::string what) {
    return {.kind = PatternKind::kHex, .text = std::move(what)};
}
BytePattern regex(std::string what, bool matches_case = false, TextEncoding encoding = {}) {
    return {.kind = PatternKind::kRegex,
            .text = std::move(what),
            .matches_case = matches_case,
            .encoding = encoding};
}

ParseError error_of(const BytePattern& pattern) {
    ParseError error;
    EXPECT_EQ(StreamPattern::compile(pattern, error), nullptr) << pattern.text;
    EXPECT_FALSE(error.message.empty());
    EXPECT_LE(error.offset, pattern.text.size());
    EXPECT_LE(error.length, pattern.text.size() - error.offset);
    return error;
}

void expect_error(const BytePattern& pattern,
                  std::size_t offset,
                  std::size_t length,
                  std::string_view words) {
    const ParseError error = error_of(pattern);
    EXPECT_EQ(error.offset, offset) << pattern.text << ": " << error.message;
    EXPECT_EQ(error.length, length) << pattern.text << ": " << error.message;
    EXPECT_NE(error.message.find(words), std::string::npos) << error.message;
}

TEST(BytePatterns, TextIsFoundWithAndWithoutRegardToCase) {
    EXPECT_EQ(spans(text("hello"), "Hello hello hELLO"), "0-5 6-11 12-17");
    EXPECT_EQ(spans(text("hello", true), "Hello hello hELLO"), "6-11");
    EXPECT_EQ(spans(text("aa"), "aaaaa"), "0-2 2-4");
    EXPECT_EQ(spans(text("(.*)?[x]{2}^$"), "a(.*)?[X]{2}^$"), "1-14") << "nothing is special";
    EXPECT_EQ(spans(text("a\\r\\n\\0\\\\\\x41"), std::string_view("ba\r\n\0\\A", 7)), "1-7");
    EXPECT_EQ(spans(text("\\x41"), "aA"), "1-2") << "a byte is that byte";
}

TEST(BytePatterns, CapitalsAreFoldedInOtherAlphabetsAsWell) {
    EXPECT_EQ(spans(text("größe"), "GRÖßE größe"), "0-7 8-15");
    EXPECT_EQ(spans(text("größe", true), "GRÖßE größe"), "8-15");
    EXPECT_EQ(spans(text("Привет"), "ПРИВЕТ привет"), "0-12 13-25");
    EXPECT_EQ(spans(text("αβγ"), "ΑΒΓ"), "0-6");
    EXPECT_EQ(spans(text("Привет", false, TextEncoding::kWindows1251), "\xef\xf0\xc8\xc2\xe5\xf2"),
              "0-6");
}

TEST(BytePatterns, TextIsLookedForInTheChosenEncoding) {
    EXPECT_EQ(spans(text("你好", false, TextEncoding::kGb18030), "\xc4\xe3\xba\xc3"), "0-4");
    EXPECT_EQ(spans(text("你好", false, TextEncoding::kGbk), "\xc4\xe3\xba\xc3"), "0-4");
    EXPECT_EQ(spans(text("你好", false, TextEncoding::kBig5), "\xa7\x41\xa6\x6e"), "0-4");
    EXPECT_EQ(spans(text("日本", false, TextEncoding::kShiftJis), "\x93\xfa\x96\x7b"), "0-4");
    EXPECT_EQ(spans(text("한국", false, TextEncoding::kEucKr), "\xc7\xd1\xb1\xb9"), "0-4");
    EXPECT_EQ(spans(text("Ab", false, TextEncoding::kUtf16Le), std::string_view("a\0B\0", 4)),
              "0-4");
    EXPECT_EQ(spans(text("a\\n", false, TextEncoding::kUtf16Be), std::string_view("\0a\0\n", 4)),
              "0-4");
    EXPECT_EQ(spans(text("€", false, TextEncoding::kGbk), "\x80"), "0-1");
    // The second byte of the character looks like a letter, and is none.
    EXPECT_EQ(spans(regex("功", false, TextEncoding::kBig5), "\xa5\x5c \xa5\x7c"), "0-2");
    expect_error(text("a日b", false, TextEncoding::kLatin1), 1, 3, "has no \"日\"");
}

TEST(BytePatterns, HexHasWildcardsForBytesAndHalves) {
    EXPECT_EQ(spans(hex("48 ?? 6c"), "Hel Hxl Hex"), "0-3 4-7");
    EXPECT_EQ(spans(hex("4? ?5"), "JuAEBex"), "0-2 2-4 4-6");
    EXPECT_EQ(spans(hex("0x48,0X65 6C"), "Hel"), "0-3");
    EXPECT_EQ(spans(hex("????"), "a\n\0b"), "0-2");
    expect_error(hex("48 6"), 3, 1, "two digits");
    expect_error(hex("48 6 6c"), 3, 1, "two digits");
    expect_error(hex("48 6g"), 4, 1, "no hex digit");
    expect_error(hex("48 é"), 3, 2, "no hex digit");
    expect_error(hex(" "), 0, 0, "nothing to look for");
    expect_error(hex("0x"), 2, 0, "two digits");
}

TEST(BytePatterns, ExpressionsAreOverBytesAndLines) {
    EXPECT_EQ(spans(regex("\\d+"), "a12b3456"), "1-3 4-8");
    EXPECT_EQ(spans(regex("^get .*$"), "GET /\r\nxGET \nget a\n"), "0-6 13-18");
    EXPECT_EQ(spans(regex("[\\x80-\\xff]+"), "a\xff\x80z"), "1-3");
    EXPECT_EQ(spans(regex("é+"), "ÉéÉ e"), "0-6");
    EXPECT_EQ(spans(regex("\\Qa.é\\E+"), "xa.éé"), "1-7");
    EXPECT_EQ(spans(regex("[[:alpha:]]+[]x]"), "ab]x12"), "0-3");
    EXPECT_EQ(spans(regex("\\bfoo\\b"), "foo foobar foo."), "0-3 11-14");
    EXPECT_EQ(spans(regex("(?i)A(?-i)b"), "ab aB"), "0-2");
    EXPECT_EQ(spans(regex("a", true), "Aa"), "1-2");
}

TEST(BytePatterns, ABadExpressionSaysWhereAndWhy) {
    expect_error(text(""), 0, 0, "nothing to look for");
    expect_error(text("a\\q"), 1, 2, "not an escape");
    expect_error(regex(""), 0, 0, "nothing to look for");
    expect_error(regex("é(abc"), 2, 1, "missing close parenthesis");
    expect_error(regex("éa**"), 4, 1, "invalid repeat");
    expect_error(regex("a*"), 0, 2, "where nothing is");
    expect_error(regex("[aé]"), 2, 2, "single bytes");
    expect_error(regex("a(?=b)"), 0, 6, "not supported");
    expect_error(regex("x\\z"), 0, 3, "end of a stream");
    expect_error(regex("ab(?x)c # d"), 4, 1, "flag x");
    expect_error(regex("é{1000}{1000}"), 8, 6, "too large");
    expect_error(regex(std::string("a\0b", 3)), 1, 1, "\\x00");
    expect_error(regex("a\xff"), 1, 1, "UTF-8");
    expect_error(text(std::string(3000, 'x')), kMostPatternBytes, 3000 - kMostPatternBytes,
                 "too long");
    expect_error(text(std::string(1500, 'x'), true, TextEncoding::kUtf16Le), 0, 1500, "too long");
}

TEST(BytePatterns, SeveralAreFoundAtOnceInTheOrderOfTheirPlaces) {
    const auto found = found_in({text("b"), regex("a+"), hex("61 62")}, "aab b");
    const std::vector<Found> expected{{0, 2, 1}, {1, 2, 2}, {2, 1, 0}, {4, 1, 0}};
    EXPECT_EQ(found, expected);
    ByteFinder::Error error;
    const std::vector<BytePattern> one_wrong{text("b"), regex("a("), text("c")};
    EXPECT_EQ(ByteFinder::compile(one_wrong, error), nullptr);
    EXPECT_EQ(error.pattern, 1U);
    EXPECT_TRUE(found_in({text("b")}, "").empty());
}

TEST(BytePatterns, AFinderStopsAtSoManyAndSaysSo) {
    ByteFinder::Error error;
    const auto finder = ByteFinder::compile(std::vector{hex("??"), text("a")}, error);
    ASSERT_NE(finder, nullptr);
    std::vector<Found> found;
    EXPECT_TRUE(finder->find_in(std::vector<std::uint8_t>(100'000, 'a'), found));
    EXPECT_EQ(found.size(), ByteFinder::kMostFound);
    EXPECT_FALSE(finder->find_in(std::vector<std::uint8_t>(10, 'a'), found));
    EXPECT_EQ(found.size(), 20U);
}

TEST(BytePatterns, AFinderFindsWhatASlowModelFinds) {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        tests::RandomPatterns random(seed + 10'000);
        const tests::SlowPattern slow = seed % 3 == 0   ? random.text()
                                        : seed % 3 == 1 ? random.hex()
                                                        : random.regex();
        ByteFinder::Error error;
        const auto finder = ByteFinder::compile(std::vector{slow.pattern}, error);
        ASSERT_NE(finder, nullptr) << slow.pattern.text << ": " << error.error.message;
        ParseError stream_error;
        if (!StreamPattern::compile(slow.pattern, stream_error)->knows_begins()) continue;
        const tests::Stream bytes = random.stream(random.below(40));
        std::vector<Found> found;
        EXPECT_FALSE(finder->find_in(bytes, found));
        std::vector<Found> expected;
        for (const tests::FoundSpan span : tests::slow_matches(slow.matcher, bytes))
            expected.push_back({.offset = span.from, .bytes = span.to - span.from});
        ASSERT_EQ(found, expected) << slow.pattern.text << ", seed " << seed;
    }
}

TEST(BytePatterns, WhatTheirRepeatsComeToIsCountedBeforeAnythingIsCompiled) {
    const auto positions = [](std::string_view expression) {
        return cost_of(expression).positions;
    };
    EXPECT_EQ(positions("abc"), 3U);
    EXPECT_EQ(positions("a[^]b{9}]{3}"), 4U);
    EXPECT_EQ(positions("(ab|c{2,5}){10}"), 70U);
    EXPECT_EQ(positions("(?:a{100}){100,}"), 10'000U);
    EXPECT_EQ(positions("\\Q{9}[\\E{3}a{2}"), 8U);
    EXPECT_EQ(positions("(?#a{99}[)b{2}"), 2U);
    EXPECT_EQ(positions("[[:alpha:]{9}]{2}"), 2U);
    EXPECT_EQ(positions("a{x}"), 4U);
    EXPECT_GE(positions("((((a{999}){999}){999}){999}){999}"), std::uint64_t{1} << 40U);
    for (const std::string_view odd : {"", "(", ")", "[", "{", "\\", "(?", "(?#", "a{", "[[:"})
        (void)cost_of(odd);
}

// CPU time of this thread: others may be at work beside it.
double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

TEST(BytePatterns, HostileExpressionsAreRefusedOrCompiledSoon) {
    const std::vector<std::string> hostile{
        "([^\\n]{1,50}x){1,50}",
        "(a[^x]{1,100}){1,10}",
        "((a{1,10}){1,10}){1,10}",
        "(a?){1000}a{1000}",
        "(.*a){50}",
        "(.*.*.*a.*){100}",
        "((((((((((x?){2}){2}){2}){2}){2}){2}){2}){2}){2}){2}",
        "[ab]{500}(c|d|e){800}",
        ".{1,1500}.{1,1490}b",
        "(a|b|ab)*(a|ba)*(bb|ab)*{3}x",
        "(([ab]{2,9}c){3,9}|[de]{1,99}f){1,20}",
        "\\p{L}{1,900}\\P{L}",
        std::string(1000, '(') + "a" + std::string(1000, ')'),
        std::string(2000, '('),
        std::string(2000, '['),
        std::string(500, '.') + "*a{1,2000}",
    };
    for (const std::string& one : hostile) {
        const double began = cpu_seconds();
        ParseError error;
        const auto pattern = StreamPattern::compile(regex(one), error);
        EXPECT_LT(cpu_seconds() - began, 4.0) << one;
        if (pattern == nullptr) {
            EXPECT_FALSE(error.message.empty());
        } else {
            EXPECT_LT(pattern->state_bytes(), std::size_t{1} << 20U) << one;
        }
    }
}

}  // namespace
