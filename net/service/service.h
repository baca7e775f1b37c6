// The network thread: a libuv loop that listens, connects, reads, records, tells and sends.
//
// Everything that happens is recorded in the capture first, then told as an Event; everything it does is asked for as a Command
// (net/channel/link.h). It never calls the frame side; it only rings `wake_frame`.
//
// Thread: the constructor, start(), link() and the destructor on the frame thread. link()'s frame-side functions are the only way to talk to it.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/pcapng_writer.h"
#include "net/channel/link.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace net::service {

struct ServiceConfig {
    channel::Link::Config link;     // queue sizes
    capture::WriterConfig capture;  // `files` included: outlives the service
    std::size_t read_bytes_per_turn =
        std::size_t{256} *
        1024;                   // one connection, one loop turn: a fast peer must not hold the loop
    int accepts_per_turn = 16;  // one listener, one loop turn (RELIABILITY.md F4)
    std::int64_t accept_backoff_ns = 100'000'000;  // after EMFILE/ENFILE (F3)
    int reserved_descriptors = 32;                 // below this many left, new work is refused
    std::uint64_t send_queue_limit_bytes =
        std::uint64_t{16}
        << 20;  // hard, each connection; a Send over it is refused whole and reported
    std::int64_t close_limit_ns =
        2'000'000'000;  // an orderly close that takes longer ends in a reset
    std::int64_t stop_limit_ns =
        750'000'000;  // StopService: whatever the peers do; the whole exit is to take a second (T53)
    std::int64_t stats_interval_ns = 1'000'000'000;  // TCP_INFO
    std::int64_t storage_retry_ns = 200'000'000;     // after a failed write of the capture
    std::int64_t sync_interval_ns =
        1'000'000'000;                     // fdatasync(2) of the capture, beside the loop; 0: never
    std::function<int(int fd)> sync_hook;  // tests: replaces fdatasync(2); returns errno
    bool handles_signals = false;          // SIGINT, SIGTERM, SIGHUP become SignalReceived
    // Tests: replaces getaddrinfo(3). Called on a thread of its own that nobody joins; returns 0 or an EAI_ value. Ports are filled in after.
    std::function<int(const std::string& host, std::vector<bytes::SocketAddress>& found)>
        lookup_hook;
};

class Service {
  public:
    // Makes the loop and the link; opens nothing. `wake_frame` may be called on the network thread from start() until the destructor returns.
    Service(ServiceConfig config, std::function<void()> wake_frame);
    // Stops without draining if it still runs: everything recorded stays recorded, events not drained are dropped. Joins.
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    // Opens the capture and starts the thread. A failure (cannot create the file) is returned, and nothing runs then.
    // On success the first event is CaptureOpened.
    [[nodiscard]] bool start(channel::Failure& failure);

    // For the frame side: drain() and try_post(). Valid for the service's life. After ServiceStopped was drained, nothing more comes and commands are ignored.
    [[nodiscard]] channel::Link& link();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// Raises the soft limit on open files to the hard one; returns the limit now in force (0: unknown). Call at start, before any thread.
std::uint64_t raise_descriptor_limit();

}  // namespace net::service
