// Rules in two lines, and servers that answer by them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/service_fixture.h"

namespace service_test {

class RepliesFixture : public ServiceFixture {
  protected:
    using Kind = bytes::PatternKind;
    using When = channel::ReplyWhen;

    static bytes::Framing lines() {
        return {.kind = bytes::FramingKind::kDelimiter, .delimiters = {{'\n'}}};
    }
    static channel::ReplyRule rule(When when,
                                   std::string pattern,
                                   std::string answer,
                                   Kind kind = Kind::kText) {
        channel::ReplyRule made;
        made.when = when;
        made.pattern = {.kind = kind, .text = std::move(pattern), .matches_case = true};
        made.answer.text = std::move(answer);
        return made;
    }
    static channel::ServerConfig server_of(channel::Replies replies) {
        channel::ServerConfig server;
        server.replies = std::move(replies);
        return server;
    }
    static channel::Replies lines_with(std::vector<channel::ReplyRule> rules) {
        channel::Replies replies;
        replies.framing = lines();
        replies.rules = std::move(rules);
        return replies;
    }
    // All that comes back for these bytes, sent and ended.
    std::string answers(const bytes::SocketAddress& address, std::string_view text) {
        const Peer peer = Peer::to(address);
        peer.send(text);
        peer.end();
        return peer.receive_to_end();
    }
    // Of the newest sample.
    [[nodiscard]] std::uint64_t hits(std::uint32_t rule) const {
        std::uint64_t newest = 0;
        for (const auto& sample : all<channel::ReplyHits>())
            if (sample.rule == rule) newest = sample.hits;
        return newest;
    }
};

}  // namespace service_test
