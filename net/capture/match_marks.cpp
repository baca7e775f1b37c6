#include "net/capture/match_marks.h"

#include "net/capture/match_store.h"

#include <algorithm>

namespace net::capture {

void MatchMarks::reset() {
    rows_a_bucket_ = 1;
    next_ = 0;
    std::fill(buckets_.begin(), buckets_.end(), false);
}

bool MatchMarks::advance(const MatchStore& matches, const Sheet& sheet, std::size_t most_steps) {
    const std::uint64_t rows = sheet.rows();
    while (rows > kBuckets * rows_a_bucket_) {
        for (std::size_t i = 0; i < kBuckets; ++i)
            buckets_[i] = i < kBuckets / 2 && (buckets_[2 * i] || buckets_[2 * i + 1]);
        rows_a_bucket_ *= 2;
    }
    const std::uint64_t stored = matches.stored();
    for (std::size_t step = 0; step < most_steps && next_ < stored; ++step) {
        MatchRecord record;
        if (matches.read(next_, std::span{&record, 1}) == 0) break;
        const std::uint64_t row = sheet.row_of(record.position, record.offset_in_read);
        // The sheet is not that far, or has nothing from there on: it may grow.
        if (row >= rows) return true;
        std::uint64_t go_on_at = row;
        if (sheet.has(record.position, record.offset_in_read)) {
            buckets_[static_cast<std::size_t>(row / rows_a_bucket_)] = true;
            go_on_at = (row / rows_a_bucket_ + 1) * rows_a_bucket_;
        }
        // Behind the sheet's last row the next ones are looked at singly: new rows may come into this bucket, but they are in it already.
        const Sheet::Place place = sheet.place_of(std::min(go_on_at, rows - 1));
        next_ = std::max(next_ + 1, matches.first_from(place.position, place.offset));
    }
    return next_ >= stored;
}

bool MatchMarks::any_in(std::uint64_t first, std::uint64_t end) const {
    if (end <= first) return false;
    const std::uint64_t last = std::min<std::uint64_t>((end - 1) / rows_a_bucket_, kBuckets - 1);
    for (std::uint64_t i = first / rows_a_bucket_; i <= last; ++i)
        if (buckets_[static_cast<std::size_t>(i)]) return true;
    return false;
}

}  // namespace net::capture
