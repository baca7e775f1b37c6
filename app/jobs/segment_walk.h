// The worker's half of Segmentation: walks the index read by read, knows the streams, writes the records.
//
// Thread: the worker; blocks on the disk.
#pragma once

#include "app/jobs/read_stretches.h"
#include "app/jobs/segmentation.h"
#include "app/jobs/stream_segments.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace app::jobs {

// Where the records go; the frame side holds it as well.
struct SegmentFiles {
    using Records = net::capture::RecordFile<net::capture::SegmentRecord>;
    std::unique_ptr<Records> records;
    std::unique_ptr<net::capture::SegmentMarks> marks;
};

class SegmentWalk {
  public:
    struct Hooks {
        std::function<bool()> should_stop;
        std::function<void(double)> set_progress;
        std::function<void(const std::string&)> tell_trouble;  // it has become another
    };

    SegmentWalk(const net::capture::ReadIndex& index,
                const net::capture::FileTable& files,
                std::shared_ptr<SegmentFiles> into,
                std::string directory,
                const std::vector<Splitting>& splittings);

    void add(const std::vector<StreamChoice>& streams);
    // Streams that were walked to their end already end here; the others when the walk comes there.
    void add(const std::vector<StreamEnd>& ends);
    // Walks up to the read of this number; false: it was told to stop. While the disk is full it waits.
    [[nodiscard]] bool walk(std::uint64_t reads, const Hooks& hooks);

    [[nodiscard]] PendingSegments pending() const;
    [[nodiscard]] const std::string& trouble() const;

  private:
    static constexpr std::uint32_t kUnknown = 0xFFFFFFFFU;   // not looked up yet
    static constexpr std::uint32_t kUnwanted = 0xFFFFFFFEU;  // not chosen, as of Slot::looked_up
    static constexpr std::uint64_t kNever = UINT64_MAX;

    struct Choice {
        std::uint32_t splitting = 0;
        std::array<bool, 2> wants{};           // by Direction
        std::uint32_t slot = kUnknown;         // of the index, once it has a read that was walked
        std::uint64_t last_position = kNever;  // of all its reads, once it has ended
    };
    // By connection_slot of the index.
    struct Slot {
        std::array<std::uint32_t, 2> streams{kUnknown,
                                             kUnknown};  // by Direction; or one of the above
        std::uint32_t looked_up = 0;                     // additions_ when that was
        std::uint64_t last_position = kNever;
    };

    // Which stream an entry belongs to; kUnwanted.
    [[nodiscard]] std::uint32_t stream_of(const net::capture::ReadEntry& entry);
    [[nodiscard]] bool is_wanted(const net::capture::ReadEntry& entry) const;
    // False: told to stop.
    [[nodiscard]] bool take(std::uint32_t position,
                            const net::capture::ReadEntry& entry,
                            StreamSegments& stream,
                            std::uint64_t reads,
                            const Hooks& hooks);
    void end_streams(std::uint32_t slot);
    // False: told to stop while the disk was full.
    [[nodiscard]] bool write_records(const Hooks& hooks);

    const net::capture::ReadIndex& index_;
    const net::capture::FileTable& files_;
    const std::shared_ptr<SegmentFiles> into_;
    const std::string directory_;
    std::vector<AnyFramer> fresh_;  // one of each splitting, to be copied
    ReadStretches stretches_;
    std::unordered_map<std::uint64_t, Choice> choices_;  // by connection
    std::uint32_t additions_ = 0;                        // to choices_
    std::vector<Slot> slots_;
    std::vector<std::unique_ptr<StreamSegments>> streams_;
    std::vector<std::uint32_t> free_streams_;
    StreamSegments::Records gathered_;
    std::uint64_t next_ = 0;  // read
    std::uint64_t walked_bytes_ = 0;
    std::string read_trouble_;
    std::string write_trouble_;
};

}  // namespace app::jobs
