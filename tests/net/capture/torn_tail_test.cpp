// A file that ends anywhere, or in zeros or garbage, gives every whole block and says how much is left over.

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/random_recording.h"

namespace tests {
namespace {

class TornTail : public testing::Test {
  protected:
    void SetUp() override {
        Recording recording = Recording::at(files_, path_);
        record_at_random(recording, 11, 60, 300);
        recording.finish();
        whole_ = read_file(path_);
        file_ = files_.add(::open(path_.c_str(), O_RDWR | O_CLOEXEC), path_);
        // Where each block ends, and how many facts had been told by then.
        std::string message;
        const auto reader = net::capture::Reader::open(files_, file_, message);
        ASSERT_NE(reader, nullptr) << message;
        Event event;
        std::vector<Event> events;
        while (reader->next(event)) {
            told_by_.emplace_back(reader->offset(), to_line(event));
        }
        told_by_.resize(told_by_.size() - 2);  // the marks at the end
        for (std::uint64_t at = 0; at < whole_.size();) {
            std::uint32_t length = 0;
            std::copy_n(whole_.begin() + static_cast<std::ptrdiff_t>(at) + 4, 4,
                        reinterpret_cast<std::uint8_t*>(&length));
            ends_.push_back(at += length);
        }
    }

    // `size` bytes of the capture, then `tail`.
    void expect_whole_blocks_of(std::size_t size, const Bytes& tail) {
        const int fd = files_.descriptor(file_);
        ASSERT_EQ(::ftruncate(fd, static_cast<off_t>(size)), 0);
        ASSERT_EQ(::pwrite(fd, tail.data(), tail.size(), static_cast<off_t>(size)),
                  static_cast<ssize_t>(tail.size()));
        // The tail may happen to be the very bytes that were cut off (zeros at a block's end).
        std::size_t same = size;
        while (same < whole_.size() && same - size < tail.size() &&
               tail[same - size] == whole_[same])
            ++same;
        std::uint64_t end = 0;
        for (const std::uint64_t block_end : ends_) {
            if (block_end <= same) end = block_end;
        }

        std::string message;
        const auto reader = net::capture::Reader::open(files_, file_, message);
        if (reader == nullptr) {
            EXPECT_LT(size, 12U) << message;
            EXPECT_NE(message, "");
            return;
        }
        std::vector<std::string> found;
        Event event;
        while (reader->next(event))
            found.push_back(to_line(event));
        ASSERT_GE(found.size(), 2U);
        found.resize(found.size() - 2);
        std::vector<std::string> expected;
        for (const auto& [told_at, line] : told_by_) {
            if (told_at <= end) expected.push_back(line);
        }
        ASSERT_EQ(found, expected) << "cut at " << size;
        EXPECT_EQ(reader->offset(), end) << "cut at " << size;
        EXPECT_EQ(reader->counts().left_over_bytes, size + tail.size() - end);
        EXPECT_EQ(reader->counts().why_it_ended.empty(), size + tail.size() == end);
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcapng");
    Bytes whole_;
    FileId file_{};
    std::vector<std::pair<std::uint64_t, std::string>> told_by_;
    std::vector<std::uint64_t> ends_;
};

TEST_F(TornTail, CutAtEveryByte) {
    ASSERT_GT(whole_.size(), 4000U);
    for (std::size_t size = whole_.size();; --size) {
        expect_whole_blocks_of(size, {});
        if (size == 0 || HasFatalFailure()) break;
    }
}

TEST_F(TornTail, CutAtEveryByteAndFollowedByZerosOnesOrGarbage) {
    for (std::size_t size = whole_.size();; --size) {
        expect_whole_blocks_of(size, Bytes(64, 0));
        expect_whole_blocks_of(size, Bytes(64, 0xFF));
        expect_whole_blocks_of(size, random_bytes(64, size));
        if (size == 0 || HasFatalFailure()) break;
    }
}

TEST_F(TornTail, IsShownByTshark) {
    SKIP_WITHOUT("tshark");
    // Every kind of place: one cut in each of several blocks, in its head, its packet and its tail.
    for (const std::size_t size : {whole_.size() - 1, whole_.size() - 4,
                                   ends_[ends_.size() / 2] + 5, ends_[ends_.size() / 2] + 30}) {
        write_file(path_, std::span{whole_}.first(size));
        const Output output =
            run({"tshark", "-n", "-r", path_, "-T", "fields", "-e", "frame.number"});
        EXPECT_NE(output.errors.find("cut short"), std::string::npos) << output.errors;
        EXPECT_GT(std::count(output.text.begin(), output.text.end(), '\n'), 5);
    }
}

}  // namespace
}  // namespace tests
