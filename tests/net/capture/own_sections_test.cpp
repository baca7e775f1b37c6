// A capture in several files: each alone, all of them one behind the other, some of them, and files that still grow.
#include "net/capture/block_options.h"
#include "net/capture/note_codec.h"
#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <unistd.h>

#include "tests/net/capture/foreign_capture.h"
#include "tests/net/capture/random_recording.h"

namespace tests {
namespace {

using namespace net::channel;  // NOLINT(google-build-using-namespace)
namespace format = net::capture::format;

template <typename T>
void put(Bytes& to, T value) {
    const auto* raw = reinterpret_cast<const std::uint8_t*>(&value);
    to.insert(to.end(), raw, raw + sizeof value);
}

Bytes block(std::uint32_t type, Bytes body) {
    body.resize((body.size() + 3) / 4 * 4);
    Bytes whole;
    put(whole, type);
    put(whole, static_cast<std::uint32_t>(body.size() + 12));
    whole.insert(whole.end(), body.begin(), body.end());
    put(whole, static_cast<std::uint32_t>(body.size() + 12));
    return whole;
}

// A section header of ours, as the `number`-th file of the run `run`.
Bytes section(std::uint8_t run, std::uint32_t number) {
    Bytes body;
    put(body, format::kByteOrderMagic);
    put(body, std::uint32_t{1});
    put(body, ~std::uint64_t{0});
    put(body, format::kOptionSignature);
    put(body, std::uint16_t{8});
    body.insert(body.end(), std::begin(format::kSignature), std::end(format::kSignature));
    put(body, format::kOptionRun);
    put(body, static_cast<std::uint16_t>(format::kRunBytes));
    body.insert(body.end(), format::kRunIdBytes, run);
    put(body, number);
    put(body, std::uint32_t{0});
    return block(format::kBlockSection, body);
}

void append(Bytes& to, const Bytes& bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

// One recording with every block's place, to be laid out in files as the writer does.
class OwnSections : public testing::Test {
  protected:
    void SetUp() override {
        net::capture::FileTable files;
        const std::string path = directory_.path("all");
        Recording recording = Recording::at(files, path);
        recording.endpoint(1);
        first_ = &recording.open(1, 1, ipv4(9000), ipv4(40001));
        recording.receive(*first_, random_bytes(1000, 1));
        recording.send(*first_, random_bytes(70, 2));
        recording.peer_ends(*first_);
        cut_ = recording.writer().flushed_end() + recording.writer().batched_bytes();
        at_cut_ = {.connection = ConnectionId{1},
                   .endpoint = EndpointId{1},
                   .local = ipv4(9000),
                   .peer = ipv4(40001),
                   .opened_ns = 5,
                   .received = 1000,
                   .sent = 70,
                   .has_peer_ended = true};
        recording.send(*first_, random_bytes(500, 3));
        recording.close(*first_, CloseReason::kEndOfStream);
        Flow& second = recording.open(2, 1, ipv4(9000), ipv4(40002));
        recording.receive(second, random_bytes(10, 4));
        recording.finish();
        const Bytes whole = read_file(path);
        std::vector<std::size_t> ends;
        for (std::size_t at = 0; at < whole.size();) {
            std::uint32_t length = 0;
            std::memcpy(&length, &whole[at + 4], 4);
            ends.push_back(at += length);
        }
        interface_.assign(whole.begin() + static_cast<std::ptrdiff_t>(ends[0]),
                          whole.begin() + static_cast<std::ptrdiff_t>(ends[1]));
        early_.assign(whole.begin() + static_cast<std::ptrdiff_t>(ends[1]),
                      whole.begin() + static_cast<std::ptrdiff_t>(cut_));
        late_.assign(whole.begin() + static_cast<std::ptrdiff_t>(cut_), whole.end());
        Bytes note;
        net::capture::encode_continued(at_cut_, note);
        continued_ = block(format::kBlockNote, note);
        note.clear();
        net::capture::encode_run_ended(
            ServiceStopped{.connections = 2, .read_pauses = 4, .time_ns = 99}, note);
        ended_ = block(format::kBlockNote, note);
    }
    [[nodiscard]] Bytes first_file(std::uint8_t run = 7) const {
        Bytes bytes = section(run, 0);
        append(bytes, interface_);
        append(bytes, early_);
        return bytes;
    }
    [[nodiscard]] Bytes second_file(std::uint8_t run = 7, std::uint32_t number = 1) const {
        Bytes bytes = section(run, number);
        append(bytes, interface_);
        append(bytes, continued_);
        append(bytes, late_);
        append(bytes, ended_);
        return bytes;
    }
    ReadBack read(const Bytes& bytes) {
        const std::string path = directory_.path("x" + std::to_string(++made_));
        write_file(path, bytes);
        return read_back(files_, path);
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
    Flow* first_ = nullptr;
    std::uint64_t cut_ = 0;
    net::capture::ContinuedConnection at_cut_;
    Bytes interface_, early_, late_, continued_, ended_;
    int made_ = 0;
};

TEST_F(OwnSections, OneBehindTheOtherAreOneCapture) {
    Bytes bytes = first_file();
    append(bytes, second_file());
    const ReadBack back = read(bytes);
    EXPECT_EQ(back.counts.in_words(), "");
    EXPECT_EQ(all<EndpointAdded>(back).size(), 1U);
    EXPECT_EQ(all<ConnectionOpened>(back).size(), 2U);
    EXPECT_EQ(all<StreamGap>(back).size(), 0U);
    EXPECT_EQ(payload(files_, back.events, 1, Direction::kReceived), random_bytes(1000, 1));
    Bytes sent = random_bytes(70, 2);
    append(sent, random_bytes(500, 3));
    EXPECT_EQ(payload(files_, back.events, 1, Direction::kSent), sent);
    EXPECT_EQ(payload(files_, back.events, 2, Direction::kReceived), random_bytes(10, 4));
    const auto stopped = all<ServiceStopped>(back);
    ASSERT_EQ(stopped.size(), 1U);
    EXPECT_EQ(stopped[0].read_pauses, 4U) << "the run's own last words";
    EXPECT_EQ(stopped[0].time_ns, 99);
}

TEST_F(OwnSections, ALaterOneAloneSaysWhatLiesInEarlierOnes) {
    const ReadBack back = read(second_file());
    const auto opened = all<ConnectionOpened>(back);
    ASSERT_EQ(opened.size(), 2U);
    EXPECT_TRUE(opened[0].is_continued);
    EXPECT_EQ(opened[0].time_ns, 5);
    EXPECT_EQ(opened[0].local, at_cut_.local);
    EXPECT_EQ(opened[0].peer, at_cut_.peer);
    EXPECT_FALSE(opened[1].is_continued);
    const auto gaps = all<StreamGap>(back);
    ASSERT_EQ(gaps.size(), 2U);
    EXPECT_EQ(gaps[0].bytes, 1000U);
    EXPECT_EQ(gaps[0].direction, Direction::kReceived);
    EXPECT_EQ(gaps[0].cause, GapCause::kEarlierFile);
    EXPECT_EQ(gaps[1].bytes, 70U);
    EXPECT_EQ(gaps[1].direction, Direction::kSent);
    EXPECT_EQ(all<PeerEnded>(back).size(), 1U);
    const auto closed = all<ConnectionClosed>(back);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].received, 1000U);
    EXPECT_EQ(closed[0].sent, 570U);
    EXPECT_FALSE(back.counts.lacks_run_end);
}

TEST_F(OwnSections, AnEarlierOneAloneLeavesItsConnectionsOpenAndSaysSo) {
    const ReadBack back = read(first_file());
    EXPECT_EQ(all<ConnectionClosed>(back).size(), 0U);
    EXPECT_TRUE(back.counts.lacks_run_end);
    EXPECT_NE(back.counts.in_words().find("end of its run is not in this file"), std::string::npos);
}

TEST_F(OwnSections, OfTwoRunsAndTheSameOneTwiceStayApart) {
    for (const std::uint8_t other : std::initializer_list<std::uint8_t>{8, 7}) {
        Bytes bytes = first_file();
        append(bytes, other == 8 ? second_file(8) : first_file());
        const ReadBack back = read(bytes);
        const auto opened = all<ConnectionOpened>(back);
        ASSERT_GE(opened.size(), 2U);
        EXPECT_NE(opened[0].connection, opened[1].connection);
        EXPECT_EQ(all<EndpointAdded>(back).size(), 2U);
    }
}

TEST_F(OwnSections, WithAnotherProgramsBetweenThemHaveNoIdTwice) {
    ForeignCapture foreign(Container::kPcapng, 101);
    for (std::uint16_t i = 1; i <= 3; ++i) {
        ForeignCapture::Tcp tcp;
        tcp.from = ipv4(static_cast<std::uint16_t>(1000 + i), 2);
        tcp.to = ipv4(80, 1);
        tcp.flags = format::kTcpAck;
        tcp.payload = random_bytes(10 * i, i);
        foreign.add(tcp);
    }
    Bytes bytes = first_file();
    append(bytes, foreign.bytes());
    append(bytes, second_file());
    const ReadBack back = read(bytes);
    std::set<std::uint64_t> connections;
    std::set<std::uint64_t> endpoints;
    for (const ConnectionOpened& opened : all<ConnectionOpened>(back))
        EXPECT_TRUE(connections.insert(number(opened.connection)).second);
    for (const EndpointAdded& added : all<EndpointAdded>(back))
        EXPECT_TRUE(endpoints.insert(number(added.endpoint)).second);
    EXPECT_EQ(connections.size(), 1U + 3U + 2U);
    EXPECT_EQ(endpoints.size(), 3U);
    // The part in the first file is a gap of the one that goes on, as where that file is not there.
    EXPECT_EQ(all<StreamGap>(back).size(), 2U);
    EXPECT_EQ(payload(files_, back.events, 4, Direction::kReceived), random_bytes(30, 3));
    // Where the other program's section has nothing, nothing stands between them.
    bytes = first_file();
    append(bytes, ForeignCapture(Container::kPcapng, 101).bytes());
    append(bytes, second_file());
    EXPECT_EQ(all<ConnectionOpened>(read(bytes)).size(), 2U);
}

TEST_F(OwnSections, AFileThatIsMissingBetweenTwoIsAGap) {
    at_cut_.received = 1500;  // 500 of them in the file that is not there
    Bytes note;
    net::capture::encode_continued(at_cut_, note);
    continued_ = block(format::kBlockNote, note);
    Bytes bytes = first_file();
    append(bytes, second_file(7, 5));
    const ReadBack back = read(bytes);
    EXPECT_EQ(all<ConnectionOpened>(back).size(), 2U);
    const auto gaps = all<StreamGap>(back);
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_EQ(gaps[0].bytes, 500U);
}

// What is told while a file grows, byte by byte or in larger steps, is what the whole one tells.
TEST_F(OwnSections, ThatGrowAreReadAsTheyAre) {
    ForeignCapture foreign(Container::kPcapMicroseconds, 1);
    for (std::uint64_t i = 0; i < 5; ++i)
        foreign.add_packet(random_bytes(60, i));
    Bytes ours = first_file();
    append(ours, second_file());
    for (const Bytes& whole : {ours, foreign.bytes()}) {
        const auto expected = to_lines(facts(read(whole), FileId{1}));
        for (const std::size_t step : {1U, 7U, 100U, 100'000U}) {
            const std::string path = directory_.path("growing" + std::to_string(++made_));
            write_file(path, std::span{whole}.first(net::capture::kOpeningBytes));
            const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
            int error = 0;
            const FileId file = net::capture::open_capture(files_, path, error);
            std::string message;
            const auto reader = net::capture::Reader::open(files_, file, message);
            ASSERT_NE(reader, nullptr) << message;
            reader->set_growing(true);
            ReadBack back;
            Event event;
            for (std::size_t at = net::capture::kOpeningBytes; at < whole.size(); at += step) {
                while (reader->next(event))
                    back.events.push_back(event);
                ASSERT_LE(reader->offset(), at);
                const std::size_t size = std::min(step, whole.size() - at);
                ASSERT_EQ(::write(fd, &whole[at], size), static_cast<ssize_t>(size));
            }
            while (reader->next(event))
                back.events.push_back(event);
            EXPECT_EQ(reader->offset(), whole.size()) << "all of it is told while it may grow on";
            reader->set_growing(false);
            while (reader->next(event))
                back.events.push_back(event);
            EXPECT_EQ(to_lines(facts(back, FileId{1})), expected) << step;
            EXPECT_EQ(reader->counts().why_it_ended, "");
            ::close(fd);
        }
    }
}

}  // namespace
}  // namespace tests
