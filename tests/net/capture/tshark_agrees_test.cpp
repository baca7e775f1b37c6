// Wireshark reads what we write: every stream back byte for byte, and nothing in it looks lost, repeated or out of order.

#include "net/capture/pcapng_format.h"

#include <algorithm>

#include "tests/net/capture/capture_fixture.h"

namespace tests {
namespace {

using net::channel::CloseReason;

class TsharkAgrees : public testing::Test {
  protected:
    void SetUp() override { SKIP_WITHOUT("tshark"); }

    Recording record() { return Recording::at(files_, path_); }

    // The streams of the file in order of their first packets: what the opener sent, what the other side sent.
    void expect_stream(unsigned stream, const Bytes& client, const Bytes& server) {
        const Followed followed = follow(path_, stream);
        EXPECT_TRUE(followed.client == client)
            << "stream " << stream << ": " << followed.client.size() << " of " << client.size();
        EXPECT_TRUE(followed.server == server)
            << "stream " << stream << ": " << followed.server.size() << " of " << server.size();
    }
    void expect_no_flags() { EXPECT_EQ(analysis_flags(path_), ""); }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcapng");
};

void append(Bytes& to, const Bytes& bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

TEST_F(TsharkAgrees, OnBothDirectionsInterleavedOverIpv4AndIpv6) {
    Recording recording = record();
    recording.endpoint(1);
    recording.endpoint(2, EndpointKind::kClient, "[fe80::1%7]:9000");
    Flow& a = recording.open(1, 1, ipv4(9000), ipv4(40001));
    Flow& b = recording.open(2, 2, ipv6(40002, 2), ipv6(9000));
    Bytes a_received, a_sent, b_received, b_sent;
    for (std::uint64_t i = 0; i < 300; ++i) {
        const Bytes bytes = random_bytes(1 + i * 217 % 3000, i);
        if (i % 3 != 0) recording.receive(a, bytes), append(a_received, bytes);
        if (i % 4 != 0) recording.send(a, bytes), append(a_sent, bytes);
        if (i % 5 != 0) recording.send(b, bytes), append(b_sent, bytes);
        if (i % 7 != 0) recording.receive(b, bytes), append(b_received, bytes);
    }
    recording.peer_ends(a);
    recording.we_end(a);
    recording.close(a, CloseReason::kEndOfStream);
    recording.we_end(b);
    recording.peer_ends(b);
    recording.close(b, CloseReason::kClosedHere);
    recording.finish();
    expect_stream(0, a_received, a_sent);
    expect_stream(1, b_sent, b_received);
    expect_no_flags();
}

TEST_F(TsharkAgrees, OnStreamsThatGoOneWayOnly) {
    Recording recording = record();
    recording.endpoint(1);
    Flow& in = recording.open(1, 1, ipv4(9000), ipv4(40001));
    Flow& out = recording.open(2, 1, ipv4(9000), ipv4(40002));
    Bytes all;
    const Bytes bytes = random_bytes(net::capture::kMostReadBytes, 1);
    for (int i = 0; i < 600; ++i) {  // 37 MiB each: several acknowledgements by bytes
        recording.receive(in, bytes);
        recording.send(out, bytes);
        append(all, bytes);
    }
    recording.finish();
    expect_stream(0, all, {});
    expect_stream(1, {}, all);
    expect_no_flags();
}

TEST_F(TsharkAgrees, OnAHundredThousandReads) {
    Recording recording = record();
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(40001));
    Bytes all;
    const Bytes bytes = random_bytes(64, 1);
    for (int i = 0; i < 100'000; ++i) {
        recording.receive(flow, bytes);
        append(all, bytes);
    }
    recording.peer_ends(flow);
    recording.close(flow, CloseReason::kEndOfStream);
    recording.finish();
    expect_stream(0, all, {});
    expect_no_flags();
}

TEST_F(TsharkAgrees, OnSequenceNumbersThatWrap) {
    Recording recording = record();
    recording.endpoint(1);
    // Whatever a connection of 5 GiB has behind it: both directions begin just below the wrap.
    using net::capture::format::initial_sequence;
    for (std::uint64_t id = 1; id <= 2; ++id) {
        Flow& flow = recording.open(id, 1, id == 1 ? ipv4(9000) : ipv6(9000),
                                    id == 1 ? ipv4(40001) : ipv6(40001));
        for (int i = 0; i < 40; ++i) {
            recording.receive(flow, random_bytes(1000, id));
            recording.send(flow, random_bytes(900, id));
        }
    }
    Bytes received, sent;
    {
        net::capture::Flow flow;
        flow.connection = ConnectionId{3};
        flow.endpoint = EndpointId{1};
        flow.local = ipv4(9000);
        flow.peer = ipv4(40003);
        flow.received = 0ULL - initial_sequence(flow.connection, Direction::kReceived) - 50'000;
        flow.sent = 0ULL - initial_sequence(flow.connection, Direction::kSent) - 40'001;
        recording.writer().opened(flow, next_time());
        for (std::uint64_t i = 0; i < 100; ++i) {
            const Bytes bytes = random_bytes(1000, i);
            recording.receive(flow, bytes);
            append(received, bytes);
            if (i % 2 == 0) {
                recording.send(flow, bytes);
                append(sent, bytes);
            }
        }
        recording.peer_ends(flow);
        recording.we_end(flow);
        recording.close(flow, CloseReason::kEndOfStream);
    }
    recording.finish();
    expect_stream(2, received, sent);
    expect_no_flags();
}

TEST_F(TsharkAgrees, OnTwoLivesOfOneAddressPair) {
    Recording recording = record();
    recording.endpoint(1);
    Bytes first = random_bytes(5000, 1);
    Bytes second = random_bytes(7000, 2);
    Bytes third = random_bytes(3000, 3);
    Flow& a = recording.open(1, 1, ipv4(9000), ipv4(40001));
    recording.receive(a, first);
    recording.peer_ends(a);
    recording.we_end(a);
    recording.close(a, CloseReason::kEndOfStream);
    Flow& b = recording.open(2, 1, ipv4(9000), ipv4(40001));
    recording.receive(b, second);
    recording.send(b, first);
    recording.close(b, CloseReason::kResetByPeer, ECONNRESET);
    Flow& c = recording.open(3, 1, ipv4(9000), ipv4(40001));
    recording.receive(c, third);
    recording.finish();
    expect_stream(0, first, {});
    expect_stream(1, second, first);
    expect_stream(2, third, {});
    expect_no_flags();
}

TEST_F(TsharkAgrees, OnEveryKindOfEnding) {
    Recording recording = record();
    recording.endpoint(1);
    std::uint16_t port = 40000;
    std::uint64_t id = 0;
    const Bytes bytes = random_bytes(20'000, 9);
    const auto next = [&]() -> Flow& { return recording.open(++id, 1, ipv4(9000), ipv4(++port)); };
    {  // 0: nothing at all, in order
        Flow& flow = next();
        recording.peer_ends(flow);
        recording.we_end(flow);
        recording.close(flow, CloseReason::kEndOfStream);
    }
    {  // 1: nothing at all, reset
        recording.close(next(), CloseReason::kResetByPeer, ECONNRESET);
    }
    {  // 2: a half-close, then we go on sending
        Flow& flow = next();
        recording.receive(flow, bytes);
        recording.peer_ends(flow);
        for (int i = 0; i < 600; ++i)
            recording.send(flow, bytes);
        recording.we_end(flow);
        recording.close(flow, CloseReason::kEndOfStream);
    }
    {  // 3: our half-close, then the peer goes on sending
        Flow& flow = next();
        recording.send(flow, bytes);
        recording.we_end(flow);
        for (int i = 0; i < 600; ++i)
            recording.receive(flow, bytes);
        recording.peer_ends(flow);
        recording.close(flow, CloseReason::kClosedHere);
    }
    {  // 4, 5: reset while data is unacknowledged, either side
        Flow& flow = next();
        recording.send(flow, bytes);
        recording.close(flow, CloseReason::kResetByPeer, ECONNRESET, 77);
        Flow& other = next();
        recording.receive(other, bytes);
        recording.close(other, CloseReason::kClosedHere);
    }
    {  // 6, 7: no FIN was told of
        Flow& flow = next();
        recording.send(flow, bytes);
        recording.close(flow, CloseReason::kEndOfStream);
        Flow& other = next();
        recording.we_end(other);
        recording.close(other, CloseReason::kEndOfStream);
    }
    {  // 8, 9: dead
        Flow& flow = next();
        recording.send(flow, bytes);
        recording.close(flow, CloseReason::kTimedOut, ETIMEDOUT);
        Flow& other = next();
        recording.receive(other, bytes);
        recording.we_end(other);
        recording.close(other, CloseReason::kError, EHOSTUNREACH);
    }
    recording.finish();
    Bytes many;
    for (int i = 0; i < 600; ++i)
        append(many, bytes);
    expect_stream(0, {}, {});
    expect_stream(2, bytes, many);
    expect_stream(3, many, bytes);
    expect_stream(4, {}, bytes);
    expect_stream(5, bytes, {});
    expect_no_flags();

    const Output comments =
        run({"tshark", "-n", "-r", path_, "-Y", "frame.comment contains \"closed\"", "-T", "fields",
             "-e", "tcp.stream", "-e", "tcp.flags.reset", "-e", "frame.comment"});
    EXPECT_NE(comments.text.find(
                  "4\t1\tclosed: reset by peer; 0 bytes received, 20000 sent, 77 were queued and "
                  "never sent"),
              std::string::npos)
        << comments.text;
    EXPECT_EQ(std::count(comments.text.begin(), comments.text.end(), '\n'), 10) << comments.text;
}

TEST_F(TsharkAgrees, OnAConnectionWhoseBothEndsAreOurs) {
    Recording recording = record();
    recording.endpoint(1);
    recording.endpoint(2, EndpointKind::kClient);
    const Bytes bytes = random_bytes(10'000, 4);
    Flow& server = recording.open(1, 1, ipv4(9000), ipv4(40001));
    Flow& client = recording.open(2, 2, ipv4(40001), ipv4(9000), true);
    Bytes all;
    for (int i = 0; i < 20; ++i) {
        recording.send(client, bytes);
        recording.receive(server, bytes);
        recording.send(server, bytes);
        recording.receive(client, bytes);
        append(all, bytes);
    }
    recording.we_end(client);
    recording.peer_ends(server);
    recording.we_end(server);
    recording.peer_ends(client);
    recording.close(server, CloseReason::kEndOfStream);
    recording.close(client, CloseReason::kClosedHere);
    recording.finish();
    expect_stream(0, all, all);
    expect_no_flags();
    const Output streams = run({"tshark", "-n", "-r", path_, "-T", "fields", "-e", "tcp.stream"});
    EXPECT_EQ(streams.text.find('1'), std::string::npos)
        << "the second side must not be seen twice";
    EXPECT_EQ(streams.errors.find("arning"), std::string::npos) << streams.errors;
}

TEST_F(TsharkAgrees, ThatHeadersAreWholeAndChecksumsOfIpRight) {
    Recording recording = record();
    recording.endpoint(1);
    Flow& a = recording.open(1, 1, ipv4(9000), ipv4(40001, 200));
    Flow& b = recording.open(2, 1, ipv6(9000), ipv6(40001, 200));
    for (std::size_t size = 1; size < 70; ++size) {
        recording.receive(a, random_bytes(size, size));
        recording.send(b, random_bytes(size, size));
    }
    recording.receive(a, random_bytes(net::capture::kMostReadBytes, 1));
    recording.receive(b, random_bytes(net::capture::kMostReadBytes, 1));
    recording.finish();
    const Output bad =
        run({"tshark", "-n", "-r", path_, "-o", "ip.check_checksum:TRUE", "-Y",
             "ip.checksum.status == Bad || _ws.malformed || _ws.expert.severity >= 0x600000"});
    EXPECT_EQ(bad.text, "");
    EXPECT_EQ(bad.status, 0) << bad.errors;
    const Output all = run({"tshark", "-n", "-r", path_, "-T", "fields", "-e", "frame.number"});
    EXPECT_EQ(std::count(all.text.begin(), all.text.end(), '\n'), 3 + 3 + 69 + 69 + 1 + 1);
}

TEST_F(TsharkAgrees, AndCapinfosHasNothingToComplainOf) {
    SKIP_WITHOUT("capinfos");
    Recording recording = record();
    recording.endpoint(1);
    recording.endpoint(2, EndpointKind::kClient, "example.org:80");
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(40001));
    recording.receive(flow, random_bytes(1000, 1));
    recording.note(net::channel::ServerListening{
        .endpoint = EndpointId{1}, .local = ipv4(9000), .time_ns = 1});
    recording.send(flow, random_bytes(1000, 1));
    recording.finish();
    const Output output = run({"capinfos", path_});
    EXPECT_EQ(output.status, 0);
    EXPECT_EQ(output.errors, "");
    EXPECT_NE(output.text.find("Number of packets:   5"), std::string::npos) << output.text;
    EXPECT_NE(output.text.find("Name = example.org:80"), std::string::npos) << output.text;
    EXPECT_NE(output.text.find("Wireloupe"), std::string::npos) << output.text;
}

}  // namespace
}  // namespace tests
