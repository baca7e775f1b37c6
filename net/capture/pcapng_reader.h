// Reads a capture file as the very Event values that the live service pushes.
//
// Ours comes back exactly as it was live: endpoints, connections, directions, times, reasons; also several files of a run, one behind the other, and a later file of a run
// alone (own_sections.h). Files of others (pcapng in either byte order with any blocks, classic pcap, any resolution; LINKTYPE_RAW, NULL/LOOP, EN10MB with VLAN tags,
// LINUX_SLL, LINUX_SLL2 with IPv4/IPv6, TCP and UDP) give an endpoint for each interface that has packets, and a connection for each address pair and life
// (stream_tracker.h, datagram_tracker.h). What is not understood is skipped and counted (reader_counts.h).
//
// Hostile input is expected (RELIABILITY.md, R1..R6): every turn consumes at least 12 bytes or stops; `length > remaining`, never `offset + length > size`; blocks at
// most 16 MiB, options 64 KiB, interfaces 65,536; no recursion; at most 64 MiB of memory whatever the file says.
//
// Thread: any one; the FileTable may be shared.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/reader_counts.h"
#include "net/channel/event.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace net::capture {

// As much of a file as open() looks at: of one that still grows, so much has to be there.
inline constexpr std::size_t kOpeningBytes = 24;

class Reader {
  public:
    // `file` is in `files`. Null when it is not a capture: `message` says why in words.
    [[nodiscard]] static std::unique_ptr<Reader> open(FileTable& files,
                                                      channel::FileId file,
                                                      std::string& message);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The next event in file order; false at the end, or where go_on said so. After the end, connections without a closing stay open as they were. A LedgerMark and a ServiceStopped come last.
    [[nodiscard]] bool next(channel::Event& event);
    [[nodiscard]] const ReaderCounts& counts() const;

    // Stretches without an event can be long: next() asks `go_on` now and then, with offset(), and answers false where that does. It may be called again.
    void ask_to_go_on(std::function<bool(std::uint64_t)> go_on);

    // The file still grows (standard input, spooled): while this is on, next() answers false where less than a whole block is left, without ending; ask again
    // when there is more. Off (the default), that is the end.
    void set_growing(bool is_growing);
    // How far it has read, for a progress bar; of a file of ours, behind the last whole block.
    [[nodiscard]] std::uint64_t offset() const;

  private:
    Reader();
    struct Private;
    std::unique_ptr<Private> p_;
};

// Opens `path` for reading (O_CLOEXEC; a FIFO or terminal is refused: EINVAL) into the table; kNone with `error` an errno value.
[[nodiscard]] channel::FileId open_capture(FileTable& files, const std::string& path, int& error);

}  // namespace net::capture
