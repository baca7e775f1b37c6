// A selection saved: the bytes of the view in its order, from the first to the last, and nothing else; a failure leaves no file.
#include "app/jobs/selection_saving.h"

#include "net/capture/match_store.h"
#include "net/capture/segment_items.h"

#include <gtest/gtest.h>
#include <random>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::FileMade;
using app::jobs::SelectionSaving;
using app::session::SaveSelectionWish;
using net::capture::BytePlace;
using net::capture::SegmentRecord;

class SelectionSavingTest : public ::testing::Test {
  protected:
    void SetUp() override {
        bytes = some_bytes(100'000, 7);
        write_bytes(folder.file("capture"), bytes);
        file = add_file(files, folder.file("capture"));
        std::mt19937 random(3);
        std::uint64_t at = 0;
        for (std::uint32_t i = 0; i < 200; ++i) {
            const auto size = static_cast<std::uint32_t>(random() % 400);
            index.append(channel::Recorded{.connection = channel::ConnectionId{1 + random() % 3},
                                           .time_ns = i,
                                           .offset = at,
                                           .size = size,
                                           .file = file,
                                           .direction = random() % 2 == 0
                                                            ? channel::Direction::kReceived
                                                            : channel::Direction::kSent});
            at += size;
        }
    }
    SaveSelectionWish wish() {
        SaveSelectionWish made;
        made.path = folder.file("selection.bin");
        return made;
    }
    FileMade save(SaveSelectionWish made) {
        SelectionSaving job(index, files, std::move(made), [this] { frame.wake(); });
        return result_of(job, frame);
    }
    void append(Bytes& to, std::uint64_t position, std::uint64_t begin, std::uint64_t end) const {
        const auto& entry = index.entry(position);
        const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(entry.offset());
        to.insert(to.end(), from + static_cast<std::ptrdiff_t>(begin),
                  from + static_cast<std::ptrdiff_t>(end));
    }

    TemporaryFolder folder;
    Frame frame;
    Bytes bytes;
    capture::FileTable files;
    channel::FileId file{};
    capture::ReadIndex index;
};

TEST_F(SelectionSavingTest, ReadsThatPassTheFilterFromTheFirstByteToTheLast) {
    SaveSelectionWish made = wish();
    made.filter.connections = {channel::ConnectionId{2}};
    made.filter.shows_sent = false;
    Bytes wanted;
    std::vector<std::uint64_t> passing;
    for (std::uint64_t i = 0; i < index.size(); ++i)
        if (index.at(i).connection == channel::ConnectionId{2} && index.entry(i).size() > 9 &&
            index.entry(i).direction() == channel::Direction::kReceived)
            passing.push_back(i);
    made.filter.least_bytes = 10;
    ASSERT_GT(passing.size(), 5U);
    made.begin = {.position = passing[1], .offset = 4};
    made.last = {.position = passing[4], .offset = 5};
    append(wanted, passing[1], 4, index.entry(passing[1]).size());
    append(wanted, passing[2], 0, index.entry(passing[2]).size());
    append(wanted, passing[3], 0, index.entry(passing[3]).size());
    append(wanted, passing[4], 0, 6);
    const std::string path = made.path;
    const FileMade result = save(std::move(made));
    EXPECT_FALSE(result.failure) << result.failure->message;
    EXPECT_EQ(read_bytes(path), wanted);
}

TEST_F(SelectionSavingTest, MessagesAlongTheirStreamInTheOrderOfTheRecords) {
    channel::Failure failure;
    auto records = net::capture::RecordFile<SegmentRecord>::create(folder.file("records"), failure);
    ASSERT_NE(records, nullptr) << failure.message;
    // One of each stream's first read on, over two reads.
    const auto next_of = [&](std::uint64_t position) {
        const auto& entry = index.entry(position);
        std::uint64_t next = position + 1;
        while (index.entry(next).connection_slot != entry.connection_slot ||
               index.entry(next).direction() != entry.direction())
            ++next;
        return next;
    };
    const auto status = net::bytes::FrameStatus::kWhole;
    const std::uint64_t first = 10;
    const std::uint64_t second = next_of(first);
    const std::uint64_t other = 30;
    const std::uint64_t bytes_of_first = index.entry(first).size() + index.entry(second).size();
    const std::array<SegmentRecord, 2> made_records{
        SegmentRecord(static_cast<std::uint32_t>(first), 0, bytes_of_first, status),
        SegmentRecord(static_cast<std::uint32_t>(other), 0, index.entry(other).size(), status)};
    ASSERT_TRUE(records->append(made_records));
    SaveSelectionWish made = wish();
    made.segments.records = records.get();
    made.begin_item = {.position = first, .offset = 0};
    made.begin_offset = 2;
    made.last_item = {.position = other, .offset = 0};
    made.last_offset = 0;
    Bytes wanted;
    append(wanted, first, 2, index.entry(first).size());
    append(wanted, second, 0, index.entry(second).size());
    append(wanted, other, 0, 1);
    const std::string path = made.path;
    const FileMade result = save(std::move(made));
    EXPECT_FALSE(result.failure) << result.failure->message;
    EXPECT_EQ(read_bytes(path), wanted);
}

TEST_F(SelectionSavingTest, MessagesThatAreFilteredOutByTheirContentAreNotSaved) {
    channel::Failure failure;
    auto records = net::capture::RecordFile<SegmentRecord>::create(folder.file("records"), failure);
    ASSERT_NE(records, nullptr) << failure.message;
    const std::shared_ptr<net::capture::MatchStore> matches =
        net::capture::MatchStore::create(folder.file("matches"), failure);
    ASSERT_NE(matches, nullptr) << failure.message;
    const auto status = net::bytes::FrameStatus::kWhole;
    std::vector<SegmentRecord> made_records;
    for (std::uint32_t i = 10; i < 20; ++i)
        made_records.emplace_back(i, 0U, index.entry(i).size(), status);
    ASSERT_TRUE(records->append(made_records));
    Bytes wanted;
    for (const std::uint64_t found : {10U, 13U, 19U}) {
        matches->mark(found);
        append(wanted, found, 0, index.entry(found).size());
    }
    ASSERT_EQ(matches->publish(index.size()), 0);
    SaveSelectionWish made = wish();
    made.segments.records = records.get();
    made.filter.matches = matches;
    made.begin_item = {.position = 10, .offset = 0};
    made.last_item = {.position = 19, .offset = 0};
    made.last_offset = index.entry(19).size() - 1;
    const std::string path = made.path;
    const FileMade result = save(std::move(made));
    EXPECT_FALSE(result.failure) << result.failure->message;
    EXPECT_EQ(read_bytes(path), wanted) << "as the view shows it";
}

TEST_F(SelectionSavingTest, MessagesThatAreNotFoundAnyMoreAreSaidAndLeaveNoFile) {
    channel::Failure failure;
    auto records = net::capture::RecordFile<SegmentRecord>::create(folder.file("records"), failure);
    ASSERT_NE(records, nullptr) << failure.message;
    const std::array<SegmentRecord, 1> made_records{
        SegmentRecord(10, 0, index.entry(10).size(), net::bytes::FrameStatus::kWhole)};
    ASSERT_TRUE(records->append(made_records));
    SaveSelectionWish made = wish();
    made.segments.records = records.get();
    made.begin_item = {.position = 11, .offset = 0};
    made.last_item = {.position = 12, .offset = 0};
    const std::string path = made.path;
    const FileMade result = save(std::move(made));
    expect_words(result.failure, "select them again");
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SelectionSavingTest, BytesThatCannotBeReadLeaveNoFile) {
    files.release(file);
    SaveSelectionWish made = wish();
    made.last = {.position = index.size() - 1, .offset = 0};
    const std::string path = made.path;
    const FileMade result = save(std::move(made));
    expect_words(result.failure, "the ring has deleted the file");
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace jobs_test
