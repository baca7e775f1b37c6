#include "app/jobs/export_reads.h"

#include "app/jobs/file_failure.h"
#include "net/bytes/escapes.h"
#include "net/capture/pcapng_reader.h"

#include <algorithm>
#include <cerrno>
#include <variant>

namespace app::jobs {

namespace channel = net::channel;

namespace {

constexpr char kAttempt[] = "export to";
// Cancel and progress are looked at once for so many events.
constexpr std::uint64_t kEventsALook = 256;

constexpr std::size_t index_of(channel::Direction direction) {
    return direction == channel::Direction::kSent ? 1 : 0;
}

}  // namespace

Chosen::Chosen(const std::vector<channel::ConnectionId>& connections)
    : is_all_(connections.empty()) {
    for (const channel::ConnectionId connection : connections)
        numbers_.insert(channel::number(connection));
}

ReadExport::ReadExport(HeldParts& held, const ExportRequest& request, ExportFormatter& formatter)
    : held_(held),
      request_(request),
      formatter_(formatter),
      is_chosen_(request.connections),
      window_(held.files()) {}

std::optional<channel::Failure> ReadExport::run(JobControl& control) {
    formatter_.begin();
    std::uint64_t before = 0;
    for (const HeldPart& part : held_.parts()) {
        ++part_;
        if (auto failure = run_part(part, before, control)) return failure;
        if (control.should_stop() || formatter_.error() != 0) return std::nullopt;
        before += part.end_offset;
    }
    return std::nullopt;
}

std::optional<channel::Failure> ReadExport::run_part(const HeldPart& part,
                                                     std::uint64_t bytes_before,
                                                     JobControl& control) {
    std::string message;
    const auto reader = net::capture::Reader::open(held_.files(), part.file, message);
    if (reader == nullptr) {
        return file_failure(kAttempt, request_.path, EINVAL,
                            "the capture file " + net::bytes::printable(part.path) + " " +
                                net::bytes::printable(message));
    }
    window_.start(part.file);
    const auto total = static_cast<double>(held_.total_bytes());
    const auto look = [&](std::uint64_t offset) {
        control.set_progress(static_cast<double>(bytes_before + offset) / total);
        return !control.should_stop() && formatter_.error() == 0;
    };
    reader->ask_to_go_on(look);
    channel::Event event;
    for (std::uint64_t count = 0; reader->next(event); ++count) {
        // A live capture has grown since: what lies behind the end is not asked for.
        if (reader->offset() > part.end_offset) break;
        if (count % kEventsALook == 0 && !look(reader->offset())) return std::nullopt;
        if (const auto* recorded = std::get_if<channel::Recorded>(&event)) {
            if (!is_chosen_(recorded->connection)) continue;
            if (auto failure = take(*recorded, part)) return failure;
        } else if (const auto* opened = std::get_if<channel::ConnectionOpened>(&event)) {
            if (is_chosen_(opened->connection)) take(*opened);
        } else if (const auto* gap = std::get_if<channel::StreamGap>(&event)) {
            if (is_chosen_(gap->connection)) take(*gap);
        }
    }
    if (!look(reader->offset()) || reader->offset() >= part.end_offset) return std::nullopt;
    cut_short_ = read_short_text(part, reader->offset(), reader->counts().why_it_ended);
    // Of a live capture all of it was there a moment ago.
    if (part.is_end_known) return file_failure(kAttempt, request_.path, ENODATA, cut_short_);
    return std::nullopt;
}

ReadExport::Stream& ReadExport::stream(channel::ConnectionId connection) {
    Stream& stream = streams_[channel::number(connection)];
    if (stream.part != part_) {
        stream.part = part_;
        stream.has_moved = {};
    }
    return stream;
}

bool ReadExport::is_wanted(channel::Direction direction) const {
    return direction == channel::Direction::kSent ? request_.wants_sent : request_.wants_received;
}

void ReadExport::take(const channel::ConnectionOpened& opened) {
    Stream& found = stream(opened.connection);
    // One that goes on from the file before was told there.
    if (found.is_known && opened.is_continued) return;
    found.is_known = true;
    formatter_.opened(opened);
}

void ReadExport::take(const channel::StreamGap& event) {
    Stream& found = stream(event.connection);
    const std::size_t at = index_of(event.direction);
    std::uint64_t missing = event.bytes;
    // A connection that goes on says how much lies in the files before: where those were read, that is no gap.
    if (event.cause == channel::GapCause::kEarlierFile && !found.has_moved[at])
        missing = event.bytes - std::min(event.bytes, found.offset[at]);
    found.has_moved[at] = true;
    if (missing == 0) return;
    const ExportedRead gap{.connection = event.connection,
                           .direction = event.direction,
                           .time_ns = event.time_ns,
                           .offset = found.offset[at],
                           .missing = missing,
                           .cause = event.cause};
    found.offset[at] += missing;
    if (!is_wanted(event.direction)) return;
    missing_bytes_ += missing;
    ++gaps_;
    formatter_.gap(gap);
}

std::optional<channel::Failure> ReadExport::take(const channel::Recorded& recorded,
                                                 const HeldPart& part) {
    Stream& found = stream(recorded.connection);
    const std::size_t at = index_of(recorded.direction);
    const ExportedRead read{.connection = recorded.connection,
                            .direction = recorded.direction,
                            .time_ns = recorded.time_ns,
                            .offset = found.offset[at],
                            .size = recorded.size};
    found.has_moved[at] = true;
    found.offset[at] += recorded.size;
    if (!is_wanted(recorded.direction)) return std::nullopt;
    formatter_.read_begins(read);
    for (std::uint32_t done = 0; done < recorded.size;) {
        const std::size_t size =
            std::min<std::size_t>(recorded.size - done, ExportFormatter::kPieceBytes);
        const std::uint8_t* bytes = window_.view(recorded.offset + done, size, part.end_offset);
        if (bytes == nullptr) {
            return file_failure(kAttempt, request_.path, ENODATA,
                                "the capture file " + net::bytes::printable(part.path) +
                                    " could not be read on at byte " +
                                    std::to_string(recorded.offset + done) +
                                    "; it was cut short by another program, or the disk failed");
        }
        formatter_.piece(read, {bytes, size}, done);
        done += static_cast<std::uint32_t>(size);
    }
    formatter_.read_ends(read);
    return std::nullopt;
}

}  // namespace app::jobs
