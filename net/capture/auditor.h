// What the file holds, counted from the file: the second of the ledger's three counts.
//
// Walks the blocks of a live capture from its beginning, checks each one's structure (type, both lengths, captured length, IP and TCP header lengths,
// options) and that each packet's sequence number goes on where its connection's last one ended, and adds up the payload, reading only headers where blocks are large. It shares nothing with the writer but pcapng_format.h (the
// constants, and how a stream's first number is made): a block damaged on disk stops it, and the ledger no longer agrees.
//
// A run may go on in another file (or, of files put one behind the other, in another section): then each connection goes on only if the file's beginning says so, with the
// very counts that were counted in the files before. A file whose predecessors were not seen is taken at its word.
//
// Thread: any one (a job's worker).
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/file_window.h"
#include "net/capture/pcapng_format.h"
#include "net/channel/ids.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace net::capture {

struct AuditCounts {
    std::uint64_t received = 0;  // payload bytes found, each direction
    std::uint64_t sent = 0;
    std::uint64_t blocks = 0;
    channel::FileId file{};
    std::uint64_t offset = 0;  // counted up to here
    bool is_damaged =
        false;  // then `damage` says what and where, and counting has stopped at `offset`
    std::string damage;
};

class Auditor {
  public:
    explicit Auditor(const FileTable& files);

    // Counts on up to `end_offset` of `file` (both from a LedgerMark, never more), but reads at most about `budget_bytes`. True: got there (or damaged).
    // Another file than before is begun at its beginning, its counts added to those of the files before. A stream ("-") cannot be read back: damaged.
    [[nodiscard]] bool advance(channel::FileId file,
                               std::uint64_t end_offset,
                               std::uint64_t budget_bytes);
    [[nodiscard]] const AuditCounts& counts() const { return counts_; }
    // That have been opened and not closed, up to counts().offset.
    [[nodiscard]] std::size_t open_connections() const { return connections_.size(); }

  private:
    struct Packet;
    struct OptionRule;
    static const OptionRule kSectionRules[4];
    static const OptionRule kInterfaceRules[5];
    static const OptionRule kPacketRules[6];
    [[nodiscard]] bool audit_block(std::uint64_t end_offset);
    [[nodiscard]] bool audit_section(std::uint32_t length, std::uint64_t end_offset);
    [[nodiscard]] bool audit_interface(std::uint32_t length, std::uint64_t end_offset);
    [[nodiscard]] bool audit_packet(std::uint32_t length, std::uint64_t end_offset);
    [[nodiscard]] bool audit_note(std::uint32_t length, std::uint64_t end_offset);
    [[nodiscard]] bool begin_section(std::span<const std::uint8_t> run);
    [[nodiscard]] bool audit_continued(std::span<const std::uint8_t> body);
    template <typename Take>
    [[nodiscard]] bool audit_options(const std::uint8_t* at,
                                     std::size_t size,
                                     std::span<const OptionRule> rules,
                                     Take take);
    bool damaged(const std::string& what);

    // What each open connection's next packets must be numbered, by direction (received, sent): a block that is missing, doubled or out of
    // place would not follow. 40 bytes in a node of the map; gone when the connection has closed.
    struct Expected {
        std::array<std::uint64_t, 2> payload{};
        std::array<std::uint32_t, 2> next{};
        std::uint32_t interface = 0;
        std::uint32_t section = 0;  // that it was last opened or said to go on in
        std::array<bool, 2> is_known{};
        std::array<bool, 2> has_ended{};
    };
    [[nodiscard]] bool audit_sequence(const Packet& packet);

    FileWindow window_;
    AuditCounts counts_;
    std::unordered_map<std::uint64_t, Expected> connections_;
    std::vector<std::uint64_t> interfaces_;  // of the section: their endpoints
    std::array<std::uint8_t, format::kRunIdBytes> run_{};
    std::uint32_t run_file_ = 0;
    std::uint32_t sections_ = 0;
    bool has_run_ = false;          // the section before named its run
    bool knows_whole_run_ = false;  // from its first file on
    bool has_run_ended_ = false;
};

}  // namespace net::capture
