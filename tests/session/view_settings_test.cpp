// How the view is remembered: every value comes back, and one that cannot be is said and never half taken.
#include "app/session/settings.h"
#include "net/bytes/escapes.h"

#include <gtest/gtest.h>
#include <string>

namespace session_test {
namespace {

using app::session::EndpointFraming;
using app::session::Highlight;
using app::session::Settings;
using app::session::settings_from_json;
using app::session::to_json;
using app::session::ViewMode;
using net::bytes::Framing;
using net::bytes::FramingKind;

void expect_round_trip(const Settings& settings) {
    const std::string text = to_json(settings);
    const auto parsed = settings_from_json(text);
    EXPECT_EQ(parsed.error, "") << text;
    EXPECT_TRUE(parsed.settings == settings) << text;
}

TEST(ViewSettings, ComeBackAsTheyWent) {
    Settings settings;
    settings.view.mode = ViewMode::kMessages;
    settings.view.bytes_per_row = app::session::kFitsWidth;
    settings.view.grouping = 4;
    settings.view.is_merged = true;
    settings.view.time_form = app::session::TimeForm::kDelta;
    settings.view.messages_are_hex = true;
    settings.view.encoding = net::bytes::TextEncoding::kGb18030;
    settings.view.has_side = true;
    settings.view.side_panel = "Matches";
    expect_round_trip(settings);

    std::vector<Framing> framings(8);
    for (std::size_t i = 0; i < framings.size(); ++i)
        framings[i].kind = static_cast<FramingKind>(i);
    framings[1].delimiters = {{'\r', '\n'}, {0}};
    framings[2].fixed_bytes = 1ULL << 40U;
    framings[3].length_bytes = 2;
    framings[3].is_big_endian = false;
    framings[3].counts_itself = true;
    framings[3].counts_before = true;
    framings[3].length_offset = 3;
    framings[3].most_message_bytes = 1000;
    framings[4].most_message_bytes = 77;
    framings[5].idle_gap_ns = 123;
    for (const Framing& framing : framings)
        settings.view.framings.push_back({.endpoint = "127.0.0.1:9000", .framing = framing});
    Highlight rule;
    rule.pattern.kind = net::capture::PatternKind::kHex;
    rule.pattern.text = "48 ?? 6c";
    rule.pattern.matches_case = true;
    rule.label = "h\xC3\xA9llo";
    rule.color = 5;
    rule.is_on = false;
    settings.view.highlights.push_back(rule);
    expect_round_trip(settings);
}

// An opened file names its endpoints as it likes.
TEST(ViewSettings, TheFramingOfAnEndpointWithALongNameComesBack) {
    Settings settings;
    for (const char* const letter : {"x", "\xC3\xA9", "\x01"}) {
        std::string name;
        for (int i = 0; i < 2000; ++i)
            name += letter;
        settings.view.framings.push_back(
            {.endpoint = net::bytes::printable(name), .framing = {.kind = FramingKind::kSlip}});
    }
    expect_round_trip(settings);
}

TEST(ViewSettings, WhatCannotBeIsSaid) {
    const auto refused = [](const std::string& view, const std::string& words) {
        const auto parsed = settings_from_json(R"({"view": )" + view + "}");
        EXPECT_NE(parsed.error.find(words), std::string::npos) << view << ": " << parsed.error;
        EXPECT_TRUE(parsed.settings == Settings{}) << view;
    };
    refused("3", "view");
    refused(R"({"mode": "sideways"})", "mode");
    refused(R"({"row_bytes": 16})", "row_bytes");
    refused(R"({"grouping": 3})", "grouping");
    refused(R"({"merged": 1})", "merged");
    refused(R"({"encoding": "EBCDIC"})", "encoding");
    refused(R"({"framings": {}})", "framings");
    refused(R"({"framings": [{"endpoint": "x", "framing": {"kind": "fixed", "bytes": 0}}]})",
            "framing");
    refused(R"({"framings": [{"framing": {"kind": "delimiter", "delimiters": ["0g"]}}]})",
            "delimiters");
    refused(R"({"highlights": [{"color": 6}]})", "color");
    EXPECT_EQ(settings_from_json(R"({"view": {"from a later version": 1}})").error, "");
}

}  // namespace
}  // namespace session_test
