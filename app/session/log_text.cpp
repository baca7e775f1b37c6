#include "app/session/log_text.h"

#include "app/session/notes.h"

#include <array>
#include <csignal>
#include <cstdio>

namespace app::session {

std::string grouped(std::uint64_t value) {
    const std::string digits = std::to_string(value);
    std::string text;
    text.reserve(digits.size() + digits.size() / 3);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string bytes_text(std::uint64_t bytes) {
    return grouped(bytes) + " B";
}

std::string delay_text(std::int64_t delay_ns) {
    const std::int64_t ms = delay_ns / 1'000'000;
    if (ms < 1000) return std::to_string(ms) + " ms";
    std::string text = std::to_string(ms / 1000);
    if (ms % 1000 >= 100) text += "." + std::to_string(ms % 1000 / 100);
    return text + " s";
}

std::string listening_text(const Endpoint& endpoint, const net::bytes::SocketAddress& local) {
    const std::string address = net::bytes::to_text(local);
    // Port 0, "*" and "localhost" become something else once bound: then both are said.
    if (address == endpoint.name) return address + " listening";
    return endpoint.name + " listening on " + address;
}

std::string beyond_loopback_text(const Endpoint& endpoint, const net::bytes::SocketAddress& local) {
    return "other machines can connect to " + endpoint.name + ": " + net::bytes::to_text(local) +
           " is not limited to this machine";
}

std::string connecting_text(const Endpoint& endpoint,
                            const net::bytes::SocketAddress& peer,
                            std::uint32_t attempt) {
    const std::string address = net::bytes::to_text(peer);
    std::string text = endpoint.name + " connecting";
    if (address != endpoint.name) text += " to " + address;
    if (attempt > 1) text += " (attempt " + grouped(attempt) + ")";
    return text;
}

std::string waiting_text(const Endpoint& endpoint,
                         std::int64_t delay_ns,
                         std::uint32_t next_attempt) {
    return endpoint.name + " waiting " + delay_text(delay_ns) + " before attempt " +
           grouped(next_attempt);
}

namespace {

std::string numbered(ConnectionId id) {
    return "#" + std::to_string(net::channel::number(id));
}

}  // namespace

std::string opened_text(const Connection& connection) {
    const std::string peer =
        (connection.was_opened_here ? " to " : " from ") + connection.peer_text;
    if (connection.protocol == net::channel::Protocol::kUdp)
        return "first datagram of " + numbered(connection.id) + peer;
    if (connection.is_continued)
        return numbered(connection.id) + peer + " was open already where this capture begins";
    return "opened " + numbered(connection.id) + peer;
}

std::string gap_text(const net::channel::StreamGap& gap) {
    const bool is_sent = gap.direction == net::channel::Direction::kSent;
    const bool is_one = gap.bytes == 1;
    std::string text = numbered(gap.connection) + ": " + grouped(gap.bytes);
    text += is_sent ? " sent" : " received";
    text += is_one ? " byte is" : " bytes are";
    return text + (gap.cause == net::channel::GapCause::kEarlierFile
                       ? " in an earlier file of this capture"
                       : " missing here (not captured)");
}

std::string closed_text(const Connection& connection) {
    std::string text = "closed " + numbered(connection.id) + ": " +
                       reason_text(connection.reason, connection.code) + " (received " +
                       bytes_text(connection.received) + ", sent " + bytes_text(connection.sent);
    if (connection.not_sent != 0) text += ", never sent " + bytes_text(connection.not_sent);
    return text + ")";
}

std::string paused_text(net::channel::PauseCause cause) {
    return cause == net::channel::PauseCause::kStorage
               ? "reading paused: the capture cannot be written; the peers wait, nothing is lost"
               : "reading paused: more arrives than can be shown; the peers wait, nothing is lost";
}

std::string resumed_text(net::channel::PauseCause cause) {
    return cause == net::channel::PauseCause::kStorage
               ? "reading resumed: the capture can be written again"
               : "reading resumed: what was waiting has been shown";
}

std::string capturing_text(const net::channel::CaptureOpened& event) {
    switch (event.change) {
        case net::channel::CaptureChange::kStarted: break;
        case net::channel::CaptureChange::kRing:
            return "the file is full; the capture goes on in " + event.path;
        case net::channel::CaptureChange::kAfterError:
            return "the disk failed; the capture goes on in " + event.path;
        case net::channel::CaptureChange::kMoved:
            return "as asked, the capture goes on in " + event.path +
                   "; what came before stays where it is";
        case net::channel::CaptureChange::kDropped:
            return "as asked, what was captured is deleted; the capture goes on in " + event.path;
    }
    return "capturing to " + event.path;
}

std::string note_lost_text(const net::channel::Note& note, std::string_view why) {
    std::string text = "a note is not shown (" + std::string(why) + ")";
    if (!note.text.empty()) text += ": " + note.text;
    return text;
}

std::string too_many_notes_text() {
    return "no more notes: there are " + grouped(kMostNotes) + " already; delete some";
}

std::string notes_gone_text(std::size_t notes) {
    return grouped(notes) + (notes == 1 ? " note" : " notes") + " on bytes of that file " +
           (notes == 1 ? "is" : "are") + " gone with it";
}

std::string dropped_text(const CaptureFile& file) {
    std::string text = "deleted from the capture: " + file.path;
    if (file.end_offset != 0) text += " (" + bytes_text(file.end_offset) + ")";
    return text;
}

std::string bounds_text(const net::channel::CaptureBounds& bounds) {
    std::string text = "the capture keeps ";
    if (bounds.ring_files == 0) {
        text += "everything";
    } else {
        text += "the newest " + grouped(bounds.ring_files) + " files of " +
                bytes_text(bounds.ring_file_bytes);
    }
    if (bounds.least_free_bytes == 0) return text;
    return text + "; reading pauses when less than " + bytes_text(bounds.least_free_bytes) +
           " are free on the disk";
}

std::string send_job_ended_text(const SendJobFact& job) {
    const net::channel::SendJobProgress& progress = job.progress;
    std::string text = text_of(job.what) + ": " + to_text(progress.state);
    const bool is_file = std::holds_alternative<net::channel::SendFile>(job.what);
    if (!is_file) {
        text += ", " + grouped(progress.sends) +
                (std::holds_alternative<net::channel::SplitTest>(job.what) ? " pieces" : " sends");
    }
    text += ", " + bytes_text(progress.bytes);
    if (progress.total_bytes > progress.bytes) text += " of " + bytes_text(progress.total_bytes);
    if (progress.skipped != 0) text += ", " + grouped(progress.skipped) + " skipped";
    if (!is_file || progress.furthest_bytes == 0) return text;
    std::array<char, 16> crc{};
    std::snprintf(crc.data(), crc.size(), "%08x", progress.crc32);
    return text + ", CRC-32 " + crc.data();
}

std::string reply_text(std::string_view rule, const net::channel::ReplyHits& hits) {
    std::string text = "reply ";
    text += rule.empty() ? "rule " + grouped(std::uint64_t{hits.rule} + 1)
                         : "\"" + std::string(rule) + "\"";
    return text + " to " + numbered(hits.connection) + " (" + grouped(hits.hits) +
           (hits.hits == 1 ? " hit)" : " hits)");
}

std::string limited_text(const Endpoint& endpoint,
                         std::uint32_t most_per_second,
                         std::uint64_t left_out) {
    return endpoint.name + ": more is to be answered than " + grouped(most_per_second) +
           " times a second; " + grouped(left_out) + " left out so far";
}

std::string signal_text(std::int32_t signal) {
    switch (signal) {
        case SIGINT: return "SIGINT";
        case SIGTERM: return "SIGTERM";
        case SIGHUP: return "SIGHUP";
        default: return "signal " + std::to_string(signal);
    }
}

}  // namespace app::session
