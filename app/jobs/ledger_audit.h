// Counts what the capture file holds, from the file, beside the traffic: the ledger's second count.
//
// Thread: the public functions on the frame thread; the counting on its own worker. One request is under way at a time; a later one replaces a waiting one.
// Values cross by a mutex-free pair of queues; the frame side never waits.
#pragma once

#include "net/capture/auditor.h"
#include "net/capture/file_table.h"

#include <functional>
#include <memory>
#include <optional>

namespace app::jobs {

class LedgerAudit {
  public:
    // `files` outlives this. `wake_frame` is called on the worker when a result is ready.
    LedgerAudit(const net::capture::FileTable& files, std::function<void()> wake_frame);
    ~LedgerAudit();  // cancels and joins, within a few milliseconds
    LedgerAudit(const LedgerAudit&) = delete;
    LedgerAudit& operator=(const LedgerAudit&) = delete;

    // True while a request is being counted: ask again later.
    [[nodiscard]] bool is_busy() const;
    void request(net::channel::FileId file, std::uint64_t end_offset);
    // The finished count, once.
    [[nodiscard]] std::optional<net::capture::AuditCounts> take_result();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
