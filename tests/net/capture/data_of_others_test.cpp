// The captures in tests/data, written by tcpdump, dumpcap and Wireshark's tools: what comes out of them is what was recorded, and what tshark follows.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "tests/net/capture/capture_fixture.h"

namespace tests {
namespace {

using namespace net::channel;  // NOLINT(google-build-using-namespace)

const char* const kFolder = "tests/data";

// FNV-1a: enough to see that bytes are others.
std::string fingerprint(const Bytes& bytes) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const std::uint8_t byte : bytes)
        hash = (hash ^ byte) * 0x100000001B3ULL;
    std::ostringstream out;
    out << std::hex << hash;
    return out.str();
}

struct Stream {
    ConnectionOpened opened;
    Bytes bytes[2];
    // As `tshark -z follow` shows it: a gap that something follows as its words, which end in a NUL.
    Bytes shown[2];
    Bytes gap_words[2];  // of a gap that nothing has followed yet
    std::uint64_t gap_bytes[2] = {};
    std::size_t reads[2] = {};
    std::string end = "open";
};

class DataOfOthers : public testing::Test {
  protected:
    static std::vector<std::string> names() {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
            const std::string extension = entry.path().extension();
            if (extension == ".pcap" || extension == ".pcapng")
                found.push_back(entry.path().filename());
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    std::map<std::uint64_t, Stream> streams_of(const std::string& name, ReadBack& back) {
        back = read_back(files_, std::string(kFolder) + "/" + name);
        std::map<std::uint64_t, Stream> streams;
        for (const Event& event : back.events) {
            if (const auto* opened = std::get_if<ConnectionOpened>(&event)) {
                streams[number(opened->connection)].opened = *opened;
            } else if (const auto* recorded = std::get_if<Recorded>(&event)) {
                Stream& stream = streams[number(recorded->connection)];
                const std::size_t side = recorded->direction == Direction::kSent ? 1 : 0;
                Bytes bytes(recorded->size);
                EXPECT_EQ(files_.read(back.file, recorded->offset, bytes),
                          static_cast<std::int64_t>(bytes.size()));
                ++stream.reads[side];
                for (Bytes* to : {&stream.bytes[side], &stream.gap_words[side]})
                    to->insert(to->end(), bytes.begin(), bytes.end());
                Bytes& shown = stream.shown[side];
                shown.insert(shown.end(), stream.gap_words[side].begin(),
                             stream.gap_words[side].end());
                stream.gap_words[side].clear();
            } else if (const auto* gap = std::get_if<StreamGap>(&event)) {
                Stream& stream = streams[number(gap->connection)];
                const std::size_t side = gap->direction == Direction::kSent ? 1 : 0;
                stream.gap_bytes[side] += gap->bytes;
                const std::string words =
                    "[" + std::to_string(gap->bytes) + " bytes missing in capture file]";
                stream.gap_words[side].assign(words.begin(), words.end());
                stream.gap_words[side].push_back(0);
            } else if (const auto* closed = std::get_if<ConnectionClosed>(&event)) {
                Stream& stream = streams[number(closed->connection)];
                stream.end = closed->reason == CloseReason::kEndOfStream   ? "end of stream"
                             : closed->reason == CloseReason::kResetByPeer ? "reset by peer"
                                                                           : "closed here";
                EXPECT_EQ(closed->received, stream.bytes[0].size() + stream.gap_bytes[0]);
                EXPECT_EQ(closed->sent, stream.bytes[1].size() + stream.gap_bytes[1]);
            }
        }
        return streams;
    }

    net::capture::FileTable files_;
};

TEST_F(DataOfOthers, GivesWhatWasRecorded) {
    std::ostringstream found;
    for (const std::string& name : names()) {
        ReadBack back;
        const auto streams = streams_of(name, back);
        found << name << ": " << back.counts.packets << " packets";
        if (!back.counts.in_words().empty()) found << "; " << back.counts.in_words();
        found << '\n';
        for (const auto& [id, stream] : streams) {
            found << "  #" << id << (stream.opened.protocol == Protocol::kUdp ? " udp " : " tcp ")
                  << to_text(stream.opened.local) << " from " << to_text(stream.opened.peer);
            if (stream.opened.is_continued) found << " continued";
            for (const std::size_t side : {0U, 1U}) {
                found << (side == 0 ? "; received " : "; sent ") << stream.bytes[side].size()
                      << " in " << stream.reads[side] << ' ' << fingerprint(stream.bytes[side]);
                if (stream.gap_bytes[side] > 0) found << " without " << stream.gap_bytes[side];
            }
            found << "; " << stream.end << '\n';
        }
    }
    const std::string path = std::string(kFolder) + "/expected.txt";
    const std::string text = found.str();
    if (std::getenv("WIRELOUPE_RECORD") != nullptr)
        write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    const Bytes expected = read_file(path);
    EXPECT_EQ(text, std::string(expected.begin(), expected.end()));
}

TEST_F(DataOfOthers, HoldsTheStreamsThatTsharkFollows) {
    SKIP_WITHOUT("tshark");
    for (const std::string& name : names()) {
        // tshark takes bytes for missing as soon as they are acknowledged; here their packets come two later, and we wait for them.
        if (name == "swapped_around.pcap") continue;
        // It joins what is left of packets that were cut off, without a word.
        const bool is_cut = name.find("snap") != std::string::npos;
        ReadBack back;
        unsigned number = 0;
        for (const auto& [id, stream] : streams_of(name, back)) {
            if (stream.opened.protocol != Protocol::kTcp) continue;
            SCOPED_TRACE(name + " stream " + std::to_string(number));
            const Bytes& received = is_cut ? stream.bytes[0] : stream.shown[0];
            const Bytes& sent = is_cut ? stream.bytes[1] : stream.shown[1];
            Followed followed = follow(std::string(kFolder) + "/" + name, number++);
            EXPECT_EQ(followed.errors.find("cut short"), std::string::npos) << followed.errors;
            // Where the SYN is missing each may guess the sides in its own way.
            if (stream.opened.is_continued && followed.client != received)
                std::swap(followed.client, followed.server);
            EXPECT_TRUE(followed.client == received)
                << followed.client.size() << " and " << received.size() << " bytes";
            EXPECT_TRUE(followed.server == sent)
                << followed.server.size() << " and " << sent.size() << " bytes";
        }
    }
}

}  // namespace
}  // namespace tests
