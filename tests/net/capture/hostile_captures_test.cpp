// Files that lie: every one opens or is refused, in bounded time and memory, and nothing in it is believed.

#include "net/capture/address_pair.h"
#include "net/capture/stream_tracker.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <malloc.h>
#include <random>
#include <set>
#include <unistd.h>

#include "tests/net/capture/foreign_capture.h"
#include "tests/net/capture/random_recording.h"

namespace tests {
namespace {

class HostileCaptures : public testing::Test {
  protected:
    // Reads it to its end; every event must name bytes that are in the file.
    net::capture::ReaderCounts survive(const Bytes& bytes) {
        if (file_ == FileId::kNone) {
            file_ = files_.add(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), path_);
        }
        const int fd = files_.descriptor(file_);
        EXPECT_EQ(::ftruncate(fd, static_cast<off_t>(bytes.size())), 0);
        EXPECT_EQ(::pwrite(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
        std::string message;
        const auto reader = net::capture::Reader::open(files_, file_, message);
        if (reader == nullptr) {
            EXPECT_NE(message, "");
            return {};
        }
        Event event;
        std::uint64_t events = 0;
        std::set<std::uint64_t> datagrams;
        while (reader->next(event)) {
            ++events;
            if (const auto* recorded = std::get_if<net::channel::Recorded>(&event)) {
                EXPECT_LE(recorded->offset, bytes.size());
                EXPECT_LE(recorded->size, bytes.size() - recorded->offset);
                // Only a datagram may be empty.
                EXPECT_TRUE(recorded->size > 0 || datagrams.contains(number(recorded->connection)));
            } else if (const auto* opened = std::get_if<net::channel::ConnectionOpened>(&event)) {
                if (opened->protocol == net::channel::Protocol::kUdp)
                    datagrams.insert(number(opened->connection));
            }
        }
        EXPECT_LE(reader->offset(), bytes.size());
        EXPECT_EQ(reader->counts().left_over_bytes, bytes.size() - reader->offset());
        // A block of 12 bytes is the least that can tell anything; a packet of a foreign file may release what was held before.
        EXPECT_LE(events, bytes.size() / 4 + 16);
        return reader->counts();
    }
    static void set32(Bytes& bytes, std::size_t at, std::uint32_t value) {
        std::memcpy(&bytes[at], &value, 4);
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x");
    FileId file_{};
};

TEST_F(HostileCaptures, LengthsThatLie) {
    ForeignCapture good(Container::kPcapng, 101);
    for (std::uint64_t i = 0; i < 5; ++i)
        good.add_packet(random_bytes(100, i));
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < good.bytes().size();) {
        starts.push_back(at);
        std::uint32_t length = 0;
        std::memcpy(&length, &good.bytes()[at + 4], 4);
        at += length;
    }
    for (const std::size_t start : starts) {
        for (const std::uint32_t length :
             {0U, 1U, 4U, 8U, 11U, 12U, 13U, 16U, 20U, 28U, 31U, 32U, 0x7FFFFFFFU, 0x80000000U,
              0xFFFFFFF0U, 0xFFFFFFFCU, 0xFFFFFFFFU, 16U << 20U, (16U << 20U) + 4}) {
            Bytes bytes = good.bytes();
            set32(bytes, start + 4, length);
            survive(bytes);
            // And with a trailer that agrees, where there is room for it.
            if (length >= 12 && start + length <= bytes.size()) {
                set32(bytes, start + length - 4, length);
                survive(bytes);
            }
        }
        for (const std::uint32_t captured :
             {0U, 1U, 101U, 104U, 0x7FFFFFFFU, 0xFFFFFFFDU, 0xFFFFFFFFU}) {
            Bytes bytes = good.bytes();
            set32(bytes, start + 20, captured);
            survive(bytes);
        }
    }
    EXPECT_EQ(survive(good.bytes()).packets, 5U);
}

TEST_F(HostileCaptures, ClassicRecordsThatLie) {
    for (const std::uint32_t length :
         {0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU, 0xFFFFFFF0U, 17U << 20U, 1000U}) {
        ForeignCapture good(Container::kPcapMicroseconds, 1);
        good.add_packet(random_bytes(100, 1));
        good.add_packet(random_bytes(100, 2));
        Bytes bytes = good.bytes();
        set32(bytes, 24 + 116 + 8, length);
        const auto counts = survive(bytes);
        EXPECT_EQ(counts.packets, 1U);
        EXPECT_NE(counts.why_it_ended, "");
        EXPECT_EQ(counts.left_over_bytes, 116U);
    }
}

TEST_F(HostileCaptures, SmallestBlocksByTheMillion) {
    ForeignCapture capture(Container::kPcapng, 101);
    for (int i = 0; i < 1'000'000; ++i)
        capture.add_block(0x0BAD, {});
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(survive(capture.bytes()).skipped, 1'000'000U);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(12))
        << "one second a MiB";
}

TEST_F(HostileCaptures, MoreInterfacesThanAnybodyHas) {
    ForeignCapture capture(Container::kPcapng, 101);
    for (int i = 0; i < 70'000; ++i)
        capture.add_interface(101, 9, "an interface with a name that is as long as this one");
    const auto counts = survive(capture.bytes());
    EXPECT_NE(counts.why_it_ended.find("65536"), std::string::npos) << counts.why_it_ended;
}

TEST_F(HostileCaptures, SectionAfterSection) {
    ForeignCapture capture(Container::kPcapng, 101);
    for (int i = 0; i < 100'000; ++i)
        capture.add_section(i % 2 == 0);
    EXPECT_EQ(survive(capture.bytes()).why_it_ended, "");
}

TEST_F(HostileCaptures, OptionsThatPointAnywhere) {
    Recording recording = Recording::at(files_, directory_.path("ours"));
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.receive(flow, random_bytes(10, 1));
    recording.close(flow, net::channel::CloseReason::kResetByPeer);
    recording.note(net::channel::ServerListening{.endpoint = EndpointId{1}, .local = ipv4(9000)});
    recording.finish();
    const Bytes good = read_file(directory_.path("ours"));
    for (std::size_t at = 0; at + 2 <= good.size(); at += 2) {
        for (const unsigned number : {0U, 1U, 4U, 0x7FFFU, 0xFFFCU, 0xFFFFU}) {
            Bytes bytes = good;
            const auto value = static_cast<std::uint16_t>(number);
            std::memcpy(&bytes[at], &value, 2);
            survive(bytes);
        }
    }
}

TEST_F(HostileCaptures, TimesBeyondAllTime) {
    for (const std::uint8_t resolution : std::initializer_list<std::uint8_t>{
             0, 1, 9, 18, 19, 20, 64, 127, 128, 129, 191, 192, 255}) {
        ForeignCapture capture(Container::kPcapng, 101);
        capture.add_interface(101, resolution, "");
        Bytes body(20 + 40, 0xFF);
        set32(body, 0, 1);
        set32(body, 12, 40);
        set32(body, 16, 40);
        capture.add_block(6, body);
        EXPECT_EQ(survive(capture.bytes()).packets, 1U);
    }
}

TEST_F(HostileCaptures, MutatedAtRandom) {
    std::vector<Bytes> seeds;
    {
        Recording recording = Recording::at(files_, directory_.path("ours"));
        record_at_random(recording, 5, 150, 200);
        recording.finish();
        seeds.push_back(read_file(directory_.path("ours")));
    }
    for (const Container container : {Container::kPcapng, Container::kPcapMicroseconds}) {
        for (const std::uint16_t link : std::initializer_list<std::uint16_t>{1, 101, 276}) {
            ForeignCapture capture(container, link, link == 1);
            for (std::uint32_t i = 0; i < 60; ++i) {
                ForeignCapture::Tcp tcp;
                tcp.from = i % 2 == 0 ? ipv6(1, 1) : ipv6(2, 2);
                tcp.to = i % 2 == 0 ? ipv6(2, 2) : ipv6(1, 1);
                if (i % 5 == 0) tcp.from = ipv4(1, 1), tcp.to = ipv4(2, 2);
                tcp.sequence = i * 50;
                tcp.flags = static_cast<std::uint8_t>(i % 32);
                tcp.payload = random_bytes(i * 7 % 100, i);
                tcp.has_extension = i % 3 == 0;
                capture.add(tcp);
            }
            seeds.push_back(capture.bytes());
        }
    }
    std::mt19937_64 random(1);
    for (int round = 0; round < 40000; ++round) {
        Bytes bytes = seeds[random() % seeds.size()];
        for (std::uint64_t i = 1 + random() % 8; i > 0; --i) {
            const std::size_t at = random() % bytes.size();
            switch (random() % 6) {
                case 0: bytes[at] = static_cast<std::uint8_t>(random()); break;
                case 1: bytes[at] ^= static_cast<std::uint8_t>(1U << random() % 8); break;
                case 2:
                    if (at + 4 <= bytes.size())
                        set32(bytes, at / 4 * 4, static_cast<std::uint32_t>(random() % 300));
                    break;
                case 3: {  // a stretch twice
                    const std::size_t size =
                        std::min<std::size_t>(random() % 200, bytes.size() - at);
                    const Bytes stretch(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                        bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
                    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), stretch.begin(),
                                 stretch.end());
                    break;
                }
                case 4:
                    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                bytes.begin() + static_cast<std::ptrdiff_t>(
                                                    at + std::min<std::size_t>(random() % 50,
                                                                               bytes.size() - at)));
                    break;
                default: bytes.resize(at + 1); break;
            }
            if (bytes.empty()) bytes.push_back(0);
        }
        survive(bytes);
        if (HasFailure()) {
            write_file("/tmp/wireloupe-hostile-capture", bytes);
            FAIL() << "round " << round << ": kept as /tmp/wireloupe-hostile-capture";
        }
    }
}

// The tracker under packets that open connections, and leave gaps, without end.
TEST(StreamTrackerBounds, HoldWhateverThePacketsSay) {
    std::uint64_t events = 0;
    std::uint64_t connections = 0;
    net::capture::StreamTracker tracker([&](Event) { ++events; },
                                        [&] { return ConnectionId{++connections}; });
    // A sanitizer's own allocator does not tell mallinfo2(3).
    [[maybe_unused]] const std::size_t before = ::mallinfo2().uordblks;
    std::size_t most = 0;
    for (std::uint32_t i = 0; i < 200'000; ++i) {
        net::capture::Segment segment;
        segment.from = ipv4(static_cast<std::uint16_t>(i), static_cast<std::uint8_t>(i >> 16U));
        segment.to = ipv4(80, 99);
        segment.flags = 2;
        (void)tracker.take(segment, FileId{1}, 0, 0, [] { return EndpointId{1}; });
        segment.flags = 16;
        segment.payload = 10;
        for (std::uint32_t k = 1; k <= 3; ++k) {
            segment.sequence = 1000 * k;  // never what comes next
            (void)tracker.take(segment, FileId{1}, 0, 0, [] { return EndpointId{1}; });
        }
        ASSERT_LE(tracker.tracked(), net::capture::StreamTracker::kMostTracked);
        if (i % 1000 == 0) most = std::max(most, ::mallinfo2().uordblks);
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LE(most - before, std::size_t{64} << 20U);
#endif
    EXPECT_EQ(connections, 200'000U);
    while (tracker.release_one()) {
    }
    EXPECT_EQ(tracker.tracked(), 0U);
}

// What a connection held is not to leave its room behind: 512 segments that wait, then all but the last come due.
TEST(StreamTrackerBounds, HoldWhatIsHeldAndNotWhatWas) {
    net::capture::StreamTracker tracker([](Event) {}, [] { return ConnectionId{1}; });
    [[maybe_unused]] const std::size_t before = ::mallinfo2().uordblks;
    constexpr std::uint32_t kConnections = 2000;
    for (std::uint32_t i = 0; i < kConnections; ++i) {
        net::capture::Segment segment;
        segment.from = ipv4(static_cast<std::uint16_t>(i + 1), 7);
        segment.to = ipv4(80, 99);
        segment.flags = 2;
        (void)tracker.take(segment, FileId{1}, 0, 0, [] { return EndpointId{1}; });
        segment.flags = 16;
        segment.payload = 10;
        for (std::uint32_t k = 1; k < net::capture::StreamTracker::kMostHeld; ++k) {
            segment.sequence = 1 + 10 * k;
            (void)tracker.take(segment, FileId{1}, 0, 0, [] { return EndpointId{1}; });
        }
        segment.sequence = 100'000;
        (void)tracker.take(segment, FileId{1}, 0, 0, [] { return EndpointId{1}; });
        segment.sequence = 1;
        (void)tracker.take(segment, FileId{1}, 0, 0, [] { return EndpointId{1}; });
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LE(::mallinfo2().uordblks - before, std::size_t{kConnections} * 1024);
#endif
}

// An address pair's hash is 64 bits of a function that anybody can read: these, of one so chosen, all have the same without a secret.
TEST(AddressPairs, ThatAreChosenToCollideDoNot) {
    const auto plain_step = [](std::uint64_t mixed, std::uint64_t word) {
        mixed = (mixed ^ word) * 0x9E3779B97F4A7C15ULL;
        return mixed ^ (mixed >> 29U);
    };
    std::set<std::size_t> hashes;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        net::capture::AddressPair pair;
        pair.first.family = pair.second.family = net::bytes::Family::kIpv6;
        const std::uint64_t halves[2] = {i, plain_step(0xCBF29CE484222325ULL, i) ^ 4711};
        std::memcpy(pair.first.ip.data(), halves, sizeof halves);
        hashes.insert(net::capture::AddressPairHash{}(pair));
        // Nor does the highest bit go through as it is.
        const std::uint64_t high[2] = {i | 1ULL << 63U, halves[1] ^ (1ULL << 63U | 1ULL << 34U)};
        std::memcpy(pair.first.ip.data(), high, sizeof high);
        hashes.insert(net::capture::AddressPairHash{}(pair));
    }
    EXPECT_GE(hashes.size(), 1990U);
}

}  // namespace
}  // namespace tests
