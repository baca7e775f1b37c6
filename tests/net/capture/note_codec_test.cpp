// Notes that the reader tests do not reach through a whole file: both ways, cut short, in the other byte order.

#include "net/capture/note_codec.h"

#include "net/capture/pcapng_format.h"

#include "tests/net/capture/capture_fixture.h"

namespace tests {
namespace {

using net::capture::ContinuedConnection;
using net::channel::ServiceStopped;

ContinuedConnection example() {
    return {.connection = ConnectionId{0x1122334455667788},
            .endpoint = EndpointId{7},
            .local = ipv6(9000),
            .peer = ipv6(50001, 2),
            .opened_ns = next_time(),
            .received = 0x0102030405060708,
            .sent = 42,
            .was_opened_here = true,
            .is_second_side = false,
            .has_peer_ended = true,
            .has_ended_here = false};
}

void expect_same(const ContinuedConnection& a, const ContinuedConnection& b) {
    EXPECT_EQ(a.connection, b.connection);
    EXPECT_EQ(a.endpoint, b.endpoint);
    EXPECT_EQ(a.local, b.local);
    EXPECT_EQ(a.peer, b.peer);
    EXPECT_EQ(a.opened_ns, b.opened_ns);
    EXPECT_EQ(a.received, b.received);
    EXPECT_EQ(a.sent, b.sent);
    EXPECT_EQ(a.was_opened_here, b.was_opened_here);
    EXPECT_EQ(a.is_second_side, b.is_second_side);
    EXPECT_EQ(a.has_peer_ended, b.has_peer_ended);
    EXPECT_EQ(a.has_ended_here, b.has_ended_here);
}

TEST(NoteCodec, AContinuedConnectionComesBackAndNothingLessThanWhole) {
    for (int i = 0; i < 16; ++i) {
        ContinuedConnection one = example();
        one.was_opened_here = (i & 1) != 0;
        one.is_second_side = (i & 2) != 0;
        one.has_peer_ended = (i & 4) != 0;
        one.has_ended_here = (i & 8) != 0;
        Bytes body;
        net::capture::encode_continued(one, body);
        const auto back = net::capture::decode_continued(body, false);
        ASSERT_TRUE(back.has_value());
        expect_same(*back, one);
        EXPECT_FALSE(net::capture::decode_note(body, false).has_value()) << "it is no event";
        for (std::size_t size = 0; size < body.size(); ++size) {
            EXPECT_FALSE(
                net::capture::decode_continued(std::span{body}.first(size), false).has_value());
        }
        body.push_back(0);  // a field of a later version
        EXPECT_TRUE(net::capture::decode_continued(body, false).has_value());
    }
}

TEST(NoteCodec, AContinuedConnectionOfNobodyIsNone) {
    ContinuedConnection nobody = example();
    nobody.connection = ConnectionId::kNone;
    Bytes body;
    net::capture::encode_continued(nobody, body);
    EXPECT_FALSE(net::capture::decode_continued(body, false).has_value());
}

TEST(NoteCodec, TheEndOfARunComesBackAsTheEventItIs) {
    const ServiceStopped stopped{.connections = 5,
                                 .read_pauses = 4,
                                 .datagrams_dropped = 3,
                                 .loop_close_result = -16,
                                 .time_ns = next_time()};
    Bytes body;
    net::capture::encode_run_ended(stopped, body);
    const auto event = net::capture::decode_note(body, false);
    ASSERT_TRUE(event.has_value());
    const auto* back = std::get_if<ServiceStopped>(&*event);
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(back->connections, stopped.connections);
    EXPECT_EQ(back->read_pauses, stopped.read_pauses);
    EXPECT_EQ(back->datagrams_dropped, stopped.datagrams_dropped);
    EXPECT_EQ(back->loop_close_result, stopped.loop_close_result);
    EXPECT_EQ(back->time_ns, stopped.time_ns);
    EXPECT_FALSE(net::capture::decode_continued(body, false).has_value());
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_FALSE(net::capture::decode_note(std::span{body}.first(size), false).has_value());
    // It is written by its own function only: told live it is an event without a note.
    Bytes none;
    EXPECT_FALSE(net::capture::encode_note(*event, none));
}

TEST(NoteCodec, AContinuedConnectionIsReadInTheOtherByteOrder) {
    const ContinuedConnection one = example();
    Bytes body;
    net::capture::encode_continued(one, body);
    // What a machine of the other order would have written: each number turned round.
    std::size_t at = 0;
    const auto turn = [&](std::size_t size) {
        std::reverse(body.begin() + static_cast<std::ptrdiff_t>(at),
                     body.begin() + static_cast<std::ptrdiff_t>(at + size));
        at += size;
    };
    const auto turn_address = [&] {
        at += 1 + one.local.ip.size();
        turn(4);
        turn(2);
    };
    turn(4), turn(2), turn(8), turn(8), turn(8), turn(8);
    at += 4;
    turn(8);
    turn_address();
    turn_address();
    ASSERT_EQ(at, body.size());
    const auto back = net::capture::decode_continued(body, true);
    ASSERT_TRUE(back.has_value());
    expect_same(*back, one);
}

}  // namespace
}  // namespace tests
