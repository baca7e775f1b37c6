#include "app/session/ledger.h"

#include "app/session/log_text.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace app::session {
namespace {

// "received: 2,048 B read, 1,024 B shown (1,024 B missing)"; empty when they are equal.
std::string difference(std::string_view direction,
                       std::uint64_t read,
                       std::uint64_t other,
                       std::string_view other_is) {
    if (read == other) return {};
    std::string text(direction);
    text += ": " + bytes_text(read) + " read, " + bytes_text(other) + " ";
    text += other_is;
    text += read > other ? " (" + bytes_text(read - other) + " missing)"
                         : " (" + bytes_text(other - read) + " too many)";
    return text;
}

std::string differences(std::uint64_t read_received,
                        std::uint64_t read_sent,
                        std::uint64_t other_received,
                        std::uint64_t other_sent,
                        std::string_view other_is) {
    std::string text = difference("received", read_received, other_received, other_is);
    std::string more = difference("sent", read_sent, other_sent, other_is);
    if (!text.empty() && !more.empty()) text += "; ";
    return text + more;
}

bool is_same_place(const net::channel::LedgerMark& a, const net::channel::LedgerMark& b) {
    return a.file == b.file && a.end_offset == b.end_offset && a.received == b.received &&
           a.sent == b.sent;
}

}  // namespace

void LedgerFold::set_stored_checkable(bool is_checkable) {
    ledger_.is_stored_checkable = is_checkable;
}

void LedgerFold::disagree(std::string trouble) {
    ledger_.state = LedgerState::kDisagrees;
    ledger_.trouble = std::move(trouble);
}

void LedgerFold::show(const Mark& mark) {
    ledger_.read = mark.said.received + mark.said.sent;
    ledger_.shown = mark.shown_received + mark.shown_sent;
}

bool LedgerFold::fold_mark(const net::channel::LedgerMark& mark,
                           std::uint64_t shown_received,
                           std::uint64_t shown_sent) {
    if (mark.received == 0 && mark.sent == 0 && shown_received == 0 && shown_sent == 0)
        return false;
    if (newest_ && is_same_place(newest_->said, mark)) return false;
    newest_ = Mark{.said = mark, .shown_received = shown_received, .shown_sent = shown_sent};
    if (mark.file == net::channel::FileId::kNone) ledger_.is_stored_checkable = false;
    if (ledger_.is_stored_checkable) {
        // A later mark of a file covers the earlier one; the last of a file is never passed over, for the next file's count goes on from it.
        if (!waiting_.empty() && waiting_.back().said.file == mark.file) waiting_.pop_back();
        waiting_.push_back(*newest_);
    }

    std::string trouble =
        differences(mark.received, mark.sent, shown_received, shown_sent, "shown");
    if (ledger_.state != LedgerState::kDisagrees && !trouble.empty()) {
        show(*newest_);
        disagree(std::move(trouble));
        return true;
    }
    // Three numbers stand side by side only if they are of one place: the counted mark's stay until the next one is counted.
    if (ledger_.is_stored_checkable && ledger_.state != LedgerState::kEmpty) return false;
    show(*newest_);
    if (ledger_.state == LedgerState::kEmpty) {
        ledger_.state = ledger_.is_stored_checkable ? LedgerState::kCounting : LedgerState::kAgrees;
    }
    return true;
}

bool LedgerFold::fold_close(const net::channel::ConnectionClosed& closed,
                            std::uint64_t shown_received,
                            std::uint64_t shown_sent) {
    if (ledger_.state == LedgerState::kDisagrees) return false;
    std::string trouble =
        differences(closed.received, closed.sent, shown_received, shown_sent, "shown");
    if (trouble.empty()) return false;
    disagree("connection #" + std::to_string(net::channel::number(closed.connection)) + ", " +
             trouble);
    return true;
}

std::optional<net::channel::LedgerMark> LedgerFold::next_audit() {
    if (under_way_ || waiting_.empty()) return std::nullopt;
    under_way_ = waiting_.front();
    waiting_.pop_front();
    return under_way_->said;
}

bool LedgerFold::needs(net::channel::FileId file) const {
    const auto is_of_it = [file](const Mark& mark) { return mark.said.file == file; };
    return (under_way_ && is_of_it(*under_way_)) ||
           std::any_of(waiting_.begin(), waiting_.end(), is_of_it);
}

bool LedgerFold::fold_counts(const net::capture::AuditCounts& counts) {
    if (!under_way_) return false;
    const Mark mark = *std::exchange(under_way_, std::nullopt);
    // Damage ends the counting: that is the answer to every later question too, whichever file it asks about.
    const bool is_answer = counts.is_damaged ||
                           (counts.file == mark.said.file && counts.offset == mark.said.end_offset);
    if (!is_answer) {
        const bool is_covered = !waiting_.empty() && waiting_.front().said.file == mark.said.file;
        if (!is_covered) waiting_.push_front(mark);
        return false;
    }
    show(mark);
    ledger_.stored = counts.received + counts.sent;
    // The numbers go on, the verdict stays.
    if (ledger_.state == LedgerState::kDisagrees) return true;
    std::string trouble;
    if (counts.is_damaged) {
        trouble = "the capture is damaged: " + net::bytes::printable(counts.damage);
    } else {
        trouble = differences(mark.said.received, mark.said.sent, counts.received, counts.sent,
                              "in the file");
    }
    if (trouble.empty()) {
        ledger_.state = LedgerState::kAgrees;
    } else {
        disagree(std::move(trouble));
    }
    return true;
}

}  // namespace app::session
