// Writes what happened as pcapng, in batches, before anything is told (DESIGN.md, "The capture").
//
// A batch is one buffer of about 256 KiB, hot in cache, into which the sockets read directly: reserve() leaves room for the block's headers,
// commit() completes the packet block around the bytes in place, flush() appends the batch with one write(2). Offsets are known at commit()
// but name bytes that exist only after a successful flush(): tell nobody before.
//
// Blocks: Section Header, one Interface Description per endpoint (LINKTYPE_RAW, if_tsresol 9, if_name, if_description), one Enhanced Packet Block per
// read or accepted send, with synthesised IPv4/IPv6 and TCP headers. draft-ietf-opsawg-pcapng; RFC 791, 8200, 9293. See pcapng_format.h.
//
// Thread: network thread only (tests: one thread).
#pragma once

#include "net/bytes/address.h"
#include "net/capture/file_table.h"
#include "net/capture/run_files.h"
#include "net/channel/command.h"
#include "net/channel/event.h"
#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace net::capture {

using channel::CloseReason;
using channel::ConnectionId;
using channel::Direction;
using channel::EndpointId;
using channel::EndpointKind;

// What one read may return at most: the payload of one IP packet (65,535 bytes less IPv4 and TCP headers without options).
inline constexpr std::size_t kMostReadBytes = 65495;
inline constexpr std::size_t kBatchBytes = std::size_t{256} * 1024;
// fallocate(FALLOC_FL_KEEP_SIZE) ahead of the end, so that the size never runs ahead of the last whole block.
inline constexpr std::uint64_t kAllocateAheadBytes = std::uint64_t{64} << 20;

// What a connection's packets need: kept by the connection, filled by the writer's opened(). About 180 bytes. From opened() to closed() the writer
// knows it by its address: it must not move.
struct Flow {
    ConnectionId connection{};
    EndpointId endpoint{};
    bool was_opened_here = false;  // true: we sent the SYN (client)
    bytes::SocketAddress local;
    bytes::SocketAddress peer;
    std::uint64_t received =
        0;  // payload bytes recorded so far; sequence numbers are the low 32 bits of initial + 1 + these
    std::uint64_t sent = 0;
    std::uint32_t interface = 0;  // Writer's: pcapng interface number of the endpoint
    std::uint32_t initial_received_seq =
        0;  // Writer's: derived from the id, so that two lives of one port pair differ
    std::uint32_t initial_sent_seq = 0;
    std::uint64_t unacknowledged =
        0;  // Writer's: payload since the last packet the other way, see pcapng_writer.cpp
    std::uint32_t unacknowledged_packets = 0;         // Writer's: the same in packets
    std::uint32_t address_sum = 0;                    // Writer's: for the headers' checksums
    Direction last_direction = Direction::kReceived;  // Writer's: of the last packet
    bool has_fin_received = false;                    // Writer's
    bool has_fin_sent = false;                        // Writer's
    // When both ends of a connection are ours, Wireshark would see each packet twice. The second side then records into local-use blocks (type
    // 0x80000000 and up), which tshark skips and our reader reads like packets. Set by the service before opened().
    bool is_second_side = false;

    // Writer's: what a later file says of it where it begins, which is what was in the file before the batch.
    struct AtBatch {
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
        bool has_fin_received = false;
        bool has_fin_sent = false;
    };
    AtBatch at_batch;                // good while `batch` is the writer's
    std::uint64_t batch = 0;         // Writer's: number of the last batch with packets of it
    std::uint64_t opened_batch = 0;  // Writer's: the one with its opening
    std::int64_t opened_ns = 0;      // Writer's
    std::size_t place = 0;           // Writer's: among the open ones
};

// Where a read or send was put. True after the next successful flush().
struct Stored {
    channel::FileId file{};
    std::uint64_t offset = 0;  // of the payload's first byte
    std::uint32_t size = 0;
};

struct WriteResult {
    int error = 0;  // errno; 0: everything committed so far is in the file
    bool is_file_bad =
        false;  // write(2) or ftruncate(2) said EIO: what the file got last cannot be trusted, and it must not be written again
};

struct Continuation {
    int error = 0;  // errno; then nothing has changed
    std::string path_tried;
    channel::FileId old_file{};
    std::uint64_t old_end = 0;  // what the old file holds, and will ever hold
    // Places in the batch (Stored) that have not been flushed yet lie in the new file now, so much further on.
    std::uint64_t shift = 0;                // modulo 2^64
    std::vector<DroppedFile> dropped = {};  // the old file, where nothing was ever in it
};

struct WriterConfig {
    FileTable* files = nullptr;  // not null; outlives the writer
    std::string
        path;  // absolute; empty: a new file in `directory`; "-": standard output (write-only, offsets are counted all the same)
    std::string directory;  // where a file without a given name goes: created 0700 with its parents
    bool may_overwrite =
        false;  // replace an existing file at `path`; never those of a ring, which have names of their own
    std::size_t batch_bytes = kBatchBytes;
    channel::CaptureBounds bounds;  // under bounds.least_free_bytes free, flush() answers ENOSPC
    std::uint64_t most_file_bytes =
        (std::uint64_t{1} << 42U) -
        (std::uint64_t{1} << 30U);  // an index of reads keeps offsets in 42 bits
    int (*write_hook)(int fd,
                      const void* data,
                      std::size_t size,
                      std::int64_t* written) = nullptr;  // tests: replaces write(2); returns errno
};

class Writer {
  public:
    // Opens (0600, O_EXCL|O_NOFOLLOW|O_CLOEXEC, flock(2)ed) and writes the section header. Null on failure, with `error` an errno value and `path_tried` what it
    // was tried on.
    [[nodiscard]] static std::unique_ptr<Writer> open(WriterConfig config,
                                                      int& error,
                                                      std::string& path_tried);
    ~Writer();  // cuts the allocation ahead, closes nothing that FileTable owns; does not flush
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    [[nodiscard]] channel::FileId file() const;
    [[nodiscard]] const std::string& path() const;
    [[nodiscard]] bool is_stream()
        const;  // standard output: cannot be read back, cut back, or gone on with elsewhere

    // ---- Going on in another file. Each file can be read alone: it begins with the interfaces so far and a note for each connection that was open. ----

    // The file is full (ring, or the largest there may be): once the batch is flushed it is to go on in a new one.
    [[nodiscard]] bool is_file_full() const;
    // Makes the next file and writes its beginning and the batch into it (kDropped: puts the beginning in front of the batch), so that nothing of the batch is in two files.
    // Not for a stream (EOPNOTSUPP).
    [[nodiscard]] Continuation continue_in(const NextFile& next);
    // From the next flush on. A ring that is switched on begins with the file that is being written.
    void set_bounds(const channel::CaptureBounds& bounds);
    // Deletes files before the one that is being written (run_files.h): what falls out of the ring; all; what the ring can give up where continue_in() has failed.
    [[nodiscard]] std::vector<DroppedFile> drop_beyond_ring();
    [[nodiscard]] std::vector<DroppedFile> drop_all_before();
    [[nodiscard]] std::vector<DroppedFile> drop_for_room(channel::CaptureChange change, int error);

    // Adds the endpoint's Interface Description block to the batch. Once for each endpoint, before its first connection.
    void add_endpoint(EndpointId endpoint, EndpointKind kind, std::string_view name);

    // Fills flow's own fields and adds the packets of the opening (SYN, SYN-ACK, ACK).
    void opened(Flow& flow, std::int64_t time_ns);

    // Room in the batch for one read of up to the returned span's size (kMostReadBytes, or as much as `at_most` says). Empty when the batch is full: flush() first.
    // The span is valid until the next call of any other function of this class.
    [[nodiscard]] std::span<std::uint8_t> reserve(const Flow& flow,
                                                  std::size_t at_most = kMostReadBytes);
    // Completes the block around the first `size` bytes (1 to its size) of the span that reserve() gave for this very flow.
    Stored commit(Flow& flow, std::size_t size, std::int64_t time_ns);

    // Records bytes the kernel has taken: copies them into the batch. At most kMostReadBytes; flushes nothing; may grow the batch past its size.
    Stored record_sent(Flow& flow, std::span<const std::uint8_t> bytes, std::int64_t time_ns);

    // The peer's FIN (kReceived: call it where PeerEnded is told), or ours (kSent: when shutdown(2) has succeeded). Once for each direction.
    void ended(Flow& flow, Direction direction, std::int64_t time_ns);
    // The connection is over: its last packet, with the reason, code and counts as local-use option and comment. kEndOfStream, and kClosedHere after the peer's
    // FIN: the FINs that are missing and their acknowledgement. kResetByPeer: a RST from the peer. Everything else: a RST from us.
    // `was_reset_here`: we sent a RST, whatever went before.
    void closed(Flow& flow, const channel::ConnectionClosed& how, bool was_reset_here = false);
    // Things with no packet of their own (listening, failed, stopped, a pause): a local-use block, so that a saved capture tells the whole story.
    void note(const channel::Event& event);
    // The run ends in order: the last block of its last file. Nothing but flush() after it.
    void run_ended(const channel::ServiceStopped& how);

    // Bytes waiting in the batch; whether a read's worth of room is left.
    [[nodiscard]] std::size_t batched_bytes() const;
    [[nodiscard]] bool is_full() const;
    // Where the file ends now; batched_bytes() come behind it.
    [[nodiscard]] std::uint64_t flushed_end() const;

    // Appends the batch with write(2) and empties it. On a short or failed write the file is cut back to the last whole block told, the batch is kept, and the errno is
    // returned: call again later. EINTR is handled here.
    [[nodiscard]] WriteResult flush();

  private:
    Writer();
    struct Private;
    std::unique_ptr<Private> p_;
};

}  // namespace net::capture
