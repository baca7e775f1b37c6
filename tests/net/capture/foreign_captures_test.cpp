// Captures of other programs open as connections, every byte once and in order, and what is missing is said.

#include <algorithm>

#include "tests/net/capture/foreign_capture.h"
#include "tests/net/capture/random_recording.h"

namespace tests {
namespace {

using namespace net::channel;  // NOLINT(google-build-using-namespace)

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

class ForeignCaptures : public testing::Test {
  protected:
    ReadBack read(const ForeignCapture& capture) {
        write_file(path_, capture.bytes());
        return read_back(files_, path_);
    }
    // A client's packet and a server's, with the numbers kept up.
    ForeignCapture::Tcp client(std::uint8_t flags, const Bytes& bytes = {}) {
        return side(client_, server_, client_next_, server_next_, flags, bytes);
    }
    ForeignCapture::Tcp server(std::uint8_t flags, const Bytes& bytes = {}) {
        return side(server_, client_, server_next_, client_next_, flags, bytes);
    }
    void open(ForeignCapture& capture) {
        capture.add(client(kSyn));
        capture.add(server(kSyn | kAck));
        capture.add(client(kAck));
    }
    Bytes received(const ReadBack& read, std::uint64_t connection = 1) {
        return payload(files_, read.events, connection, Direction::kReceived);
    }
    Bytes sent(const ReadBack& read, std::uint64_t connection = 1) {
        return payload(files_, read.events, connection, Direction::kSent);
    }
    template <typename E>
    static std::vector<E> all(const ReadBack& read) {
        std::vector<E> found;
        for (const Event& event : read.events) {
            if (const auto* fact = std::get_if<E>(&event)) found.push_back(*fact);
        }
        return found;
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcap");
    net::bytes::SocketAddress client_ = ipv4(50'000, 2);
    net::bytes::SocketAddress server_ = ipv4(80, 1);
    std::uint32_t client_next_ = 0xFFFFFF00;  // so that it wraps
    std::uint32_t server_next_ = 5;

  private:
    static ForeignCapture::Tcp side(const net::bytes::SocketAddress& from,
                                    const net::bytes::SocketAddress& to,
                                    std::uint32_t& next,
                                    std::uint32_t other,
                                    std::uint8_t flags,
                                    const Bytes& bytes) {
        ForeignCapture::Tcp tcp;
        tcp.from = from;
        tcp.to = to;
        tcp.sequence = next;
        tcp.acknowledgement = (flags & kAck) != 0 ? other : 0;
        tcp.flags = flags;
        tcp.payload = bytes;
        next += static_cast<std::uint32_t>(bytes.size()) + ((flags & (kSyn | kFin)) != 0 ? 1U : 0U);
        return tcp;
    }
};

TEST_F(ForeignCaptures, OfEveryContainerLinkAndFamilyOpenAlike) {
    for (const Container container :
         {Container::kPcapMicroseconds, Container::kPcapNanoseconds, Container::kPcapng}) {
        for (const std::uint16_t link :
             std::initializer_list<std::uint16_t>{0, 1, 101, 108, 113, 228, 229, 276}) {
            for (const bool is_swapped : {false, true}) {
                for (const bool is_ipv6 : {false, true}) {
                    if ((link == 228 && is_ipv6) || (link == 229 && !is_ipv6)) continue;
                    SCOPED_TRACE(testing::Message()
                                 << int(container) << ' ' << link << ' ' << is_swapped << is_ipv6);
                    client_ = is_ipv6 ? ipv6(50'000, 2) : ipv4(50'000, 2);
                    server_ = is_ipv6 ? ipv6(80, 1) : ipv4(80, 1);
                    client_.scope_id = server_.scope_id = 0;
                    ForeignCapture capture(container, link, is_swapped);
                    open(capture);
                    auto request = client(kAck, random_bytes(700, 1));
                    request.vlans = link == 1 ? 2 : 0;
                    request.has_extension = is_ipv6;
                    capture.add(request);
                    const std::int64_t time = capture.time_ns();
                    auto answer = server(kAck, random_bytes(3, 2));
                    answer.trailer = link == 1 ? 6 : 0;  // Ethernet fills short frames up
                    capture.add(answer);
                    capture.add(client(kFin | kAck));
                    capture.add(server(kFin | kAck));
                    capture.add(client(kAck));
                    const ReadBack back = read(capture);
                    EXPECT_EQ(back.counts.why_it_ended, "");
                    EXPECT_EQ(back.counts.packets, 8U);
                    EXPECT_EQ(back.counts.skipped, 0U);
                    EXPECT_TRUE(received(back) == random_bytes(700, 1));
                    EXPECT_TRUE(sent(back) == random_bytes(3, 2));
                    const auto opened = all<ConnectionOpened>(back);
                    ASSERT_EQ(opened.size(), 1U);
                    EXPECT_EQ(opened[0].local, server_);
                    EXPECT_EQ(opened[0].peer, client_);
                    EXPECT_EQ(all<EndpointAdded>(back).size(), 1U);
                    EXPECT_EQ(all<PeerEnded>(back).size(), 1U);
                    const auto closed = all<ConnectionClosed>(back);
                    ASSERT_EQ(closed.size(), 1U);
                    EXPECT_EQ(closed[0].reason, CloseReason::kEndOfStream);
                    EXPECT_EQ(closed[0].received, 700U);
                    EXPECT_EQ(closed[0].sent, 3U);
                    EXPECT_EQ(all<Recorded>(back)[0].time_ns, time);
                }
            }
        }
    }
}

TEST_F(ForeignCaptures, TellEachByteOnceWhateverIsRepeatedReorderedOrOverlaps) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        client_next_ = static_cast<std::uint32_t>(seed * 0x11111111);
        ForeignCapture capture(Container::kPcapng, 101);
        open(capture);
        const Bytes stream = random_bytes(20'000, seed);
        const std::uint32_t first = client_next_;
        // Segments with overlaps, some twice, in a nearly right order.
        struct Piece {
            std::size_t at, size;
        };
        std::vector<Piece> pieces;
        std::uint64_t state = seed;
        const auto random = [&state](std::uint64_t below) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            return (state >> 33U) % below;
        };
        for (std::size_t at = 0; at < stream.size();) {
            const std::size_t size = std::min<std::size_t>(1 + random(1500), stream.size() - at);
            const std::size_t before = std::min<std::size_t>(at, random(3) == 0 ? random(800) : 0);
            pieces.push_back({at - before, size + before});
            if (random(4) == 0) pieces.push_back({at, size});
            at += size;
        }
        for (std::size_t i = 1; i < pieces.size(); ++i) {
            if (random(2) == 0)
                std::swap(pieces[i], pieces[i - std::min<std::size_t>(i, 1 + random(4))]);
        }
        for (const Piece& piece : pieces) {
            client_next_ = first + static_cast<std::uint32_t>(piece.at);
            capture.add(client(
                kAck, Bytes(stream.begin() + static_cast<std::ptrdiff_t>(piece.at),
                            stream.begin() + static_cast<std::ptrdiff_t>(piece.at + piece.size))));
        }
        client_next_ = first + static_cast<std::uint32_t>(stream.size());
        capture.add(client(kFin | kAck));
        const ReadBack back = read(capture);
        EXPECT_TRUE(received(back) == stream);
        EXPECT_EQ(all<StreamGap>(back).size(), 0U);
        EXPECT_EQ(all<PeerEnded>(back).size(), 1U);
    }
}

TEST_F(ForeignCaptures, SayHowManyBytesAreMissing) {
    ForeignCapture capture(Container::kPcapMicroseconds, 1);
    open(capture);
    capture.add(client(kAck, random_bytes(100, 1)));
    (void)client(kAck, random_bytes(1460, 2));  // never captured
    capture.add(client(kAck, random_bytes(50, 3)));
    capture.add(client(kRst | kAck));
    const ReadBack back = read(capture);
    const auto gaps = all<StreamGap>(back);
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_EQ(gaps[0].bytes, 1460U);
    EXPECT_EQ(gaps[0].direction, Direction::kReceived);
    EXPECT_EQ(gaps[0].cause, GapCause::kNotCaptured);
    EXPECT_EQ(received(back).size(), 150U);
    const auto closed = all<ConnectionClosed>(back);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].reason, CloseReason::kResetByPeer);
    EXPECT_EQ(closed[0].received, 1610U) << "the stream's length, with what is missing";
    // The gap is told at its place: after what came before it, before what came behind it.
    const auto lines = to_lines(back.events);
    const auto place = [&](std::string_view word, int nth) {
        std::size_t i = 0;
        for (; i < lines.size(); ++i) {
            if (lines[i].starts_with(word) && nth-- == 0) break;
        }
        return i;
    };
    EXPECT_LT(place("recorded", 0), place("gap", 0));
    EXPECT_LT(place("gap", 0), place("recorded", 1));
}

TEST_F(ForeignCaptures, SayWhatASnapshotLengthCutOff) {
    ForeignCapture capture(Container::kPcapng, 101);
    open(capture);
    auto long_one = client(kAck, random_bytes(1000, 1));
    long_one.captured = 24 + 32 + 10;
    capture.add(long_one);
    capture.add(client(kAck, random_bytes(20, 2)));
    const ReadBack back = read(capture);
    const auto gaps = all<StreamGap>(back);
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_EQ(gaps[0].bytes, 990U);
    EXPECT_EQ(received(back).size(), 30U);
}

TEST_F(ForeignCaptures, GiveUpAGapThatNeverFillsAndGoOn) {
    ForeignCapture capture(Container::kPcapng, 101);
    open(capture);
    (void)client(kAck, random_bytes(10, 1));
    for (std::uint64_t i = 0; i < 2000; ++i)
        capture.add(client(kAck, random_bytes(10, i)));
    const ReadBack back = read(capture);
    EXPECT_EQ(all<StreamGap>(back).size(), 1U);
    EXPECT_EQ(received(back).size(), 20'000U);
}

TEST_F(ForeignCaptures, TellTwoLivesOfAnAddressPairApart) {
    ForeignCapture capture(Container::kPcapng, 101);
    open(capture);
    capture.add(client(kAck, random_bytes(100, 1)));
    capture.add(server(kRst | kAck));
    client_next_ = 77;
    server_next_ = 99;
    open(capture);
    capture.add(client(kAck, random_bytes(100, 2)));
    const ReadBack back = read(capture);
    EXPECT_TRUE(received(back, 1) == random_bytes(100, 1));
    EXPECT_TRUE(received(back, 2) == random_bytes(100, 2));
    const auto closed = all<ConnectionClosed>(back);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].reason, CloseReason::kClosedHere);
}

TEST_F(ForeignCaptures, AGapWithNothingBehindItHasTheTimeOfTheLastPacket) {
    ForeignCapture capture(Container::kPcapng, 101);
    open(capture);
    server_next_ += 5000;  // which nobody captured
    capture.add(client(kAck, random_bytes(10, 1)));
    const std::int64_t time = capture.time_ns();
    const auto gaps = all<StreamGap>(read(capture));
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_EQ(gaps[0].bytes, 5000U);
    EXPECT_EQ(gaps[0].time_ns, time);
}

TEST_F(ForeignCaptures, ADirectionThatIsMissingForGigabytesIsAGapOfAllOfThem) {
    ForeignCapture capture(Container::kPcapng, 101);
    open(capture);
    constexpr std::uint32_t kStep = 100'000'000;
    constexpr std::uint64_t kSteps = 60;  // further than the numbers reach
    for (std::uint64_t i = 0; i < kSteps; ++i) {
        server_next_ += kStep;
        capture.add(client(kAck));
    }
    capture.add(server(kAck, random_bytes(700, 1)));
    capture.add(client(kAck, random_bytes(10, 2)));
    capture.add(server(kAck, random_bytes(300, 3)));
    const ReadBack back = read(capture);
    EXPECT_EQ(all<ConnectionOpened>(back).size(), 1U);
    std::uint64_t missing = 0;
    for (const StreamGap& gap : all<StreamGap>(back)) {
        EXPECT_EQ(gap.direction, Direction::kSent);
        missing += gap.bytes;
    }
    EXPECT_EQ(missing, kSteps * kStep);
    Bytes expected = random_bytes(700, 1);
    const Bytes more = random_bytes(300, 3);
    expected.insert(expected.end(), more.begin(), more.end());
    EXPECT_TRUE(sent(back) == expected);
    EXPECT_TRUE(received(back) == random_bytes(10, 2));
}

TEST_F(ForeignCaptures, BeginInTheMiddleOfAConnection) {
    ForeignCapture capture(Container::kPcapng, 101);
    capture.add(server(kAck, random_bytes(100, 1)));
    capture.add(client(kAck, random_bytes(200, 2)));
    const ReadBack back = read(capture);
    const auto opened = all<ConnectionOpened>(back);
    ASSERT_EQ(opened.size(), 1U);
    EXPECT_EQ(opened[0].local, server_) << "the lower port is the server's";
    EXPECT_TRUE(sent(back) == random_bytes(100, 1));
    EXPECT_TRUE(received(back) == random_bytes(200, 2));
}

TEST_F(ForeignCaptures, ARefusedConnectionIsNone) {
    ForeignCapture capture(Container::kPcapng, 101);
    capture.add(client(kSyn));
    capture.add(server(kRst | kAck));
    EXPECT_EQ(all<ConnectionOpened>(read(capture)).size(), 0U);
}

TEST_F(ForeignCaptures, OfSeveralSectionsInterfacesAndUnknownBlocksAreRead) {
    ForeignCapture capture(Container::kPcapng, 1);
    open(capture);
    capture.add_block(0x0BAD, Bytes(100, 1));
    capture.add_block(0x80574C02,
                      Bytes(100, 1));  // looks like a note of ours, in a section that is not
    capture.add(client(kAck, random_bytes(10, 1)));
    capture.add_packet(Bytes(60, 0x11));  // not IP
    capture.add_section(true);
    capture.add_interface(101, 9, "eth1\x1b[31m");
    capture.add(client(kAck, random_bytes(20, 2)));
    const std::int64_t time = capture.time_ns();
    const ReadBack back = read(capture);
    EXPECT_EQ(back.counts.why_it_ended, "");
    EXPECT_EQ(back.counts.skipped, 3U);
    EXPECT_EQ(received(back).size(), 30U);
    EXPECT_EQ(all<Recorded>(back)[1].time_ns, time);
}

// The bytes of a TCP segment in IP of either version, in pieces: none of them is told as data of the connection, and each is counted.
TEST_F(ForeignCaptures, FragmentsAreCountedAndSaid) {
    ForeignCapture capture(Container::kPcapng, 101);
    open(capture);
    capture.add(client(kAck, random_bytes(10, 1)));
    Bytes four(60, 0);
    four[0] = 0x45;
    four[3] = 60;
    four[9] = 6;
    std::copy_n(client_.ip.begin(), 4, four.begin() + 12);
    std::copy_n(server_.ip.begin(), 4, four.begin() + 16);
    for (const int fragment : {0x2000, 0x2003, 0x0006}) {  // the first, one more, the last
        four[6] = static_cast<std::uint8_t>(fragment >> 8);
        four[7] = static_cast<std::uint8_t>(fragment);
        capture.add_packet(four);
    }
    Bytes six(80, 0);
    six[0] = 0x60;
    six[5] = 40;
    six[6] = 44;  // a fragment header
    six[40] = 6;
    six[43] = 1;  // more follow
    capture.add_packet(six);
    const ReadBack back = read(capture);
    EXPECT_EQ(back.counts.skipped, 4U);
    EXPECT_EQ(back.counts.by_kind[static_cast<std::size_t>(net::capture::NotUnderstood::kFragment)],
              4U);
    EXPECT_NE(back.counts.in_words().find("4 fragments of IP packets"), std::string::npos)
        << back.counts.in_words();
    EXPECT_EQ(received(back), random_bytes(10, 1));
}

TEST_F(ForeignCaptures, NamesOfInterfacesAreMadePrintable) {
    ForeignCapture capture(Container::kPcapng, 1);
    capture.add_interface(101, 9, "eth1\x1b[31m");
    open(capture);
    const auto endpoints = all<EndpointAdded>(read(capture));
    ASSERT_EQ(endpoints.size(), 1U);
    EXPECT_EQ(endpoints[0].name.find('\x1b'), std::string::npos);
    EXPECT_TRUE(endpoints[0].name.starts_with("eth1")) << endpoints[0].name;
}

TEST_F(ForeignCaptures, OfOursThatEditcapConvertedHoldTheSameBytes) {
    SKIP_WITHOUT("editcap");
    const std::string ours = directory_.path("ours.pcapng");
    Recording recording = Recording::at(files_, ours);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(40001));
    Bytes in, out;
    for (std::uint64_t i = 0; i < 300; ++i) {
        const Bytes bytes = random_bytes(1 + i * 37, i);
        recording.receive(flow, bytes);
        recording.send(flow, bytes);
        in.insert(in.end(), bytes.begin(), bytes.end());
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    recording.peer_ends(flow);
    recording.close(flow, CloseReason::kEndOfStream);
    recording.finish();
    for (const char* format : {"pcap", "nsecpcap", "pcapng"}) {
        SCOPED_TRACE(format);
        const std::string theirs = directory_.path(format);
        ASSERT_EQ(run({"editcap", "-F", format, ours, theirs}).status, 0);
        const ReadBack back = read_back(files_, theirs);
        EXPECT_EQ(back.counts.why_it_ended, "");
        EXPECT_TRUE(received(back) == in);
        EXPECT_TRUE(sent(back) == out);
        const auto closed = all<ConnectionClosed>(back);
        ASSERT_EQ(closed.size(), 1U);
        EXPECT_EQ(closed[0].reason, CloseReason::kEndOfStream);
    }
}

}  // namespace
}  // namespace tests
