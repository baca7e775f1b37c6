// What is remembered between runs: comes back as it went in, whatever bytes a path has; what cannot be is said and never half taken.
#include "app/session/settings.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace session_test {
namespace {

using app::session::kMostRecent;
using app::session::Settings;
using app::session::settings_from_json;
using app::session::SettingsParsed;
using app::session::to_json;

Settings typical() {
    Settings settings;
    settings.recent = {"/home/me/a.pcapng", "/home/me/b c.pcapng"};
    settings.last_folder = "/home/me";
    settings.bounds = {.least_free_bytes = 1, .ring_files = 5, .ring_file_bytes = 64U << 20U};
    return settings;
}

void expect_round_trip(const Settings& settings) {
    const std::string text = to_json(settings);
    const SettingsParsed parsed = settings_from_json(text);
    EXPECT_EQ(parsed.error, "") << text;
    EXPECT_TRUE(parsed.settings == settings) << text;
}

void expect_refused(const std::string& text, const std::string& words) {
    const SettingsParsed parsed = settings_from_json(text);
    EXPECT_NE(parsed.error.find(words), std::string::npos) << text << ": " << parsed.error;
    EXPECT_TRUE(parsed.settings == Settings{}) << text;
}

TEST(Settings, ComeBackAsTheyWent) {
    expect_round_trip(Settings{});
    expect_round_trip(typical());
    Settings most = typical();
    most.bounds.least_free_bytes = ~std::uint64_t{0};
    most.bounds.ring_files = 100'000;
    most.bounds.ring_file_bytes = ~std::uint64_t{0};
    expect_round_trip(most);
}

TEST(Settings, PathsAreBytesAndComeBackWhateverTheyAre) {
    Settings settings;
    settings.recent = {"/\xff\xfe",     "/a\xc3",    "/\xc3\xa4 \xe2\x82\xac", "/\"\\\n\t\x01\x7f",
                       "/\xed\xa0\x80", "/\xc0\xaf", "/\xef\xbf\xbd",          "/\xf4\x90\x80\x80"};
    std::string every = "/";
    for (int byte = 1; byte < 256; ++byte)
        every += static_cast<char>(byte);
    settings.recent.push_back(every);
    settings.last_folder = every;
    expect_round_trip(settings);
}

TEST(Settings, NothingYetIsTheDefaults) {
    const SettingsParsed parsed = settings_from_json("");
    EXPECT_EQ(parsed.error, "");
    EXPECT_TRUE(parsed.settings == Settings{});
    EXPECT_EQ(settings_from_json("{}").error, "");
    EXPECT_TRUE(settings_from_json("{}").settings == Settings{});
}

TEST(Settings, KeysOfAnotherVersionAreIgnored) {
    const SettingsParsed parsed = settings_from_json(
        R"({"theme": {"name": [1, null]}, "last_folder": "/x", "capture": {"new": 1.5}})");
    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.settings.last_folder, "/x");
    EXPECT_EQ(parsed.settings.bounds, net::channel::CaptureBounds{});
}

TEST(Settings, WhatCannotBeIsSaidAndTheDefaultsHold) {
    expect_refused("x", "not JSON");
    expect_refused("{\"recent\": [\"/a\"]", "not JSON");
    expect_refused("{\"recent\": [\"/a\xff\"]}", "not JSON");
    expect_refused(std::string("\0\0\0\0", 4), "not JSON");
    expect_refused("[]", "an object");
    expect_refused("null", "an object");
    expect_refused("7", "an object");
    expect_refused(R"({"recent": "/a"})", "recent");
    expect_refused(R"({"last_folder": ")" + std::string(5000, '/') + "\"}", "last_folder");
    expect_refused(R"({"capture": 3})", "capture");
    for (const char* number :
         {"-1", "1.5", "1e3", "18446744073709551616", "1e300", "\"7\"", "null", "[]", "true"}) {
        expect_refused(std::string(R"({"capture": {"least_free_bytes": )") + number + "}}",
                       "least_free_bytes");
        expect_refused(std::string(R"({"capture": {"ring_files": )") + number + "}}", "ring_files");
    }
    expect_refused(R"({"capture": {"ring_files": 1, "ring_file_bytes": 1048576}})", "ring_files");
    expect_refused(R"({"capture": {"ring_files": 100001, "ring_file_bytes": 1048576}})",
                   "ring_files");
    expect_refused(R"({"capture": {"ring_files": 2}})", "ring_file_bytes");
    expect_refused(R"({"capture": {"ring_files": 2, "ring_file_bytes": 1048575}})",
                   "ring_file_bytes");
    expect_refused(R"({"capture": {"ring_files": 1e400}})", "not JSON");
    // Good before bad: nothing of it counts.
    expect_refused(R"({"last_folder": "/x", "recent": 1})", "recent");
}

TEST(Settings, AnEntryOfAListThatCannotBeIsLeftOut) {
    const SettingsParsed parsed = settings_from_json(
        R"({"recent": [7, "/ok", "relative", "", "/a\u0000b", {"hex": "2f6"}, {"hex": "2f00"}, {"hex": 7}, {}, "/too"],
            "known_left": ["a.pcapng", "", "b/c", 3, "a\u0000", {"hex": "ff"}], "last_folder": "/here"})");
    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.settings.recent, (std::vector<std::string>{"/ok", "/too"}));
    EXPECT_EQ(parsed.settings.known_left, (std::vector<std::string>{"a.pcapng", "\xff"}));
    EXPECT_EQ(parsed.settings.last_folder, "/here");
}

TEST(Settings, WhatCouldNotBeReadBackIsNotTakenUp) {
    Settings settings;
    settings.add_recent("./x.pcapng");
    settings.add_recent(std::string("/a\0b", 4));
    settings.add_recent("/" + std::string(4096, 'x'));
    EXPECT_TRUE(settings.recent.empty());
    settings.add_known_left("a/b");
    settings.add_known_left("");
    EXPECT_TRUE(settings.known_left.empty());
    for (std::size_t i = 0; i < app::session::kMostKnownLeft + 5; ++i)
        settings.add_known_left(std::to_string(i));
    settings.add_known_left("7");
    ASSERT_EQ(settings.known_left.size(), app::session::kMostKnownLeft);
    EXPECT_EQ(settings.known_left.front(), "5");
    EXPECT_EQ(settings_from_json(to_json(settings)).settings, settings);
}

TEST(Settings, DeepNestingAndHugeTextsAreRefusedWithoutHarm) {
    const std::string deep(500'000, '[');
    expect_refused(deep, "deep");
    expect_refused("{\"x\": " + deep, "deep");
    std::string objects;
    for (int i = 0; i < 100'000; ++i)
        objects += "{\"a\":";
    expect_refused(objects, "deep");
    // Closed properly it is still too deep.
    expect_refused("{\"x\": " + std::string(1000, '[') + std::string(1000, ']') + "}", "deep");
    const SettingsParsed wide = settings_from_json("{\"x\": [" + std::string(300'000, ' ') + "1]}");
    EXPECT_EQ(wide.error, "");
}

TEST(Settings, TheNewestIsFirstAndOnceAndThereAreNotMoreThanTheyMayBe) {
    Settings settings;
    for (int i = 0; i < 25; ++i)
        settings.add_recent("/" + std::to_string(i));
    ASSERT_EQ(settings.recent.size(), kMostRecent);
    EXPECT_EQ(settings.recent.front(), "/24");
    EXPECT_EQ(settings.recent.back(), "/15");
    settings.add_recent(settings.recent.back());
    ASSERT_EQ(settings.recent.size(), kMostRecent);
    EXPECT_EQ(settings.recent.front(), "/15");
    EXPECT_EQ(settings.recent[1], "/24");
    EXPECT_EQ(settings.recent.back(), "/16");
    // A file with more of them, or with one twice, is read as far as they may be.
    const SettingsParsed parsed = settings_from_json(
        R"({"recent": ["/a","/b","/a","/c","/d","/e","/f","/g","/h","/i","/j","/k"]})");
    EXPECT_EQ(parsed.error, "");
    ASSERT_EQ(parsed.settings.recent.size(), kMostRecent);
    EXPECT_EQ(parsed.settings.recent.back(), "/j");
}

}  // namespace
}  // namespace session_test
