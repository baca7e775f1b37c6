// The second of the ledger's three counts: from the file alone, and not to be fooled by a damaged one.

#include "net/capture/auditor.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/random_recording.h"

namespace tests {
namespace {

using net::capture::Auditor;

class Audit : public testing::Test {
  protected:
    // A finished capture; returns its bytes.
    Bytes record(std::uint64_t seed, int steps, std::size_t most_bytes) {
        Recording recording = Recording::at(files_, path_);
        record_at_random(recording, seed, steps, most_bytes);
        file_ = recording.writer().file();
        received_ = recording.received;
        sent_ = recording.sent;
        recording.finish();
        Bytes bytes = read_file(path_);
        // The writer's own descriptor appends only: damage is done through another.
        damage_ = files_.add(::open(path_.c_str(), O_RDWR | O_CLOEXEC), path_);
        return bytes;
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcapng");
    FileId file_{};
    FileId damage_{};
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
};

TEST_F(Audit, CountsWhatWasRecorded) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        path_ = directory_.path(std::to_string(seed));
        const Bytes bytes = record(seed, 300, net::capture::kMostReadBytes);
        Auditor auditor(files_);
        ASSERT_TRUE(auditor.advance(file_, bytes.size(), UINT64_MAX));
        EXPECT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
        EXPECT_EQ(auditor.counts().received, received_);
        EXPECT_EQ(auditor.counts().sent, sent_);
        EXPECT_EQ(auditor.counts().offset, bytes.size());
    }
}

TEST_F(Audit, FollowsALiveCaptureInSmallSteps) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    Auditor auditor(files_);
    for (std::uint64_t i = 0; i < 200; ++i) {
        recording.receive(flow, random_bytes(1 + i * 331 % 65'000, i));
        recording.send(flow, random_bytes(1 + i, i));
        recording.flush();
        int rounds = 1;
        while (!auditor.advance(
            recording.writer().file(),
            recording.writer().flushed_end() + recording.writer().batched_bytes(), 1))
            ++rounds;
        EXPECT_LT(rounds, 20);
        ASSERT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
        ASSERT_EQ(auditor.counts().received, recording.received);
        ASSERT_EQ(auditor.counts().sent, recording.sent);
    }
}

TEST_F(Audit, ReadsLittleOfLargeBlocks) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    for (std::uint64_t i = 0; i < 100; ++i)
        recording.receive(flow, random_bytes(60'000, 1));
    recording.flush();
    Auditor auditor(files_);
    EXPECT_TRUE(auditor.advance(
        recording.writer().file(),
        recording.writer().flushed_end() + recording.writer().batched_bytes(), 600'000))
        << "6 MB of blocks within a tenth of that";
    EXPECT_EQ(auditor.counts().received, recording.received);
}

// Which bytes of a block carry its structure: those must not change unseen. The rest is content (payload, times, ports, texts).
std::vector<bool> structure_of(const Bytes& bytes) {
    std::vector<bool> is_structure(bytes.size(), false);
    const auto mark = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i)
            is_structure[i] = true;
    };
    const auto get32 = [&](std::size_t at) {
        std::uint32_t value = 0;
        std::memcpy(&value, &bytes[at], 4);
        return value;
    };
    const auto get16 = [&](std::size_t at) { return get32(at - 2) >> 16U; };
    for (std::size_t at = 0; at < bytes.size();) {
        const std::uint32_t type = get32(at);
        const std::uint32_t length = get32(at + 4);
        mark(at, at + 8);
        mark(at + length - 4, at + length);
        std::size_t options = 0;
        if (type == 6 || type == 0x80574C01) {
            mark(at + 8, at + 12);   // interface
            mark(at + 20, at + 28);  // lengths
            const std::size_t ip = at + 28;
            const bool is_short = bytes[ip] == 0x45;
            const std::size_t tcp = ip + (is_short ? 20 : 40);
            if (is_short) {
                mark(ip, ip + 20);
            } else {
                mark(ip, ip + 1), mark(ip + 4, ip + 7);
            }
            mark(tcp + 4, tcp + 12);  // sequence and acknowledgement numbers
            mark(tcp + 12, tcp + 13);
            options = at + 28 + ((get32(at + 20) + 3) & ~std::uint32_t{3});
        } else if (type == 1) {
            options = at + 16;
        } else if (type == 0x0A0D0D0A) {
            mark(at + 8, at + 24);
            options = at + 24;
        } else {
            mark(at + 8, at + 12);  // the magic
        }
        for (std::size_t o = options; o != 0 && o + 4 <= at + length - 4;) {
            const std::uint32_t code = get16(o);
            const std::uint32_t size = get16(o + 2);
            mark(o, o + 4);
            const bool is_packet = type == 6 || type == 0x80574C01;
            if (is_packet && (code == 2 || code == 0xCC03)) mark(o + 4, o + 4 + size);
            o += 4 + ((size + 3) & ~std::uint32_t{3});
        }
        at += length;
    }
    return is_structure;
}

TEST_F(Audit, FindsEveryDamagedByteOfStructure) {
    const Bytes bytes = record(3, 120, 300);
    const std::vector<bool> is_structure = structure_of(bytes);
    ASSERT_GT(std::count(is_structure.begin(), is_structure.end(), true), 3000);
    int unseen = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        if (!is_structure[at]) continue;
        const int fd = files_.descriptor(damage_);
        // All bits, and one: lengths a little off are as bad as those far off.
        for (const std::uint8_t flip :
             {std::uint8_t{0xFF}, std::uint8_t{0x01}, std::uint8_t{0x04}}) {
            const auto damaged = static_cast<std::uint8_t>(bytes[at] ^ flip);
            ASSERT_EQ(::pwrite(fd, &damaged, 1, static_cast<off_t>(at)), 1);
            Auditor auditor(files_);
            ASSERT_TRUE(auditor.advance(damage_, bytes.size(), UINT64_MAX));
            if (!auditor.counts().is_damaged) {
                ++unseen;
                ADD_FAILURE() << "byte " << at << " flipped by " << int{flip} << " is not seen";
            } else {
                EXPECT_NE(auditor.counts().damage, "");
                EXPECT_LE(auditor.counts().offset, bytes.size());
            }
        }
        ASSERT_EQ(::pwrite(fd, &bytes[at], 1, static_cast<off_t>(at)), 1);
        if (unseen > 10) break;
    }
}

TEST_F(Audit, FindsABlockThatIsMissingDoubledOrOutOfPlace) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.flush();
    std::vector<std::size_t> ends{recording.writer().flushed_end() +
                                  recording.writer().batched_bytes()};
    for (std::uint64_t i = 0; i < 3; ++i) {
        recording.receive(flow, random_bytes(100, i));
        recording.flush();
        ends.push_back(recording.writer().flushed_end() + recording.writer().batched_bytes());
    }
    recording.finish();
    const Bytes bytes = read_file(path_);
    const auto block = [&](std::size_t i) {
        return Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(ends[i]),
                     bytes.begin() + static_cast<std::ptrdiff_t>(ends[i + 1]));
    };
    const auto audit = [&](const std::vector<std::size_t>& order) {
        Bytes changed(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(ends[0]));
        for (const std::size_t i : order) {
            const Bytes part = block(i);
            changed.insert(changed.end(), part.begin(), part.end());
        }
        const std::string path = directory_.path("changed");
        write_file(path, changed);
        int error = 0;
        const FileId file = net::capture::open_capture(files_, path, error);
        Auditor auditor(files_);
        EXPECT_TRUE(auditor.advance(file, changed.size(), UINT64_MAX));
        return auditor.counts().is_damaged;
    };
    EXPECT_FALSE(audit({0, 1, 2}));
    EXPECT_TRUE(audit({0, 2}));
    EXPECT_TRUE(audit({0, 1, 1, 2}));
    EXPECT_TRUE(audit({0, 2, 1}));
}

TEST_F(Audit, FindsAFileThatSomebodyCutShort) {
    const Bytes bytes = record(5, 100, 300);
    Auditor auditor(files_);
    ASSERT_EQ(::ftruncate(files_.descriptor(damage_), static_cast<off_t>(bytes.size() / 2)), 0);
    EXPECT_TRUE(auditor.advance(damage_, bytes.size(), UINT64_MAX));
    EXPECT_TRUE(auditor.counts().is_damaged);
    EXPECT_TRUE(auditor.advance(damage_, bytes.size(), UINT64_MAX)) << "and stays so";
}

TEST_F(Audit, HoldsNothingOfConnectionsThatHaveClosed) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Auditor auditor(files_);
    for (std::uint64_t i = 1; i <= 2000; ++i) {
        Flow& flow = recording.open(i, 1, ipv4(9000), ipv4(static_cast<std::uint16_t>(i)));
        recording.receive(flow, random_bytes(10, i));
        recording.close(flow, i % 2 == 0 ? net::channel::CloseReason::kEndOfStream
                                         : net::channel::CloseReason::kResetByPeer);
    }
    recording.flush();
    EXPECT_TRUE(auditor.advance(
        recording.writer().file(),
        recording.writer().flushed_end() + recording.writer().batched_bytes(), UINT64_MAX));
    EXPECT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
    EXPECT_EQ(auditor.open_connections(), 0U);
}

}  // namespace
}  // namespace tests
