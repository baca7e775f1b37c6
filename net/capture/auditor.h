// What the file holds, counted from the file: the second of the ledger's three counts.
//
// Walks the blocks of a live capture from its beginning, checks each one's structure (type, both lengths, captured length, IP and TCP header lengths,
// connection option) and adds up the payload, reading only headers where blocks are large. It shares nothing with the writer but the format's
// constants: a block damaged on disk stops it, and the ledger no longer agrees.
//
// Thread: any one (a job's worker).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/capture/file_table.h"
#include "net/channel/ids.h"

namespace net::capture {

struct AuditCounts {
    std::uint64_t received = 0;  // payload bytes found, each direction
    std::uint64_t sent = 0;
    std::uint64_t blocks = 0;
    channel::FileId file{};
    std::uint64_t offset = 0;    // counted up to here
    bool is_damaged = false;     // then `damage` says what and where, and counting has stopped at `offset`
    std::string damage;
};

class Auditor {
  public:
    explicit Auditor(const FileTable& files);

    // Counts on up to `end_offset` of `file` (both from a LedgerMark, never more), but reads at most about `budget_bytes`. True: got there (or damaged).
    [[nodiscard]] bool advance(channel::FileId file, std::uint64_t end_offset, std::uint64_t budget_bytes);
    [[nodiscard]] const AuditCounts& counts() const { return counts_; }

  private:
    const FileTable& files_;
    AuditCounts counts_;
    std::vector<std::uint8_t> buffer_;
};

}  // namespace net::capture
