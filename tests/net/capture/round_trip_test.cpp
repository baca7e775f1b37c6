// What was told live is what the saved file tells: the same events in the same order, the same bytes at the same places.

#include "net/capture/note_codec.h"

#include <numeric>
#include <sys/stat.h>

#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/random_recording.h"

namespace tests {
namespace {

using namespace net::channel;  // NOLINT(google-build-using-namespace)

class RoundTrip : public testing::Test {
  protected:
    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcapng");
};

TEST_F(RoundTrip, GivesBackWhatWasToldWhateverHappened) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        const std::string path = directory_.path(std::to_string(seed));
        Recording recording = Recording::at(files_, path);
        record_at_random(recording, seed, 400, net::capture::kMostReadBytes);
        const FileId file = recording.writer().file();
        recording.finish();
        const ReadBack read = read_back(files_, path);
        const auto told = to_lines(recording.events());
        const auto found = to_lines(facts(read, file));
        ASSERT_EQ(found.size(), told.size());
        for (std::size_t i = 0; i < told.size(); ++i)
            ASSERT_EQ(found[i], told[i]) << "event " << i;
        EXPECT_EQ(read.counts.skipped, 0U);
        EXPECT_EQ(read.counts.left_over_bytes, 0U);
        EXPECT_EQ(read.counts.why_it_ended, "");
        ASSERT_GE(read.events.size(), 3U);
        const auto* mark = std::get_if<LedgerMark>(&read.events[read.events.size() - 2]);
        ASSERT_NE(mark, nullptr);
        EXPECT_EQ(mark->received, recording.received);
        EXPECT_EQ(mark->sent, recording.sent);
        EXPECT_EQ(mark->end_offset, std::filesystem::file_size(path));
        EXPECT_TRUE(std::holds_alternative<ServiceStopped>(read.events.back()));
        EXPECT_TRUE(std::holds_alternative<CaptureOpened>(read.events.front()));
    }
}

TEST_F(RoundTrip, NamesThePlacesOfThePayload) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Bytes received[2];
    Bytes sent[2];
    Flow* flows[2] = {&recording.open(1, 1, ipv4(9000), ipv4(1)),
                      &recording.open(2, 1, ipv6(9000), ipv6(1), true)};
    const std::size_t sizes[] = {
        1, 2, 3, 4, 5, 63, 64, 65, 1459, 1460, 1461, 65494, net::capture::kMostReadBytes};
    std::uint64_t seed = 0;
    for (const std::size_t size : sizes) {
        for (std::size_t i = 0; i < 2; ++i) {
            const Bytes in = random_bytes(size, ++seed);
            const Bytes out = random_bytes(size, ++seed);
            recording.receive(*flows[i], in);
            recording.send(*flows[i], out);
            received[i].insert(received[i].end(), in.begin(), in.end());
            sent[i].insert(sent[i].end(), out.begin(), out.end());
        }
    }
    recording.finish();
    const ReadBack read = read_back(files_, path_);
    for (std::uint64_t i = 0; i < 2; ++i) {
        EXPECT_TRUE(payload(files_, recording.events(), i + 1, Direction::kReceived) == received[i])
            << i;
        EXPECT_TRUE(payload(files_, recording.events(), i + 1, Direction::kSent) == sent[i]) << i;
        EXPECT_TRUE(payload(files_, read.events, i + 1, Direction::kReceived) == received[i]) << i;
        EXPECT_TRUE(payload(files_, read.events, i + 1, Direction::kSent) == sent[i]) << i;
    }
}

TEST_F(RoundTrip, ToldOffsetsAreOnDiskAfterEachFlush) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    Bytes all;
    for (std::uint64_t i = 0; i < 50; ++i) {
        const Bytes bytes = random_bytes(1 + i * 997, i);
        recording.receive(flow, bytes);
        all.insert(all.end(), bytes.begin(), bytes.end());
        recording.flush();
        EXPECT_EQ(recording.writer().batched_bytes(), 0U);
        EXPECT_EQ(recording.writer().flushed_end() + recording.writer().batched_bytes(),
                  std::filesystem::file_size(path_));
        EXPECT_TRUE(payload(files_, recording.events(), 1, Direction::kReceived) == all);
    }
}

TEST_F(RoundTrip, OfTwoCapturesInOneFileKeepsTheirConnectionsApart) {
    Bytes both;
    for (std::uint64_t i = 0; i < 2; ++i) {
        const std::string path = directory_.path("part" + std::to_string(i));
        Recording recording = Recording::at(files_, path);
        recording.endpoint(1);
        recording.receive(recording.open(1, 1, ipv4(9000), ipv4(1)), random_bytes(100, i));
        recording.finish();
        const Bytes part = read_file(path);
        both.insert(both.end(), part.begin(), part.end());
    }
    write_file(path_, both);
    const ReadBack read = read_back(files_, path_);
    EXPECT_EQ(read.counts.why_it_ended, "");
    EXPECT_TRUE(payload(files_, read.events, 1, Direction::kReceived) == random_bytes(100, 0));
    EXPECT_TRUE(payload(files_, read.events, 2, Direction::kReceived) == random_bytes(100, 1));
}

TEST_F(RoundTrip, BatchTakesFourOfTheLongestReadsAndThenIsFull) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv6(9000), ipv6(1));
    recording.flush();
    net::capture::Writer& writer = recording.writer();
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(writer.is_full());
        const auto room = writer.reserve(flow);
        ASSERT_EQ(room.size(), net::capture::kMostReadBytes);
        std::fill(room.begin(), room.end(), std::uint8_t{1});
        (void)writer.commit(flow, room.size(), next_time());
    }
    EXPECT_TRUE(writer.is_full());
    EXPECT_TRUE(writer.reserve(flow).empty());
    EXPECT_EQ(writer.flush().error, 0);
    EXPECT_FALSE(writer.is_full());
}

TEST_F(RoundTrip, SendsMakeTheBatchGrowPastItsSize) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    const Bytes bytes = random_bytes(60'000, 5);
    std::vector<net::capture::Stored> stored;
    for (int i = 0; i < 100; ++i)
        stored.push_back(recording.writer().record_sent(flow, bytes, next_time()));
    EXPECT_GT(recording.writer().batched_bytes(), std::size_t{6'000'000});
    EXPECT_TRUE(recording.writer().reserve(flow, 1).empty())
        << "reading waits until the batch is out";
    recording.flush();
    for (const auto& place : stored) {
        Bytes found(place.size);
        EXPECT_EQ(files_.read(place.file, place.offset, found), 60'000);
        EXPECT_TRUE(found == bytes);
    }
    EXPECT_FALSE(recording.writer().reserve(flow).empty());
}

TEST(NoteCodec, RefusesEveryShorterNoteAndEveryOtherMagic) {
    Failure failure;
    failure.code = "ECONNREFUSED";
    failure.message = "connect to 127.0.0.1:1: refused";
    Bytes body;
    ASSERT_TRUE(net::capture::encode_note(Failed{.failure = failure}, body));
    ASSERT_TRUE(net::capture::decode_note(body, false).has_value());
    for (std::size_t size = 0; size < body.size(); ++size) {
        EXPECT_FALSE(net::capture::decode_note(std::span{body}.first(size), false).has_value())
            << size;
    }
    body[0] ^= 1U;
    EXPECT_FALSE(net::capture::decode_note(body, false).has_value());
}

TEST(NoteCodec, LeavesOutWhatHasAPlaceOfItsOwnOrNoneAtAll) {
    Bytes body;
    EXPECT_FALSE(net::capture::encode_note(Recorded{}, body));
    EXPECT_FALSE(net::capture::encode_note(ConnectionStats{}, body));
    EXPECT_FALSE(net::capture::encode_note(LedgerMark{}, body));
    EXPECT_FALSE(net::capture::encode_note(ServiceStopped{}, body));
    EXPECT_FALSE(net::capture::encode_note(SignalReceived{}, body));
    EXPECT_TRUE(body.empty());
}

}  // namespace
}  // namespace tests
