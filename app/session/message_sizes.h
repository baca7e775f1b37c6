// How long the messages (or lines) of a splitting are, read off its records a budget at a time; goes on with what is found later.
//
// What has begun and not ended is not counted, nor what could not be a message or is missing. About 10 ns a record.
// Thread: the frame thread.
#pragma once

#include "app/session/traffic_history.h"
#include "app/session/view.h"
#include "net/capture/index.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace app::session {

class MessageSizes {
  public:
    // `connections`: ascending; empty: all. Another splitting or other connections begin anew. True: all that there are were counted; else call it in the next frame.
    bool count(const Segments& segments,
               const std::vector<ConnectionId>& connections,
               const net::capture::ReadIndex& reads,
               std::uint64_t most_records);
    [[nodiscard]] const SizeHistogram& histogram() const { return histogram_; }

  private:
    void take(const net::capture::SegmentRecord& record, const net::capture::ReadIndex& reads);

    // Held weakly: the records' file goes with the splitting, also while nobody looks here.
    std::weak_ptr<const void> keeper_;
    std::vector<ConnectionId> connections_;
    SizeHistogram histogram_;
    std::uint64_t next_ = 0;  // record
    std::vector<net::capture::SegmentRecord> scratch_;
};

}  // namespace app::session
