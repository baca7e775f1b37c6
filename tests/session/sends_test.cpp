// The history and the library of saved sends: bounds, order, shortcuts, two windows, and their JSON text.
#include "app/session/saved_sends.h"
#include "app/session/send_history.h"
#include "app/session/sends_json.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace app::session;
using net::bytes::Checksum;
using net::bytes::ComposeText;
using net::bytes::LengthKind;
using net::bytes::LineEnding;

ComposeText text(std::string typed) {
    return {.text = std::move(typed)};
}

SendHistory history_of(const std::vector<std::string>& texts, std::int64_t time_ns = 1) {
    SendHistory history;
    for (const std::string& one : texts)
        history.add({.what = text(one), .time_ns = time_ns++});
    return history;
}

std::vector<std::string> texts_of(const SendHistory& history) {
    std::vector<std::string> texts;
    for (const SentEntry& entry : history.entries())
        texts.push_back(entry.what.text);
    return texts;
}

using Texts = std::vector<std::string>;

// ---- History ----

TEST(SendHistoryTest, ASendThatIsThereAlreadyComesToTheEnd) {
    SendHistory history = history_of({"a", "b", "a", "c"});
    EXPECT_EQ(texts_of(history), (Texts{"b", "a", "c"}));
    ComposeText other = text("b");
    other.ending = LineEnding::kCrLf;
    history.add({.what = other, .time_ns = 9});
    EXPECT_EQ(texts_of(history), (Texts{"b", "a", "c", "b"})) << "another ending, another send";
    history.remove(1);
    history.remove(17);
    EXPECT_EQ(texts_of(history), (Texts{"b", "c", "b"}));
    history.clear();
    EXPECT_EQ(history, SendHistory{});
}

TEST(SendHistoryTest, IsBoundedInEntriesAndBytes) {
    SendHistory history;
    for (int i = 0; i < 600; ++i)
        history.add({.what = text(std::to_string(i)), .time_ns = i});
    EXPECT_EQ(history.entries().size(), kMostSent);
    EXPECT_EQ(history.entries().front().what.text, "100");
    EXPECT_FALSE(history.add({.what = text(""), .time_ns = 1}));
    EXPECT_FALSE(
        history.add({.what = text(std::string(kMostSentEntryBytes + 1, 'x')), .time_ns = 1}));
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(history.add(
            {.what = text(std::string(kMostSentEntryBytes - 1, 'x') + static_cast<char>('a' + i)),
             .time_ns = 1}));
    EXPECT_EQ(history.entries().size(), kMostSentBytes / kMostSentEntryBytes);
}

TEST(SendHistoryTest, IsSearchedInAnyCaseTheNewestFirst) {
    const SendHistory history = history_of({"GET /a", "POST /b", "get /c"});
    EXPECT_EQ(history.find("get"), (std::vector<std::size_t>{2, 0}));
    EXPECT_EQ(history.find("/B"), (std::vector<std::size_t>{1}));
    EXPECT_EQ(history.find(""), (std::vector<std::size_t>{2, 1, 0}));
    EXPECT_TRUE(history.find("nothing").empty());
}

TEST(SendHistoryTest, UpAndDownComeBackToWhatWasTyped) {
    const SendHistory history = history_of({"one", "two", "three"});
    HistoryWalk walk;
    EXPECT_FALSE(walk.newer(history));
    EXPECT_EQ(walk.older(history, text("draft"))->text, "three");
    EXPECT_EQ(walk.older(history, text("three"))->text, "two");
    EXPECT_EQ(walk.newer(history)->text, "three");
    EXPECT_EQ(walk.older(history, text("three"))->text, "two");
    EXPECT_EQ(walk.older(history, text("two"))->text, "one");
    EXPECT_FALSE(walk.older(history, text("one")));
    EXPECT_EQ(walk.newer(history)->text, "two");
    EXPECT_EQ(walk.newer(history)->text, "three");
    EXPECT_EQ(walk.newer(history)->text, "draft");
    EXPECT_FALSE(walk.newer(history));
    EXPECT_EQ(walk.older(history, text("draft"), "T")->text, "three");
    EXPECT_EQ(walk.older(history, text("three"), "T")->text, "two");
    EXPECT_FALSE(walk.older(history, text("two"), "T"));
    walk.reset();
    EXPECT_EQ(walk.older(history, text("two"))->text, "three");
    HistoryWalk other;
    EXPECT_FALSE(other.older(SendHistory{}, text("draft")));
}

TEST(SendHistoryTest, WhatTwoWindowsHaveSentIsInTheOrderOfTime) {
    SendHistory one = history_of({"a", "b"}, 10);
    one.add({.what = text("c"), .time_ns = 30});
    SendHistory other = history_of({"x"}, 20);
    other.add({.what = text("a"), .time_ns = 40});
    EXPECT_EQ(texts_of(merged(one, other)), (Texts{"b", "x", "c", "a"}));
    EXPECT_EQ(merged(one, other), merged(other, one));
}

// ---- Library ----

SavedSend send(const std::string& name, std::uint8_t shortcut = 0) {
    return {.name = name, .what = text("text of " + name), .shortcut = shortcut};
}

std::string shape(const SavedSends& sends) {
    std::string all;
    for (const SendGroup& group : sends.groups) {
        all += group.name + ":";
        for (const SavedSend& one : group.sends)
            all += " " + one.name + (one.shortcut != 0 ? std::to_string(one.shortcut) : "");
        all += "; ";
    }
    return all;
}

SavedSends library() {
    SavedSends sends;
    sends.add("A", send("p", 1));
    sends.add("A", send("q"));
    sends.add("A", send("r"));
    sends.add("B", send("s", 2));
    return sends;
}

TEST(SavedSendsTest, AreReorderedWithinAndAcrossGroups) {
    SavedSends sends = library();
    EXPECT_EQ(shape(sends), "A: p1 q r; B: s2; ");
    EXPECT_TRUE(sends.move({0, 0}, {0, 3}));
    EXPECT_EQ(shape(sends), "A: q r p1; B: s2; ");
    EXPECT_TRUE(sends.move({0, 2}, {0, 1}));
    EXPECT_EQ(shape(sends), "A: q p1 r; B: s2; ");
    EXPECT_TRUE(sends.move({0, 1}, {1, 1}));
    EXPECT_EQ(shape(sends), "A: q r; B: s2 p1; ");
    EXPECT_TRUE(sends.move({1, 0}, {0, 0}));
    EXPECT_EQ(shape(sends), "A: s2 q r; B: p1; ");
    EXPECT_TRUE(sends.move_group(0, 2));
    EXPECT_EQ(shape(sends), "B: p1; A: s2 q r; ");
    EXPECT_FALSE(sends.move({0, 1}, {1, 0}));
    EXPECT_FALSE(sends.move({0, 0}, {1, 4}));
    EXPECT_FALSE(sends.move_group(2, 0));
    sends.remove({1, 1});
    sends.remove({1, 9});
    EXPECT_EQ(shape(sends), "B: p1; A: s2 r; ");
}

TEST(SavedSendsTest, AShortcutBelongsToOne) {
    SavedSends sends = library();
    EXPECT_EQ(sends.find(1)->name, "p");
    EXPECT_EQ(sends.find(3), nullptr);
    EXPECT_EQ(sends.find(0), nullptr);
    sends.set_shortcut({1, 0}, 1);
    EXPECT_EQ(shape(sends), "A: p q r; B: s1; ");
    sends.add("B", send("t", 1));
    EXPECT_EQ(shape(sends), "A: p q r; B: s t1; ");
    sends.set_shortcut({1, 1}, 0);
    sends.set_shortcut({1, 1}, kMostShortcut + 1);
    EXPECT_EQ(shape(sends), "A: p q r; B: s t; ");
}

TEST(SavedSendsTest, AreBounded) {
    SavedSends sends;
    SavedSend large = send("large");
    large.what.text.assign(std::size_t{1} << 20U, 'x');
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(sends.add("A", large));
    EXPECT_NE(sends.why_not(large), "");
    EXPECT_FALSE(sends.add("A", large));
    EXPECT_FALSE(SavedSends{}.add("A", send("bad\xff")));
    EXPECT_FALSE(SavedSends{}.add(std::string(kMostSendNameBytes + 1, 'g'), send("x")));
    SavedSends many;
    for (std::size_t i = 0; i < kMostSavedSends; ++i)
        ASSERT_TRUE(many.add("A", send(std::to_string(i))));
    EXPECT_FALSE(many.add("A", send("one more")));
    SavedSends groups;
    for (std::size_t i = 0; i < kMostSendGroups; ++i)
        ASSERT_TRUE(groups.add(std::to_string(i), send("x")));
    EXPECT_FALSE(groups.add("one more", send("x")));
}

TEST(SavedSendsTest, AnImportAddsWhatIsNew) {
    SavedSends more;
    more.add("B", send("s", 2));  // is there
    more.add("B", send("new", 1));
    more.add("C", send("p"));
    const SendsAdded all = with_added(library(), more);
    EXPECT_EQ(shape(all.sends), "A: p1 q r; B: s2 new; C: p; ");
    EXPECT_EQ(all.added, 2U);
    EXPECT_EQ(all.left_out, 0U);
    EXPECT_EQ(with_added(all.sends, more).added, 0U) << "nor a second time";
}

TEST(SavedSendsTest, WhatTwoWindowsHaveDoneIsMerged) {
    const SavedSends base = library();
    SavedSends ours = base;
    ours.remove({0, 1});
    ours.add("A", send("ours"));
    SavedSends theirs = base;
    theirs.remove({1, 0});
    theirs.groups[0].sends[2].name = "renamed";
    theirs.add("A", send("theirs"));
    const SendsAdded all = merged(base, ours, theirs);
    EXPECT_EQ(shape(all.sends), "A: p1 r ours renamed theirs; B: s2; ")
        << "what was removed here stays away, what they have removed or changed is not lost";
    EXPECT_EQ(merged(base, ours, base).sends, ours);
}

// ---- JSON text ----

SavedSend random_send(std::mt19937_64& random, int number) {
    SavedSend one{.name = "n\"\\\n中" + std::to_string(number)};
    ComposeText& what = one.what;
    what.is_hex = random() % 2 == 0;
    what.text = what.is_hex ? "48 \\{counter:u16le}" : "中\t\\x00\\{time}" + std::to_string(number);
    what.encoding = static_cast<net::bytes::TextEncoding>(random() % net::bytes::kTextEncodings);
    what.ending = static_cast<LineEnding>(random() % 6);
    if (random() % 2 == 0) what.own_ending = "<EOF>";
    what.length = static_cast<LengthKind>(random() % 6);
    what.length_is_big_endian = random() % 2 == 0;
    what.length_counts_itself = random() % 2 == 0;
    what.has_checksum = random() % 2 == 0;
    if (what.has_checksum) {
        what.checksum = static_cast<Checksum>(random() % net::bytes::kChecksums);
        what.checksum_is_big_endian = random() % 2 == 0;
        what.checksum_first_byte = static_cast<std::uint32_t>(random() % 3);
        what.checksum_last_byte = random() % 2 == 0 ? net::bytes::kToTheEnd : 17;
    }
    one.repeat_ns = random() % 2 == 0 ? 0 : 1000 + static_cast<std::int64_t>(random() % 1'000'000);
    one.repeat_count = random() % 3;
    return one;
}

TEST(SendsJson, WhatIsWrittenIsReadBack) {
    std::mt19937_64 random(5);
    SavedSends sends;
    SendHistory history;
    for (int i = 0; i < 300; ++i) {
        const SavedSend one = random_send(random, i);
        ASSERT_TRUE(sends.add("group " + std::to_string(i % 7), one));
        ASSERT_TRUE(history.add({.what = one.what, .time_ns = i}));
    }
    sends.set_shortcut({2, 3}, 9);
    const SavedSendsParsed parsed = saved_sends_from_json(to_json(sends));
    EXPECT_EQ(parsed.error, "");
    EXPECT_TRUE(parsed.warnings.empty()) << parsed.warnings.front();
    EXPECT_EQ(parsed.sends, sends);
    const SendHistoryParsed sent = send_history_from_json(to_json(history));
    EXPECT_EQ(sent.error, "");
    EXPECT_EQ(sent.history, history);
    EXPECT_EQ(saved_sends_from_json(to_json(SavedSends{})).error, "");
}

std::string error_of(std::string_view text) {
    const SavedSendsParsed parsed = saved_sends_from_json(text);
    if (!parsed.error.empty()) {
        EXPECT_EQ(parsed.sends, SavedSends{}) << "nothing comes of a damaged file";
    }
    return parsed.error;
}

std::string with_send(const std::string& what) {
    return R"({"wireloupe_sends": 1, "groups": [{"name": "A", "sends": [{"name": "ok"}, {)" + what +
           "}]}]}";
}

TEST(SendsJson, AValueThatCannotBeIsNamedWithItsPath) {
    const std::string at = "groups[0].sends[1].";
    const struct {
        std::string text;
        std::string error;
    } cases[] = {
        {"", "it is not JSON text: line 1, column 1: this was not expected there"},
        {"{\n \"a\": }", "it is not JSON text: line 2, column 7: this was not expected there"},
        {"{", "it is not JSON text: line 1, column 2: this was not expected there"},
        {"[]", "it is not an object"},
        {"{}", "it is no file of saved sends (wireloupe_sends is missing)"},
        {R"({"wireloupe_sends": 2})", "wireloupe_sends is not a whole number from 1 to 1"},
        {R"({"wireloupe_sends": 1, "groups": {}})", "groups is not a list of at most 100"},
        {R"({"wireloupe_sends": 1, "groups": [1]})", "groups[0] is not an object"},
        {R"({"wireloupe_sends": 1, "groups": [{"name": 1}]})",
         "groups[0].name is not text of at most 128 bytes"},
        {with_send(R"("shortcut": 10)"), at + "shortcut is not a whole number from 0 to 9"},
        {with_send(R"("repeat_ns": 999)"),
         at + "repeat_ns is not a whole number from 1000 to 86400000000000"},
        {with_send(R"("send": "x")"), at + "send is not an object"},
        {with_send(R"("send": {"text": "x", "hex": "00"})"),
         at + "send.hex is not beside a text: one of the two is what is sent"},
        {with_send(R"("send": {"length": "u24"})"),
         at + "send.length is not one of none, u8, u16, u32, u64, leb128"},
        {with_send(R"("send": {"ending": 1})"),
         at + "send.ending is not one of none, CR, LF, CRLF, NUL, own"},
        {with_send(R"("send": {"checksum": "CRC-32", "checksum_first_byte": 5, )"
                   R"("checksum_last_byte": 4})"),
         at + "send.checksum_last_byte is not a whole number from 5 to 4294967295"},
        {with_send(R"("send": {"checksum_big_endian": 1})"),
         at + "send.checksum_big_endian is not true or false"},
    };
    for (const auto& one : cases)
        EXPECT_EQ(error_of(one.text), one.error) << one.text;
    EXPECT_NE(error_of(with_send(R"("send": {"encoding": "utf8"})")).find("one of UTF-8, GB18030"),
              std::string::npos);
    EXPECT_NE(
        error_of(with_send(R"("send": {"checksum": "crc32"})")).find("CRC-32C, Adler-32, none"),
        std::string::npos);
    EXPECT_EQ(error_of(with_send("\"shortcut\": 3}, {\"shortcut\": 3")),
              "groups[0].sends[2].shortcut is not free: another send has it");
    EXPECT_EQ(error_of(std::string(10'000, '[')), "it is nested more than 16 deep");
}

TEST(SendsJson, UnknownKeysAreWarnedAboutAndTheRestIsRead) {
    const SavedSendsParsed parsed = saved_sends_from_json(
        R"({"wireloupe_sends": 1, "color": 1, "groups": [{"name": "A", "sends": [)"
        R"({"name": "x", "sned": {}, "send": {"text": "hi", "\u001b[2J": 1}}]}]})");
    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.warnings, (std::vector<std::string>{
                                   "groups[0].sends[0].send.\\x1b[2J is unknown and was left out",
                                   "groups[0].sends[0].sned is unknown and was left out",
                                   "color is unknown and was left out"}));
    EXPECT_EQ(parsed.sends.groups.at(0).sends.at(0).what.text, "hi");
}

TEST(SendsJson, AMillionUnknownKeysAreNotAMillionWarnings) {
    std::string text = R"({"wireloupe_sends": 1)";
    for (int i = 0; i < 10'000; ++i)
        text += ", \"k" + std::to_string(i) + "\": 0";
    const SavedSendsParsed parsed = saved_sends_from_json(text + "}");
    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.warnings.size(), 20U);
}

}  // namespace
