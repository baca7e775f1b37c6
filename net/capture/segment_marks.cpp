#include "net/capture/segment_marks.h"

namespace net::capture {

std::unique_ptr<SegmentMarks> SegmentMarks::create(const std::string& directory,
                                                   channel::Failure& failure) {
    std::unique_ptr<RecordFile<Mark>> marks = RecordFile<Mark>::create(directory, failure);
    return marks == nullptr ? nullptr
                            : std::unique_ptr<SegmentMarks>{new SegmentMarks(std::move(marks))};
}

void SegmentMarks::leave(const Mark& mark) {
    if (marks_->append({&mark, 1})) last_ = mark;
}

SegmentMarks::Stretch SegmentMarks::decided_at(std::uint64_t position) const {
    std::uint64_t low = 0;
    std::uint64_t high = marks_->size();
    Mark mark;
    // How many marks there are at or before the read.
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (marks_->read(middle, {&mark, 1}) == 1 && mark.position <= position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Stretch stretch;
    if (low > 0 && marks_->read(low - 1, {&mark, 1}) == 1) stretch.begin = mark.records;
    if (marks_->read(low, {&mark, 1}) == 1) {
        stretch.end = mark.records;
        stretch.end_position = mark.position;
    }
    return stretch;
}

}  // namespace net::capture
