// Reads a capture file as the very Event values that the live service pushes.
//
// Ours comes back exactly as it was live: endpoints, connections, directions, times, reasons. Files of others (pcapng in either byte order, classic
// pcap, microsecond and nanosecond; LINKTYPE_RAW, NULL/LOOP, EN10MB, LINUX_SLL, LINUX_SLL2 with IPv4/IPv6 TCP) give one endpoint and a connection for each address
// pair and life. What is not understood is skipped and counted.
//
// Hostile input is expected (RELIABILITY.md, R1..R6): every turn consumes at least 12 bytes or stops; `length > remaining`, never `offset + length > size`; blocks at
// most 16 MiB, options 64 KiB, interfaces 65,536; no recursion; at most 64 MiB of memory whatever the file says.
//
// Thread: any one; the FileTable may be shared.
#pragma once

#include "net/capture/file_table.h"
#include "net/channel/event.h"

#include <cstdint>
#include <memory>
#include <string>

namespace net::capture {

struct ReaderCounts {
    std::uint64_t packets = 0;          // packet blocks read
    std::uint64_t skipped = 0;          // blocks or packets not understood
    std::uint64_t left_over_bytes = 0;  // after the last whole block
    std::string why_it_ended;           // empty at a clean end; else what was found there
};

class Reader {
  public:
    // `file` is in `files`. Null when it is not a capture: `message` says why in words.
    [[nodiscard]] static std::unique_ptr<Reader> open(FileTable& files,
                                                      channel::FileId file,
                                                      std::string& message);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The next event in file order; false at the end. After the end, connections without a closing stay open as they were. A LedgerMark and a ServiceStopped come last.
    [[nodiscard]] bool next(channel::Event& event);
    [[nodiscard]] const ReaderCounts& counts() const;

    // The file still grows (standard input, spooled): while this is on, next() answers false where less than a whole block is left, without ending; ask again
    // when there is more. Off (the default), that is the end.
    void set_growing(bool is_growing);
    // How far it has read, for a progress bar.
    [[nodiscard]] std::uint64_t offset() const;

  private:
    Reader();
    struct Private;
    std::unique_ptr<Private> p_;
};

// Opens `path` for reading (O_CLOEXEC; a FIFO or terminal is refused: EINVAL) into the table; kNone with `error` an errno value.
[[nodiscard]] channel::FileId open_capture(FileTable& files, const std::string& path, int& error);

}  // namespace net::capture
