// Rules against a slow model, which splits, compares and searches a whole text byte by byte: the bytes come cut at every place, and one by one.
#include "tests/net/service/replies_fixture.h"

namespace service_test {
namespace {

struct ModelRule {
    std::function<bool(const std::string& message, std::string& found)> fits =
        {};  // null: a stream rule
    std::string stream = {};
    std::function<std::string(const std::string& message, const std::string& found, int count)>
        answer;
    int hits = 0;
};

std::string model_answers(const std::string& text,
                          std::vector<ModelRule> rules,
                          bool all_that_fit) {
    std::string out;
    std::string message;
    for (std::size_t end = 1; end <= text.size(); ++end) {
        for (ModelRule& rule : rules) {
            if (rule.fits || end < rule.stream.size()) continue;
            if (text.compare(end - rule.stream.size(), rule.stream.size(), rule.stream) == 0)
                out += rule.answer("", "", ++rule.hits);
        }
        if (text[end - 1] != '\n') {
            message += text[end - 1];
            continue;
        }
        for (ModelRule& rule : rules) {
            std::string found;
            if (!rule.fits || !rule.fits(message, found)) continue;
            out += rule.answer(message, found, ++rule.hits);
            if (!all_that_fit) break;
        }
        message.clear();
    }
    return out;
}

class ReplyModel : public RepliesFixture {
  protected:
    std::vector<ModelRule> model{
        {.fits = [](const std::string& m, std::string&) { return m == "ping"; },
         .answer =
             [](const auto&, const auto&, int n) { return "<pong " + std::to_string(n) + ">"; }},
        {.fits =
             [](const std::string& m, std::string& found) {
                 // l, any byte, l or n
                 for (std::size_t i = 0; i + 3 <= m.size(); ++i) {
                     if (m[i] != 'l' || (m[i + 2] & 0xF0) != 0x60) continue;
                     found = m.substr(i, 3);
                     return true;
                 }
                 return false;
             },
         .answer = [](const auto&, const auto& found, int) { return "<hex " + found + ">"; }},
        {.fits =
             [](const std::string& m, std::string& found) {
                 if (!m.starts_with("get ") || m.size() < 5) return false;
                 found = m.substr(4);
                 return found.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
             },
         .answer = [](const auto&, const auto& found, int) { return "<value of " + found + ">"; }},
        {.stream = "o\nw",
         .answer =
             [](const auto&, const auto&, int n) { return "<span " + std::to_string(n) + ">"; }},
        {.fits = [](const std::string&, std::string&) { return true; },
         .answer = [](const auto& m, const auto&, int) { return "<any " + m + ">"; }},
    };
    channel::Replies replies() {
        return lines_with(
            {rule(When::kEquals, "ping", "<pong \\{count}>"),
             rule(When::kContains, "6c ?? 6?", "<hex \\{0}>", Kind::kHex),
             rule(When::kContains, "\\Aget ([a-z]+)\\z", "<value of \\{1}>", Kind::kRegex),
             rule(When::kStream, "o\\nw", "<span \\{count}>"),
             rule(When::kEveryMessage, "", "<any \\{message}>")});
    }
};

TEST_F(ReplyModel, AnswersDoNotDependOnWhereTheBytesAreCut) {
    const std::string text = "ping\nhello\nworld\nget abc\n\nget\nping\nhalo\nwlal\nno\nw\npi";
    for (const bool all : {false, true}) {
        SCOPED_TRACE(all);
        start();
        channel::Replies how = replies();
        how.all_that_fit = all;
        const auto address = start_server(server_of(how));
        const std::string expected = model_answers(text, model, all);
        EXPECT_NE(expected.find("<span 2>"), std::string::npos);
        EXPECT_NE(expected.find("<hex "), std::string::npos);
        EXPECT_NE(expected.find("<value of abc>"), std::string::npos);
        for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            // Counts go on from one connection to the next, but not from one set of replies to the next.
            post(channel::SetReplies{.endpoint = EndpointId{1}, .replies = how});
            ASSERT_TRUE(drain_until([&] { return count<channel::RepliesChanged>() == cut + 1; }));
            const Peer peer = Peer::to(address);
            const ConnectionId id = expect_opened(cut).connection;
            peer.send(std::string_view(text).substr(0, cut));
            ASSERT_TRUE(drain_until([&] { return received(id) == cut; }));
            peer.send(std::string_view(text).substr(cut));
            peer.end();
            EXPECT_EQ(peer.receive_to_end(), expected) << "cut at " << cut;
        }
        post(channel::SetReplies{.endpoint = EndpointId{1}, .replies = how});
        ASSERT_TRUE(
            drain_until([&] { return count<channel::RepliesChanged>() == text.size() + 2; }));
        const Peer peer = Peer::to(address);
        const ConnectionId id = expect_opened(text.size() + 1).connection;
        for (std::size_t at = 0; at < text.size(); ++at) {
            peer.send(std::string_view(text).substr(at, 1));
            ASSERT_TRUE(drain_until([&] { return received(id) == at + 1; }));
        }
        peer.end();
        EXPECT_EQ(peer.receive_to_end(), expected) << "one by one";
        stop();
        destroy_and_forget();
        config.capture.path += ".again";
    }
}

}  // namespace
}  // namespace service_test
