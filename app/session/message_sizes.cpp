#include "app/session/message_sizes.h"

#include "net/bytes/framing.h"

#include <algorithm>
#include <span>

namespace app::session {

namespace {

// Read at one go: 64 KiB.
constexpr std::size_t kRecordsARead = 4096;

}  // namespace

bool MessageSizes::count(const Segments& segments,
                         const std::vector<ConnectionId>& connections,
                         const net::capture::ReadIndex& reads,
                         std::uint64_t most_records) {
    if (segments.records == nullptr || keeper_.lock() != segments.keeper ||
        connections_ != connections) {
        keeper_ = segments.keeper;
        connections_ = connections;
        histogram_ = {};
        next_ = 0;
    }
    if (segments.records == nullptr) return true;
    scratch_.resize(kRecordsARead);
    while (most_records > 0) {
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(kRecordsARead, most_records));
        const std::size_t got = segments.records->read(next_, std::span{scratch_}.first(wanted));
        for (const net::capture::SegmentRecord& record : std::span{scratch_}.first(got))
            take(record, reads);
        next_ += got;
        most_records -= got;
        if (got < wanted) return true;
    }
    return next_ >= segments.records->size();
}

void MessageSizes::take(const net::capture::SegmentRecord& record,
                        const net::capture::ReadIndex& reads) {
    using net::bytes::FrameStatus;
    if (record.position() >= reads.size() || record.status() == FrameStatus::kBadLength) return;
    const net::capture::ReadEntry& entry = reads.entry(record.position());
    if (entry.is_gap()) return;
    if (!connections_.empty() &&
        !std::binary_search(connections_.begin(), connections_.end(),
                            reads.connection_of_slot(entry.connection_slot)))
        return;
    histogram_.add(entry.direction(), record.bytes());
}

}  // namespace app::session
