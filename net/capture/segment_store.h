// The messages or lines that a job finds in a capture: records in a file without a name, those that have not ended beside them, and the way back from a byte to its record.
//
// A job walks the reads in order (of all connections, or of some) and adds a record when it knows where a message ends. So the records of one stream stand in the order of the stream, but those of
// different streams in the order in which they were decided, which is not that of their beginnings: a message of many reads comes after what happened meanwhile. at_read() leaves a mark now
// and then, which says how many records there were when the walk came to a read; so a byte's record is found by looking only where its stream had reads.
// Every byte of a stream that was walked belongs to exactly one record or pending one.
//
// Thread: at_read(), add(), publish() on the job's worker; the rest on any. Errors: errno values, which stay.
#pragma once

#include "net/capture/record_file.h"
#include "net/channel/failure.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace net::capture {

class SegmentStore {
  public:
    // In `directory`, as RecordFile. Null: `failure` says why.
    [[nodiscard]] static std::unique_ptr<SegmentStore> create(const std::string& directory,
                                                              channel::Failure& failure);

    // ---- The worker. ----

    // The walk comes to the read (or gap) at `position`, ascending: what is added from here on was decided there or later.
    void at_read(std::uint64_t position);
    void add(const SegmentRecord& record);
    // What was added can be read from now on; reads below `walked_reads` have been walked; `pending` have begun and not ended, at most one a stream. Once a slice of
    // work and at its end. 0, or the errno value of what could not be written; then nothing is published any more.
    [[nodiscard]] int publish(std::uint64_t walked_reads, std::vector<SegmentRecord> pending);

    // ---- Any thread. ----

    // What publish() said last.
    struct State {
        std::uint64_t size = 0;  // records
        std::uint64_t walked_reads = 0;
        std::vector<SegmentRecord> pending;  // in the order of their beginnings
    };
    [[nodiscard]] std::shared_ptr<const State> state() const;
    // Those from `first` on: how many.
    [[nodiscard]] std::size_t read(std::uint64_t first, std::span<SegmentRecord> out) const;

    // The records that were decided at the read lie in this stretch, with others; the next read whose stretch is another is `end_position` at the soonest. Costs some ten small reads.
    struct Stretch {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t end_position = 0;
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

    SegmentStore(std::unique_ptr<RecordFile<SegmentRecord>> records,
                 std::unique_ptr<RecordFile<Mark>> marks);
    void write_added();

    const std::unique_ptr<RecordFile<SegmentRecord>> records_;
    const std::unique_ptr<RecordFile<Mark>> marks_;
    // The worker only.
    std::vector<SegmentRecord> added_;
    Mark last_mark_;
    bool has_mark_ = false;
    int error_ = 0;
    mutable std::mutex mutex_;
    std::shared_ptr<const State> state_;  // by mutex_
};

}  // namespace net::capture
