// Servers and clients: which state each event leads to, and what the log says about it.
#include <gtest/gtest.h>

#include "tests/session/fold.h"

namespace session_test {
namespace {

using channel::Operation;

TEST(Endpoints, ServerGoesFromStartingOverListeningToStopped) {
    Fold fold;
    fold.server(1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStarting);
    fold.listening(1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kListening);
    ASSERT_EQ(fold.endpoint(1).listening_on.size(), 1U);
    EXPECT_EQ(fold.endpoint(1).listening_on[0], loopback(9000));
    EXPECT_FALSE(fold.endpoint(1).is_beyond_loopback);
    EXPECT_EQ(fold.last_line().text, "127.0.0.1:9000 listening");
    EXPECT_EQ(fold.last_line().endpoint, EndpointId{1});
    EXPECT_EQ(fold.last_line().time_ns, kNow);
    fold.stopped(1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopped);
    EXPECT_TRUE(fold.endpoint(1).listening_on.empty());
    EXPECT_EQ(fold.last_line().text, "127.0.0.1:9000 stopped");
    EXPECT_FALSE(fold.session.has_failed());
}

TEST(Endpoints, PortChosenBySystemIsSaid) {
    Fold fold;
    fold.server(1, "127.0.0.1:0");
    fold.listening(1, loopback(40123));
    EXPECT_EQ(fold.last_line().text, "127.0.0.1:0 listening on 127.0.0.1:40123");
}

TEST(Endpoints, ServerBeyondLoopbackWarnsOnceThatOtherMachinesCanConnect) {
    Fold fold;
    fold.server(1, "*:9000");
    fold.listening(1, ipv4(0, 0, 0, 0, 9000));
    bytes::SocketAddress any6;
    any6.family = bytes::Family::kIpv6;
    any6.port = 9000;
    fold.listening(1, any6);
    EXPECT_TRUE(fold.endpoint(1).is_beyond_loopback);
    EXPECT_EQ(fold.endpoint(1).listening_on.size(), 2U);
    EXPECT_EQ(fold.lines_with("other machines can connect to *:9000"), 1);
    EXPECT_EQ(fold.lines_with("listening on"), 2);
    EXPECT_EQ(fold.session.log_lines()[1].severity, Severity::kWarning);
}

TEST(Endpoints, FailureToListenIsInThePanelAndTheLogAndTheExitStatus) {
    Fold fold;
    fold.server(1);
    fold.failed(Operation::kListen, 1, true, "listen on 127.0.0.1:9000: EADDRINUSE (in use)");
    EXPECT_EQ(fold.last_line().severity, Severity::kError);
    EXPECT_EQ(fold.last_line().text, "listen on 127.0.0.1:9000: EADDRINUSE (in use)");
    fold.stopped(1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kFailed);
    EXPECT_EQ(fold.endpoint(1).last_failure, "listen on 127.0.0.1:9000: EADDRINUSE (in use)");
    EXPECT_TRUE(fold.session.has_failed());
}

TEST(Endpoints, ClientGoesThroughItsStates) {
    Fold fold;
    fold.client(1, "example.org:80");
    fold.tell(channel::ClientResolving{.endpoint = EndpointId{1}, .time_ns = kNow});
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kResolving);
    EXPECT_EQ(fold.last_line().text, "example.org:80 resolving");
    fold.tell(channel::ClientConnecting{
        .endpoint = EndpointId{1}, .peer = loopback(80), .attempt = 1, .time_ns = kNow});
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kConnecting);
    EXPECT_EQ(fold.endpoint(1).trying, loopback(80));
    EXPECT_EQ(fold.last_line().text, "example.org:80 connecting to 127.0.0.1:80");
    fold.open(1, 1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kConnected);
    EXPECT_FALSE(fold.endpoint(1).trying.has_value());
    EXPECT_TRUE(fold.connection(1).was_opened_here);
    EXPECT_EQ(fold.last_line().text, "opened #1 to 127.0.0.1:50001");
    fold.close(1);
    fold.stopped(1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopped);
}

TEST(Endpoints, ClientThatTriesAgainHasNotFailed) {
    Fold fold;
    fold.client(1);
    fold.failed(Operation::kConnect, 1, false, "connect to 127.0.0.1:9000: ECONNREFUSED");
    EXPECT_EQ(fold.last_line().severity, Severity::kWarning);
    fold.tell(channel::ClientWaiting{
        .endpoint = EndpointId{1}, .next_attempt = 2, .delay_ns = kSecond / 2, .time_ns = kNow});
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kWaiting);
    EXPECT_EQ(fold.endpoint(1).next_attempt_ns, kNow + kSecond / 2);
    EXPECT_EQ(fold.endpoint(1).attempt, 2U);
    EXPECT_EQ(fold.last_line().text, "127.0.0.1:9000 waiting 500 ms before attempt 2");
    EXPECT_EQ(fold.endpoint(1).last_failure, "connect to 127.0.0.1:9000: ECONNREFUSED");
    EXPECT_FALSE(fold.session.has_failed());
    fold.tell(channel::ClientConnecting{
        .endpoint = EndpointId{1}, .peer = loopback(9000), .attempt = 2, .time_ns = kNow});
    EXPECT_EQ(fold.last_line().text, "127.0.0.1:9000 connecting (attempt 2)");
    fold.open(1, 1);
    EXPECT_EQ(fold.endpoint(1).last_failure, "");
    fold.stopped(1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopped);
}

TEST(Endpoints, NewsAfterStopWasPressedDoesNotReviveAnEndpoint) {
    Fold fold;
    fold.server(1);
    fold.client(2);
    fold.want(app::session::StopEndpointIntent{EndpointId{1}});
    fold.want(app::session::StopEndpointIntent{EndpointId{2}});
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopping);
    fold.listening(1);
    fold.tell(channel::ClientConnecting{
        .endpoint = EndpointId{2}, .peer = loopback(9000), .attempt = 1, .time_ns = kNow});
    fold.open(7, 2);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopping);
    EXPECT_EQ(fold.endpoint(2).state, EndpointState::kStopping);
    fold.stopped(1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopped);
}

TEST(Endpoints, RefusedClientsAreCounted) {
    Fold fold;
    fold.server(1);
    fold.listening(1);
    fold.failed(Operation::kAccept, 1, false, "accept on 127.0.0.1:9000: EMFILE");
    fold.failed(Operation::kAccept, 1, false, "accept on 127.0.0.1:9000: EMFILE");
    EXPECT_EQ(fold.endpoint(1).refused, 2U);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kListening);
    EXPECT_FALSE(fold.session.has_failed());
}

TEST(Endpoints, FailureOfOneConnectionIsNotItsEndpoints) {
    Fold fold;
    fold.server(1);
    fold.listening(1);
    fold.open(3, 1);
    fold.failed(Operation::kSend, 1, true, "send: EPIPE", 3);
    EXPECT_EQ(fold.endpoint(1).last_failure, "");
    EXPECT_EQ(fold.last_line().connection, ConnectionId{3});
    fold.stopped(1);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopped);
    EXPECT_FALSE(fold.session.has_failed());
}

TEST(Endpoints, ComingUpIsRememberedBeyondTheEnd) {
    Fold fold;
    fold.server(1);
    EXPECT_FALSE(fold.endpoint(1).has_come_up);
    fold.listening(1);
    fold.stopped(1);
    EXPECT_TRUE(fold.endpoint(1).has_come_up);
}

TEST(Endpoints, EachFinalFailureOfComingUpCountsForTheExitStatus) {
    const std::pair<Operation, bool> table[] = {
        {Operation::kListen, true},  {Operation::kResolve, true}, {Operation::kConnect, true},
        {Operation::kCapture, true}, {Operation::kOpen, true},    {Operation::kStart, true},
        {Operation::kReply, true},   {Operation::kAccept, false}, {Operation::kReceive, false},
        {Operation::kSend, false}};
    for (const auto& [operation, is_failure] : table) {
        Fold final_one;
        final_one.failed(operation, 0, true, "no");
        EXPECT_EQ(final_one.session.has_failed(), is_failure) << to_text(operation);
        Fold passing;
        passing.failed(operation, 0, false, "no");
        EXPECT_FALSE(passing.session.has_failed()) << to_text(operation);
    }
}

TEST(Endpoints, AnEndpointToldTwiceIsOneEndpoint) {
    Fold fold;
    fold.server(1);
    fold.listening(1);
    const std::uint64_t version = fold.session.version();
    fold.server(1, "another name");
    EXPECT_EQ(fold.session.endpoints().size(), 1U);
    EXPECT_EQ(fold.endpoint(1).name, "127.0.0.1:9000");
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kListening);
    EXPECT_EQ(fold.session.version(), version);
}

}  // namespace
}  // namespace session_test
