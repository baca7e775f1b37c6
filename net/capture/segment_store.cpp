#include "net/capture/segment_store.h"

#include <algorithm>
#include <array>
#include <utility>

namespace net::capture {

namespace {

constexpr std::size_t kRecordsAWrite = 4096;

}  // namespace

std::unique_ptr<SegmentStore> SegmentStore::create(const std::string& directory,
                                                   channel::Failure& failure) {
    auto records = RecordFile<SegmentRecord>::create(directory, failure);
    if (records == nullptr) return nullptr;
    auto marks = RecordFile<Mark>::create(directory, failure);
    if (marks == nullptr) return nullptr;
    return std::unique_ptr<SegmentStore>{new SegmentStore(std::move(records), std::move(marks))};
}

SegmentStore::SegmentStore(std::unique_ptr<RecordFile<SegmentRecord>> records,
                           std::unique_ptr<RecordFile<Mark>> marks)
    : records_(std::move(records)),
      marks_(std::move(marks)),
      state_(std::make_shared<const State>()) {
    added_.reserve(kRecordsAWrite);
}

void SegmentStore::at_read(std::uint64_t position) {
    const Mark mark{.position = position, .records = records_->size() + added_.size()};
    if (has_mark_ && position - last_mark_.position < kReadsAMark &&
        mark.records - last_mark_.records < kRecordsAMark) {
        return;
    }
    last_mark_ = mark;
    has_mark_ = true;
    if (error_ == 0 && !marks_->append({&mark, 1})) error_ = marks_->error();
}

void SegmentStore::add(const SegmentRecord& record) {
    added_.push_back(record);
    if (added_.size() >= kRecordsAWrite) write_added();
}

void SegmentStore::write_added() {
    if (error_ == 0 && !records_->append(added_)) error_ = records_->error();
    added_.clear();
}

int SegmentStore::publish(std::uint64_t walked_reads, std::vector<SegmentRecord> pending) {
    if (!added_.empty()) write_added();
    if (error_ != 0) return error_;
    std::sort(pending.begin(), pending.end(), [](const SegmentRecord& a, const SegmentRecord& b) {
        return std::pair{a.position(), a.offset_in_read()} <
               std::pair{b.position(), b.offset_in_read()};
    });
    auto state = std::make_shared<const State>(State{
        .size = records_->size(), .walked_reads = walked_reads, .pending = std::move(pending)});
    const std::lock_guard lock{mutex_};
    state_ = std::move(state);
    return 0;
}

std::shared_ptr<const SegmentStore::State> SegmentStore::state() const {
    const std::lock_guard lock{mutex_};
    return state_;
}

std::size_t SegmentStore::read(std::uint64_t first, std::span<SegmentRecord> out) const {
    return records_->read(first, out);
}

SegmentStore::Stretch SegmentStore::decided_at(std::uint64_t position) const {
    // The last mark at or before the position, and the one after it.
    std::uint64_t low = 0;
    std::uint64_t high = marks_->size();
    const auto mark_at = [this](std::uint64_t i) {
        Mark mark;
        return marks_->read(i, {&mark, 1}) == 1 ? mark : Mark{.position = UINT64_MAX, .records = 0};
    };
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (mark_at(middle).position <= position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Stretch stretch{.begin = low == 0 ? 0 : mark_at(low - 1).records,
                    .end = UINT64_MAX,
                    .end_position = UINT64_MAX};
    std::array<Mark, 1> next{};
    if (marks_->read(low, next) == 1) {
        stretch.end = next[0].records;
        stretch.end_position = next[0].position;
    }
    return stretch;
}

}  // namespace net::capture
