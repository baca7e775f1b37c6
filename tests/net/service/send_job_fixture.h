// What the tests of send jobs have in common.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/service_fixture.h"

namespace service_test {

using channel::SendJobId;
using channel::SendJobProgress;
using channel::SendJobState;

inline constexpr SendJobId kJob{1};

inline net::bytes::Composition constant(std::string_view text) {
    net::bytes::Composition what;
    what.parts.emplace_back(octets(text));
    return what;
}

class SendJobs : public ServiceFixture {
  protected:
    void post_job(channel::SendJobWhat what, channel::Targets targets, SendJobId job = kJob) {
        post(channel::StartSendJob{
            .job = job, .targets = std::move(targets), .what = std::move(what)});
    }
    [[nodiscard]] static channel::Targets to(ConnectionId connection) {
        return {.connections = {connection}};
    }
    SendJobProgress expect_end(SendJobId job = kJob) {
        return expect<SendJobProgress>(
            [job](const SendJobProgress& p) { return p.job == job && is_end(p.state); });
    }
    // The newest sample so far.
    [[nodiscard]] SendJobProgress newest(SendJobId job = kJob) const {
        SendJobProgress found;
        for (const SendJobProgress& p : all<SendJobProgress>())
            if (p.job == job) found = p;
        return found;
    }
    // Sizes of the sends on a connection, in order: one is one call of send(2).
    [[nodiscard]] std::vector<std::uint32_t> send_sizes(ConnectionId connection) const {
        std::vector<std::uint32_t> sizes;
        for (const auto& one : all<channel::Recorded>())
            if (one.connection == connection && one.direction == channel::Direction::kSent)
                sizes.push_back(one.size);
        return sizes;
    }
};

}  // namespace service_test
