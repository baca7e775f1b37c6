// The ledger's arithmetic: marks come in with the events, counts of the file from a job, and the three either agree or do not.
//
// At each LedgerMark: what the network thread says it read and sent must equal what the session has folded up to here, each direction on
// its own, else it disagrees at once. The newest mark of each file not yet counted is then handed out for counting, one at a time and file after file; the counts found
// must equal that very mark's. The numbers shown are always of one place, the mark counted last. A disagreement stays for the run: a later mark that
// happens to fit does not heal a lost byte; the numbers go on, so that the end of a run can still say what the file holds.
//
// Thread: the session's.
#pragma once

#include "app/session/facts.h"
#include "net/capture/auditor.h"
#include "net/channel/event.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace app::session {

class LedgerFold {
  public:
    // Whether the capture can be read back and counted (not `-w -`).
    void set_stored_checkable(bool is_checkable);

    // `shown_*`: bytes folded so far. True: the ledger changed.
    bool fold_mark(const net::channel::LedgerMark& mark,
                   std::uint64_t shown_received,
                   std::uint64_t shown_sent);

    // A connection's own books at its close: catches bytes that were folded into the wrong connection, which no total can show. True: the ledger changed.
    bool fold_close(const net::channel::ConnectionClosed& closed,
                    std::uint64_t shown_received,
                    std::uint64_t shown_sent);

    // The mark to count up to; it is under way until fold_counts().
    [[nodiscard]] std::optional<net::channel::LedgerMark> next_audit();
    // True: the ledger changed. Counts that answer another question than the one under way are ignored, and the question is put again.
    bool fold_counts(const net::capture::AuditCounts& counts);

    // Whether a count of this file is still to come or under way.
    [[nodiscard]] bool needs(net::channel::FileId file) const;

    [[nodiscard]] const Ledger& ledger() const { return ledger_; }

  private:
    // A mark with what was shown at its place, kept until its count comes back.
    struct Mark {
        net::channel::LedgerMark said;
        std::uint64_t shown_received = 0;
        std::uint64_t shown_sent = 0;
    };

    void disagree(std::string trouble);
    void show(const Mark& mark);

    Ledger ledger_;
    std::deque<Mark> waiting_;       // the newest not yet counted of each file, in their order
    std::optional<Mark> under_way_;  // handed out
    std::optional<Mark> newest_;     // compared last, to see whether a mark says anything new
};

}  // namespace app::session
