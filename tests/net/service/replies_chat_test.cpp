// The relay: a chat room in which every client gets every message of the others once and in order.
#include <map>

#include "tests/net/service/replies_fixture.h"

namespace service_test {
namespace {

class Chat : public RepliesFixture {
  protected:
    static channel::ServerConfig room(std::string joined = {}, std::string left = {}) {
        channel::Replies replies;
        replies.framing = lines();
        replies.relay = {.is_on = true,
                         .message = {.text = "client \\{peer} says: \\{message}\\n"},
                         .joined = {.text = std::move(joined)},
                         .left = {.text = std::move(left)}};
        return server_of(std::move(replies));
    }
    static std::string line_of(const Peer& from, std::string_view text) {
        return "client " + to_text(from.local()) + " says: " + std::string(text) + "\n";
    }
};

TEST_F(Chat, FiftyClientsGetEveryMessageOfTheOthersOnceAndInOrder) {
    constexpr std::size_t kClients = 50;
    constexpr std::size_t kMessages = 15;
    start();
    const auto address = start_server(room());
    std::vector<Peer> peers;
    for (std::size_t i = 0; i < kClients; ++i)
        peers.push_back(Peer::to(address));
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == kClients; }));
    for (std::size_t n = 0; n < kMessages; ++n) {
        for (const Peer& peer : peers)
            peer.send("message " + std::to_string(n) + "\n");
    }
    for (std::size_t i = 0; i < kClients; ++i) {
        std::size_t bytes = 0;
        for (std::size_t j = 0; j < kClients; ++j) {
            for (std::size_t n = 0; j != i && n < kMessages; ++n)
                bytes += line_of(peers[j], "message " + std::to_string(n)).size();
        }
        std::string got;
        while (got.size() < bytes) {
            const std::string more =
                peers[i].receive(std::min<std::size_t>(2000, bytes - got.size()));
            if (more.empty()) break;
            got += more;
            drain_some(5000);
        }
        ASSERT_EQ(got.size(), bytes);
        std::map<std::string, std::size_t> next;  // of each sender: the so-manieth message
        for (std::size_t at = 0; at < got.size();) {
            const std::size_t end = got.find('\n', at);
            ASSERT_NE(end, std::string::npos);
            const std::string line = got.substr(at, end - at);
            const std::size_t says = line.find(" says: ");
            ASSERT_NE(says, std::string::npos) << line;
            const std::string who = line.substr(0, says);
            EXPECT_EQ(line.substr(says), " says: message " + std::to_string(next[who]++));
            at = end + 1;
        }
        EXPECT_EQ(next.size(), kClients - 1);
        EXPECT_FALSE(next.contains("client " + to_text(peers[i].local())));
        for (const auto& [who, messages] : next)
            EXPECT_EQ(messages, kMessages) << who;
    }
}

TEST_F(Chat, TheOthersAreToldWhoJoinsAndWhoLeavesAndWhy) {
    start();
    const auto address = start_server(room("+ \\{peer}\\n", "- \\{peer} (\\{reason})\\n"));
    const Peer first = Peer::to(address);
    (void)expect_opened(0);
    Peer second = Peer::to(address);
    const std::string who = to_text(second.local());
    std::string line = "+ " + who + "\n";
    EXPECT_EQ(first.receive(line.size()), line);
    second.send("hello\n");
    line = line_of(second, "hello");
    EXPECT_EQ(first.receive(line.size()), line);
    second.close();
    line = "- " + who + " (end of stream)\n";
    EXPECT_EQ(first.receive(line.size()), line);
    Peer third = Peer::to(address);
    const std::string whose = to_text(third.local());
    line = "+ " + whose + "\n";
    EXPECT_EQ(first.receive(line.size()), line);
    third.send("last words\n");
    third.reset();
    line = line_of(first, "last words").replace(7, to_text(first.local()).size(), whose);
    const std::string left = "- " + whose + " (reset by peer)\n";
    // Words that a reset has overtaken in the kernel are lost with it; the notice is not.
    const std::string got = first.receive(left.size());
    if (got != left) {
        EXPECT_EQ(got + first.receive(line.size()), line + left);
    }
}

TEST_F(Chat, AClientThatReadsNothingIsLeftOutAfterAWhileAndTheOthersGoOn) {
    start();
    channel::ServerConfig server = room();
    server.replies.most_per_second = 0;
    const auto address = start_server(server);
    const Peer talker = Peer::to(address);
    (void)expect_opened(0);
    const Peer reader = Peer::to(address);
    (void)expect_opened(1);
    const Peer sleeper = Peer::to(address, 4096);
    const ConnectionId asleep = expect_opened(2).connection;
    const std::string text(1000, 't');
    const std::string line = line_of(talker, text);
    std::size_t lines = 0;
    // More than the kernels and our queue take for the sleeper; the reader gets all of it.
    while (count<channel::Failed>() == 0 && lines < 100'000) {
        talker.send(text + "\n");
        ++lines;
        ASSERT_EQ(reader.receive(line.size()), line);
        drain_some(1000);
    }
    const auto failed = expect_failed(Operation::kReply);
    EXPECT_EQ(failed.failure.connection, asleep);
    EXPECT_NE(failed.failure.message.find("left out"), std::string::npos);
    for (int i = 0; i < 100; ++i) {
        talker.send("on\n");
        const std::string on = line_of(talker, "on");
        ASSERT_EQ(reader.receive(on.size()), on);
    }
    // It has a beginning without holes.
    const std::string begin = sleeper.receive(line.size() * 100);
    for (std::size_t at = 0; at < begin.size(); at += line.size())
        ASSERT_EQ(begin.substr(at, line.size()), line);
}

}  // namespace
}  // namespace service_test
