// The view of the bytes, as values: how it shows them, what is remembered of that, which long work it needs and what came of it.
//
// The panels (app/ui) draw ViewFacts and push ViewWishes; app/view_jobs.* carries the wishes out beside the frame and makes the facts. Plain values but for the
// pointers in the facts, which are good within the frame. Thread: frame.
#pragma once

#include "app/session/byte_search.h"
#include "net/bytes/framing.h"
#include "net/bytes/line_framer.h"
#include "net/bytes/text_encoding.h"
#include "net/capture/byte_pattern.h"
#include "net/capture/read_filter.h"
#include "net/capture/record_file.h"
#include "net/capture/segment_marks.h"
#include "net/capture/sheet.h"
#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace app::session {

enum class DocumentId : std::uint64_t;  // desk.h

// ---- How it is shown. ----

enum class ViewMode : std::uint8_t {
    kHex,       // rows of bytes
    kText,      // lines
    kMixed,     // each read or message under a heading
    kMessages,  // one row a message
};
enum class TimeForm : std::uint8_t {
    kAbsolute,
    kRelative,  // since the first read
    kDelta,     // since what stands before it
};

// A pattern, and how its matches in sight are marked.
inline constexpr std::size_t kMostHighlights = 16;
inline constexpr std::size_t kHighlightColors = 6;
inline constexpr std::size_t kMostLabelBytes = 64;
struct Highlight {
    net::capture::BytePattern pattern;
    std::string label;       // UTF-8; may be empty
    std::uint8_t color = 0;  // below kHighlightColors
    bool is_on = true;

    bool operator==(const Highlight&) const = default;
};

// The framing of an endpoint, by the name the user gave it: "127.0.0.1:9000".
inline constexpr std::size_t kMostFramings = 64;
struct EndpointFraming {
    std::string endpoint;
    net::bytes::Framing framing;

    bool operator==(const EndpointFraming&) const = default;
};

inline constexpr std::uint32_t kFitsWidth = 0;

// What is remembered between runs.
struct ViewSettings {
    ViewMode mode = ViewMode::kHex;
    std::uint32_t bytes_per_row = 16;  // 8, 16, 24, 32 or kFitsWidth
    std::uint32_t grouping = 1;        // 1, 2, 4 or 8
    bool is_merged = false;            // reads of one connection and direction run on
    TimeForm time_form = TimeForm::kAbsolute;
    bool messages_are_hex = false;  // kMessages: hex digits and text, else text alone
    net::bytes::TextEncoding encoding = net::bytes::TextEncoding::kUtf8;
    bool has_side = false;   // the panels beside the bytes are open
    std::string side_panel;  // which of them, by name; one that is not known is the first
    std::vector<EndpointFraming> framings;  // the one chosen last in front
    std::vector<Highlight> highlights;

    bool operator==(const ViewSettings&) const = default;
};

// ---- Splitting into messages or lines. ----

struct SplitSpec {
    std::vector<net::channel::ConnectionId> connections;  // ascending; empty: all
    std::vector<std::pair<net::channel::EndpointId, net::bytes::Framing>> framings;
    net::bytes::Framing other;                   // of every other endpoint's connections
    std::optional<net::bytes::LineSplit> lines;  // into lines of text instead

    bool operator==(const SplitSpec&) const = default;
};

// The records of one splitting, and what keeps them there for whoever holds a copy.
struct Segments {
    std::shared_ptr<const void> keeper;
    const net::capture::RecordFile<net::capture::SegmentRecord>* records = nullptr;
    const net::capture::SegmentMarks* marks = nullptr;  // may be missing

    bool operator==(const Segments&) const = default;
};

struct SplitFact {
    Segments segments;  // without records: nothing is split
    SplitSpec spec;     // that of `segments`
    // What had begun and not ended when there were `pending_segments` records; counted up with every change.
    std::vector<net::capture::SegmentRecord> pending;
    std::uint64_t pending_segments = 0;
    std::uint64_t pending_left_off = 0;  // there are so many more, older ones
    std::uint64_t pending_version = 0;
    std::uint64_t reads = 0;    // of the index, from the first on, that all this is made of
    double progress = 0;        // 0..1, of what there is
    bool is_up_to_date = true;  // with what has been folded
    std::string trouble;        // why there are no (more) segments, a sentence; empty: none
};

// ---- Facts and wishes. ----

struct ViewFacts {
    SplitFact split;
    SearchFacts search;
    std::uint64_t version = 0;  // counts up with every change
};

// The view is split so from now on; a default one: nothing needs to be split.
struct SplitWish {
    bool is_wanted = false;
    SplitSpec spec;
};
// What is under way stops; what was found stays.
struct CancelSearchWish {};
// Forgets all of it.
struct ClearSearchWish {};
// The bytes of a selection into a file, as they are: of the sheet that these make, from one byte up to and with another.
struct SaveSelectionWish {
    DocumentId
        document{};  // whose selection it is: while the file was chosen another may have come into sight
    net::capture::ReadFilter filter;
    Segments segments;  // without records: reads
    net::capture::BytePlace begin;
    net::capture::BytePlace last;
    // Of messages and lines: the items with these two, their first bytes, and how far into them; `first_item`: no record before this is the first.
    std::uint64_t first_item = 0;
    net::capture::BytePlace begin_item;
    net::capture::BytePlace last_item;
    std::uint64_t begin_offset = 0;
    std::uint64_t last_offset = 0;
    std::vector<net::capture::SegmentRecord> pending;  // SplitFact::pending
    std::string path;                                  // absolute
    bool may_overwrite = false;
};
struct ChangeViewSettingsWish {
    ViewSettings settings;
};

using ViewWish = std::variant<SplitWish,
                              SearchWish,
                              CancelSearchWish,
                              ClearSearchWish,
                              SaveSelectionWish,
                              ChangeViewSettingsWish>;
using ViewWishes = std::vector<ViewWish>;

}  // namespace app::session
