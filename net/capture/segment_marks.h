// The way back from a byte to its message (or line): how many records there were when a job came to which read.
//
// A job walks the reads in order, of all connections or of some, and appends a SegmentRecord when it knows where a message ends. So the records of one stream stand in the order of the
// stream, but those of different streams in the order in which they were decided, which is not that of their beginnings: a message of many reads comes after what happened
// meanwhile. A mark now and then says how many records there were when the walk came to a read; then a byte's record is found by looking only where its stream had reads.
// Marks are in a file as the records are. One that could not be written is missing, which costs time and nothing else.
//
// Thread: at_read() on the job's worker; decided_at() on any.
#pragma once

#include "net/capture/record_file.h"
#include "net/channel/failure.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace net::capture {

class SegmentMarks {
  public:
    // In `directory`, as RecordFile. Null: `failure` says why.
    [[nodiscard]] static std::unique_ptr<SegmentMarks> create(const std::string& directory,
                                                              channel::Failure& failure);

    // The walk comes to the read (or gap) at `position`, ascending, with `records` added so far, those too that wait to be written. To be called for every read.
    void at_read(std::uint64_t position, std::uint64_t records) {
        if (position - last_.position >= kReadsAMark || records - last_.records >= kRecordsAMark)
            leave({.position = position, .records = records});
    }

    // The records that were decided at the read lie in this stretch, with others; `end` may be beyond the last record. The next read whose stretch is another is
    // `end_position` at the soonest. Costs some ten small reads.
    struct Stretch {
        std::uint64_t begin = 0;
        std::uint64_t end = UINT64_MAX;
        std::uint64_t end_position = UINT64_MAX;
    };
    [[nodiscard]] Stretch decided_at(std::uint64_t position) const;

  private:
    // A mark is left after so many reads or records, whichever comes first.
    static constexpr std::uint64_t kReadsAMark = 1024;
    static constexpr std::uint64_t kRecordsAMark = 4096;
    struct Mark {
        std::uint64_t position = 0;
        std::uint64_t records = 0;
    };

    explicit SegmentMarks(std::unique_ptr<RecordFile<Mark>> marks) : marks_(std::move(marks)) {}
    void leave(const Mark& mark);

    const std::unique_ptr<RecordFile<Mark>> marks_;
    Mark last_;  // the worker's
};

}  // namespace net::capture
