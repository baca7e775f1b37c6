// What the user asks for becomes facts and commands, in order, and nothing else.
#include <gtest/gtest.h>
#include <variant>

#include "tests/session/fold.h"

namespace session_test {
namespace {

using namespace app::session;  // the intents
using channel::CloseConnections;
using channel::CloseHow;
using channel::Send;
using channel::StartClient;
using channel::StartServer;
using channel::StopEndpoint;
using channel::StopService;

StartServerIntent server_intent(std::string name,
                                std::uint64_t card = 0,
                                EndpointId replaces = {}) {
    StartServerIntent intent{
        .name = std::move(name), .config = {}, .replaces = replaces, .card = card};
    intent.config.backlog = 7;
    return intent;
}

TEST(Intents, StartingAServerMakesAnEndpointAndACommand) {
    Fold fold;
    fold.want(server_intent("127.0.0.1:9000", 5));
    const auto id = fold.session.endpoint_of_card(5);
    ASSERT_TRUE(id.has_value());
    EXPECT_EQ(fold.session.endpoints(), std::vector<EndpointId>{*id});
    const Endpoint& endpoint = *fold.session.endpoint(*id);
    EXPECT_EQ(endpoint.state, EndpointState::kStarting);
    EXPECT_EQ(endpoint.kind, EndpointKind::kServer);
    EXPECT_EQ(endpoint.name, "127.0.0.1:9000");
    ASSERT_TRUE(endpoint.server.has_value());
    EXPECT_EQ(endpoint.server->backlog, 7);
    const auto commands = posted(fold.session);
    ASSERT_EQ(commands.size(), 1U);
    const auto& command = std::get<StartServer>(commands[0]);
    EXPECT_EQ(command.endpoint, *id);
    EXPECT_EQ(command.name, "127.0.0.1:9000");
    EXPECT_EQ(command.config.backlog, 7);
    EXPECT_EQ(fold.session.outbox_size(), 0U);
}

TEST(Intents, StartingAClientMakesAnEndpointAndACommand) {
    Fold fold;
    StartClientIntent intent{.name = "example.org:80", .config = {}, .replaces = {}, .card = 1};
    intent.config.peer = {.host = "example.org", .port = 80};
    fold.want(std::move(intent));
    const auto commands = posted(fold.session);
    ASSERT_EQ(commands.size(), 1U);
    const auto& command = std::get<StartClient>(commands[0]);
    EXPECT_EQ(command.config.peer.host, "example.org");
    const Endpoint& endpoint = *fold.session.endpoint(command.endpoint);
    EXPECT_EQ(endpoint.kind, EndpointKind::kClient);
    ASSERT_TRUE(endpoint.client.has_value());
    EXPECT_EQ(endpoint.client->peer.port, 80);
    EXPECT_FALSE(endpoint.server.has_value());
}

TEST(Intents, ARestartReplacesTheStoppedEndpointAndKeepsItForItsConnections) {
    Fold fold;
    fold.want(server_intent("a", 5));
    const EndpointId first = *fold.session.endpoint_of_card(5);
    fold.open(1, net::channel::number(first));
    fold.stopped(net::channel::number(first));
    fold.want(server_intent("a", 5, first));
    const EndpointId second = *fold.session.endpoint_of_card(5);
    EXPECT_NE(first, second);
    EXPECT_EQ(fold.session.endpoints(), std::vector<EndpointId>{second});
    EXPECT_TRUE(fold.session.endpoint(first)->is_replaced);
    EXPECT_EQ(fold.session.endpoint(first)->replaced_by, second);
    EXPECT_EQ(fold.session.endpoint(fold.connection(1).endpoint)->name, "a");
}

TEST(Intents, ARunningEndpointCannotBeReplacedOrRemovedFromSight) {
    Fold fold;
    fold.want(server_intent("a", 5));
    const EndpointId first = *fold.session.endpoint_of_card(5);
    fold.listening(net::channel::number(first));
    fold.want(server_intent("b", 6, first));
    fold.want(RemoveEndpointIntent{first});
    EXPECT_EQ(fold.session.endpoints().size(), 2U);
    EXPECT_FALSE(fold.session.endpoint(first)->is_replaced);
}

TEST(Intents, RemovingForgetsAStoppedEndpointInTheLists) {
    Fold fold;
    fold.want(server_intent("a", 5));
    const EndpointId id = *fold.session.endpoint_of_card(5);
    fold.open(1, net::channel::number(id));
    fold.stopped(net::channel::number(id));
    fold.want(RemoveEndpointIntent{id});
    EXPECT_TRUE(fold.session.endpoints().empty());
    EXPECT_FALSE(fold.session.endpoint_of_card(5).has_value());
    EXPECT_NE(fold.session.endpoint(id), nullptr);
    EXPECT_EQ(fold.session.connections().size(), 1U);
}

TEST(Intents, IdsAreNeverGivenTwiceNorTakenFromACapture) {
    Fold fold;
    fold.server(41);
    fold.want(server_intent("a"));
    fold.want(server_intent("b"));
    EXPECT_EQ(fold.session.endpoints(),
              (std::vector<EndpointId>{EndpointId{41}, EndpointId{42}, EndpointId{43}}));
}

TEST(Intents, StopIsAskedForOnce) {
    Fold fold;
    fold.server(1);
    fold.listening(1);
    fold.want(StopEndpointIntent{EndpointId{1}});
    fold.want(StopEndpointIntent{EndpointId{1}});
    fold.want(StopEndpointIntent{EndpointId{99}});
    const auto commands = posted(fold.session);
    ASSERT_EQ(commands.size(), 1U);
    EXPECT_EQ(std::get<StopEndpoint>(commands[0]).endpoint, EndpointId{1});
    fold.stopped(1);
    fold.want(StopEndpointIntent{EndpointId{1}});
    EXPECT_EQ(fold.session.outbox_size(), 0U);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopped);
}

TEST(Intents, NothingIsStartedWhereNobodyIsThereToDoIt) {
    Fold saved;
    saved.tell(channel::CaptureOpened{.file = FileId{1}, .path = "/x", .is_live = false});
    saved.want(server_intent("127.0.0.1:9000", 5));
    EXPECT_TRUE(saved.session.endpoints().empty());
    EXPECT_FALSE(saved.session.endpoint_of_card(5).has_value());
    EXPECT_EQ(saved.last_line().text, "cannot start 127.0.0.1:9000: a saved capture is shown");
    Fold stopping;
    stopping.session.stop();
    stopping.want(server_intent("127.0.0.1:9000"));
    EXPECT_EQ(stopping.session.outbox_size(), 1U);
    EXPECT_EQ(stopping.last_line().severity, Severity::kWarning);
}

class Sending : public ::testing::Test, public Fold {
  protected:
    void SetUp() override {
        server(1);
        open(1, 1);
        open(2, 1);
        open(3, 1);
        close(3);
    }
};

TEST_F(Sending, GoesToThoseNamedThatCanTakeIt) {
    tell(channel::PeerEnded{.connection = ConnectionId{2}});
    want(SendIntent{.targets = {.connections = {ConnectionId{1}, ConnectionId{2}, ConnectionId{3},
                                                ConnectionId{99}}},
                    .bytes = {1, 2, 3}});
    const auto commands = posted(session);
    ASSERT_EQ(commands.size(), 1U);
    const auto& send = std::get<Send>(commands[0]);
    EXPECT_EQ(send.targets.connections,
              (std::vector<ConnectionId>{ConnectionId{1}, ConnectionId{2}}));
    EXPECT_EQ(send.bytes, (std::vector<std::uint8_t>{1, 2, 3}));
}

TEST_F(Sending, ToNamedOnesThatAreAllGoneDoesNotBecomeToEverybody) {
    want(SendIntent{.targets = {.connections = {ConnectionId{3}}, .endpoint = EndpointId{1}},
                    .bytes = {1}});
    EXPECT_EQ(session.outbox_size(), 0U);
}

TEST_F(Sending, ToAnEndpointNamesNoConnection) {
    want(SendIntent{.targets = {.connections = {}, .endpoint = EndpointId{1}}, .bytes = {1}});
    const auto commands = posted(session);
    ASSERT_EQ(commands.size(), 1U);
    EXPECT_TRUE(std::get<Send>(commands[0]).targets.connections.empty());
    EXPECT_EQ(std::get<Send>(commands[0]).targets.endpoint, EndpointId{1});
}

TEST_F(Sending, NothingOrToNobodyIsIgnored) {
    want(SendIntent{.targets = {.connections = {ConnectionId{1}}, .endpoint = {}}, .bytes = {}});
    want(SendIntent{.targets = {.connections = {}, .endpoint = EndpointId{9}}, .bytes = {1}});
    close(1);
    close(2);
    want(SendIntent{.targets = {.connections = {}, .endpoint = EndpointId{1}}, .bytes = {1}});
    EXPECT_EQ(session.outbox_size(), 0U);
}

TEST_F(Sending, NotToOneThatIsClosing) {
    want(CloseIntent{.connections = {ConnectionId{1}}, .how = CloseHow::kInOrder});
    (void)posted(session);
    want(SendIntent{.targets = {.connections = {ConnectionId{1}}, .endpoint = {}}, .bytes = {1}});
    EXPECT_EQ(session.outbox_size(), 0U);
}

TEST_F(Sending, ClosingInOrderIsAskedForOnceAndAnAbortCutsItShort) {
    want(CloseIntent{.connections = {ConnectionId{1}, ConnectionId{3}, ConnectionId{77}},
                     .how = CloseHow::kInOrder});
    EXPECT_EQ(connection(1).state, ConnectionState::kClosing);
    want(CloseIntent{.connections = {ConnectionId{1}}, .how = CloseHow::kInOrder});
    want(CloseIntent{.connections = {ConnectionId{1}}, .how = CloseHow::kAbort});
    const auto commands = posted(session);
    ASSERT_EQ(commands.size(), 2U);
    EXPECT_EQ(std::get<CloseConnections>(commands[0]).connections,
              std::vector<ConnectionId>{ConnectionId{1}});
    EXPECT_EQ(std::get<CloseConnections>(commands[0]).how, CloseHow::kInOrder);
    EXPECT_EQ(std::get<CloseConnections>(commands[1]).how, CloseHow::kAbort);
}

TEST_F(Sending, OutboxKeepsOrderWhenTheQueueIsFull) {
    for (std::uint8_t i = 0; i < 10; ++i) {
        want(SendIntent{.targets = {.connections = {ConnectionId{1}}, .endpoint = {}},
                        .bytes = {i}});
    }
    channel::Link link(
        {.event_capacity = 16, .command_capacity = 3}, [] {}, [] {});
    std::vector<std::uint8_t> order;
    int rounds = 0;
    bool is_left = true;
    while (is_left) {
        is_left = session.post_to(link);
        if (rounds == 0) {
            EXPECT_TRUE(is_left);
            EXPECT_EQ(session.outbox_size(), 7U);
            // What is asked for meanwhile comes after.
            want(SendIntent{.targets = {.connections = {ConnectionId{1}}, .endpoint = {}},
                            .bytes = {10}});
        }
        channel::Command command;
        while (link.try_take(command))
            order.push_back(std::get<Send>(command).bytes.at(0));
        ASSERT_LT(++rounds, 10);
    }
    EXPECT_EQ(order, (std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(Sending, StopComesLastAndOnce) {
    want(SendIntent{.targets = {.connections = {ConnectionId{1}}, .endpoint = {}}, .bytes = {1}});
    session.stop();
    session.stop();
    const auto commands = posted(session);
    ASSERT_EQ(commands.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<StopService>(commands[1]));
}

TEST_F(Sending, AfterTheEndNothingIsPostedAnyMore) {
    tell(channel::ServiceStopped{});
    want(SendIntent{.targets = {.connections = {ConnectionId{1}}, .endpoint = {}}, .bytes = {1}});
    session.stop();
    EXPECT_TRUE(posted(session).empty());
    EXPECT_EQ(session.outbox_size(), 0U);
}

}  // namespace
}  // namespace session_test
