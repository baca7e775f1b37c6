// The meaning of sections that we wrote: packets and notes become the events that were live.
//
// A capture may be in several files, and files may have been put one behind the other (concatenated, saved as one): sections of one run go on with its ids, and its
// connections with their bytes; another run's ids continue after those of the sections before it, and so do those of a run that another program's section with ids of its own has interrupted.
//
// Memory is bounded: kMostFollowed open connections are remembered, for knowing across sections what is there already; of further ones nothing is told twice,
// but a gap between two files is not seen.
//
// Thread: the reader's.
#pragma once

#include "net/capture/block_options.h"
#include "net/capture/note_codec.h"
#include "net/capture/packet_parse.h"
#include "net/capture/reader_counts.h"
#include "net/capture/reader_events.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace net::capture {

class OwnSections {
  public:
    static constexpr std::size_t kMostFollowed = 131072;
    static constexpr std::size_t kMostEndpoints = 131072;

    OwnSections(ReaderEvents& events, ReaderCounts& counts) : events_(events), counts_(counts) {}

    // A section begins: ours, or (options.is_ours false) another program's.
    void begin(const SectionOptions& options, bool is_swapped);
    // Of an interface; `endpoint` as in the file, not 0. Its id in the events.
    channel::EndpointId add_endpoint(std::uint64_t endpoint,
                                     channel::EndpointKind kind,
                                     std::string name);
    // A packet of ours: its payload lies at `payload_at` of `file`.
    void take_packet(const Segment& segment,
                     channel::FileId file,
                     std::uint64_t payload_at,
                     std::int64_t time_ns,
                     std::span<const std::uint8_t> options);
    void take_note(std::span<const std::uint8_t> body);
    // Of a person's note; `in_file` as in the file.
    channel::NoteId note_id(channel::NoteId in_file);
    // At the end of the file: what the newest run says about its own end, if it is the file's only one.
    [[nodiscard]] const std::optional<channel::ServiceStopped>& run_end() const { return run_end_; }
    void finish();

  private:
    struct Followed {
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
    };

    channel::ConnectionId connection_id(std::uint64_t in_file);
    channel::EndpointId endpoint_id(std::uint64_t in_file);
    Followed* find(channel::ConnectionId connection);
    void follow(channel::ConnectionId connection, Followed followed);
    void take_event(std::span<const std::uint8_t> event,
                    channel::ConnectionId connection,
                    channel::Direction direction,
                    const Segment& segment,
                    std::int64_t time_ns);
    void take_continued(const ContinuedConnection& continued);
    void tell_gap(channel::ConnectionId connection,
                  channel::Direction direction,
                  std::uint64_t bytes,
                  std::int64_t time_ns);

    ReaderEvents& events_;
    ReaderCounts& counts_;
    bool is_swapped_ = false;
    // The newest run's.
    RunPart part_;
    std::uint64_t runs_ = 0;
    std::uint64_t connection_base_ = 0;
    std::uint64_t endpoint_base_ = 0;
    std::uint64_t note_base_ = 0;
    // The highest ids of all when its last was given: higher ones since are another program's.
    std::uint64_t own_highest_connection_ = 0;
    std::uint64_t own_highest_endpoint_ = 0;
    std::unordered_set<std::uint64_t> endpoints_;              // told
    std::unordered_map<std::uint64_t, Followed> connections_;  // told and not closed
    std::uint64_t last_id_ = 0;                                // of last_, which find() gave last
    Followed* last_ = nullptr;
    bool has_unfollowed_ = false;
    std::uint64_t highest_opened_ = 0;
    std::optional<channel::ServiceStopped> run_end_;
};

}  // namespace net::capture
