// Messages and text lines as records in a file: which bytes of which streams belong together, so that any message of any number is one look-up.
//
// The worker walks the index in order, from its first read to the last it was told of, and reads only what a framer must look at. What a stream's framer finds is
// appended to a RecordFile in the order in which the ends are found; within a stream that is the order of its bytes. Then it goes on as traffic comes.
// - A message that has begun and not ended stands in pending() until it ends.
// - A gap of the index is a record of no bytes at the gap's position (kCutByGap), behind what it cuts. Bytes that cannot be read any more (a file that a ring has
//   dropped, a file cut short by another program) are records kCutByGap, joined as far as they follow each other in their stream, and trouble() says so.
// - When the disk is full the job waits and tries again by itself, and trouble() says so.
//
// Thread: public functions on the frame thread; none waits but the destructor, for a slice of work. The index and the table of files outlive this; of the index
// only published entries are touched. Memory: about 300 bytes for each stream that has begun and not ended, and a few MiB of buffers.
#pragma once

#include "net/bytes/framing.h"
#include "net/bytes/line_framer.h"
#include "net/capture/file_table.h"
#include "net/capture/index.h"
#include "net/capture/record_file.h"
#include "net/capture/segment_marks.h"
#include "net/channel/ids.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace app::jobs {

// How a stream becomes items: messages by a framing, or lines of text.
using Splitting = std::variant<net::bytes::Framing, net::bytes::LineSplit>;

// A connection whose reads are wanted. Name it before, or together with, the first of its reads (SegmentationSpec::reads, extend()): what was walked already is not
// looked at again.
struct StreamChoice {
    net::channel::ConnectionId connection{};
    std::uint32_t splitting = 0;  // which of SegmentationSpec::splittings
    bool has_received = true;
    bool has_sent = true;
};

// Nothing follows the read at this position of the index: what is pending there ends (kCutByEnd), and the memory of its streams is given back.
struct StreamEnd {
    net::channel::ConnectionId connection{};
    std::uint64_t last_position = 0;
};

struct SegmentationSpec {
    std::vector<Splitting> splittings{};
    std::vector<StreamChoice> streams{};
    std::vector<StreamEnd> ends{};
    std::uint64_t reads = 0;  // of the index: those before are walked
};

// Messages that have begun and not ended, as of a moment: they stand behind the first `segments` records.
struct PendingSegments {
    std::uint64_t segments = 0;
    std::vector<net::capture::SegmentRecord> records{};  // by position; the newest kMostPending
    std::uint64_t left_off = 0;                          // how many more there are
};
inline constexpr std::size_t kMostPending = 1000;

class Segmentation {
  public:
    // Record files are made in `directory` (beside the captures; they have no name there). `wake_frame` is called on the worker when there is news.
    Segmentation(const net::capture::ReadIndex& index,
                 const net::capture::FileTable& files,
                 std::string directory,
                 std::function<void()> wake_frame);
    ~Segmentation();  // cancels and joins, within milliseconds
    Segmentation(const Segmentation&) = delete;
    Segmentation& operator=(const Segmentation&) = delete;

    // Everything anew, with a record file of its own; what is under way is given up. segments() is null until the new file is there.
    void start(SegmentationSpec spec);
    // There are now `reads` reads. `streams` are new ones, with splittings of the spec.
    void extend(std::uint64_t reads,
                std::vector<StreamChoice> streams = {},
                std::vector<StreamEnd> ends = {});

    // Once a frame: takes what the worker has to say. True: something below has changed.
    bool poll();

    // Of what was last started; null before its file is there. It grows while the worker is at work. Valid until start() or the destructor, or as long as keeper() is held.
    [[nodiscard]] const net::capture::RecordFile<net::capture::SegmentRecord>* segments() const;
    // The way back from a byte to its record (SegmentItems); null and valid as segments().
    [[nodiscard]] const net::capture::SegmentMarks* marks() const;
    // Keeps segments() and marks() where they are for whoever holds it, also after this has gone; null as they are. Never the worker: that ends with this.
    [[nodiscard]] std::shared_ptr<const void> keeper() const;
    // Counted up by start().
    [[nodiscard]] std::uint64_t generation() const;
    // As of when the worker was last up to date.
    [[nodiscard]] const PendingSegments& pending() const;
    // So many reads, from the first on, are in segments() and pending().
    [[nodiscard]] std::uint64_t walked_reads() const;
    // Of the reads that were asked for, 0..1.
    [[nodiscard]] double progress() const;
    [[nodiscard]] bool is_up_to_date() const;
    // A sentence: what cannot be read or kept; empty: nothing is wrong. It stays until the next start(), a full disk's until there is space again.
    [[nodiscard]] const std::string& trouble() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
