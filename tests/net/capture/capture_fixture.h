// What the tests of the capture share: a directory of their own, a writer that speaks in connections and bytes, tshark as a witness.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/pcapng_reader.h"
#include "net/capture/pcapng_writer.h"
#include "net/channel/event.h"

#include <cstdint>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

using net::capture::Flow;
using net::channel::ConnectionClosed;
using net::channel::ConnectionId;
using net::channel::Direction;
using net::channel::EndpointId;
using net::channel::EndpointKind;
using net::channel::Event;
using net::channel::FileId;

using Bytes = std::vector<std::uint8_t>;

// A directory that is gone when the test is over.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    // Below `parent`, where that can be written to; else as without.
    explicit TemporaryDirectory(const std::filesystem::path& parent);
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string path(std::string_view name) const;

  private:
    std::filesystem::path path_;
};

[[nodiscard]] Bytes read_file(const std::string& path);
void write_file(const std::string& path, std::span<const std::uint8_t> bytes);

// `size` pseudo-random bytes, the same for the same seed.
[[nodiscard]] Bytes random_bytes(std::size_t size, std::uint64_t seed);

// 2026-01-31 23:59:59.123456789 UTC and later: each call a little more.
[[nodiscard]] std::int64_t next_time();

[[nodiscard]] net::bytes::SocketAddress ipv4(std::uint16_t port, std::uint8_t last = 1);
[[nodiscard]] net::bytes::SocketAddress ipv6(std::uint16_t port, std::uint8_t last = 1);

// A capture under way. Every call that a service would make, and the events it would tell, in order.
class Recording {
  public:
    explicit Recording(net::capture::WriterConfig config);

    [[nodiscard]] static Recording at(net::capture::FileTable& files, const std::string& path);

    void endpoint(std::uint64_t id,
                  EndpointKind kind = EndpointKind::kServer,
                  std::string name = "127.0.0.1:9000");
    // A connection of the endpoint, opened by the peer unless the endpoint is a client.
    Flow& open(std::uint64_t id,
               std::uint64_t endpoint_id,
               net::bytes::SocketAddress local,
               net::bytes::SocketAddress peer,
               bool is_second_side = false);
    void receive(Flow& flow, std::span<const std::uint8_t> bytes);
    void send(Flow& flow, std::span<const std::uint8_t> bytes);
    void peer_ends(Flow& flow);
    void we_end(Flow& flow);
    void close(Flow& flow,
               net::channel::CloseReason reason,
               std::int32_t code = 0,
               std::uint64_t not_sent = 0);
    void note(const Event& event);
    // Fails the test when the write fails.
    void flush();
    // Goes on in another file; what was not flushed goes along, in events() too.
    net::capture::Continuation continue_in(const net::capture::NextFile& next);

    [[nodiscard]] net::capture::Writer& writer() { return *writer_; }
    // What was told so far.
    [[nodiscard]] const std::vector<Event>& events() const { return events_; }
    // Ends the writing.
    void finish();

    std::uint64_t received = 0;
    std::uint64_t sent = 0;

  private:
    std::unique_ptr<net::capture::Writer> writer_;
    std::vector<std::unique_ptr<Flow>> flows_;
    std::vector<std::pair<std::uint64_t, EndpointKind>> endpoints_;
    std::vector<Event> events_;
    std::size_t flushed_events_ = 0;
};

// Everything the reader says about `path`; the test fails when it cannot be opened.
struct ReadBack {
    std::vector<Event> events;
    net::capture::ReaderCounts counts;
    FileId file{};
};
[[nodiscard]] ReadBack read_back(net::capture::FileTable& files, const std::string& path);
// Without CaptureOpened at the front, LedgerMark and ServiceStopped at the end, and with the reader's file as `file`.
[[nodiscard]] std::vector<Event> facts(const ReadBack& read, FileId file);

// One line for each event, for comparing and for messages.
[[nodiscard]] std::string to_line(const Event& event);
[[nodiscard]] std::vector<std::string> to_lines(const std::vector<Event>& events);

// The bytes of one connection and direction, read from the file through the Recorded events.
[[nodiscard]] Bytes payload(const net::capture::FileTable& files,
                            const std::vector<Event>& events,
                            std::uint64_t connection,
                            Direction direction);

// ---- other programs ----------------------------------------------------------------------------

struct Output {
    int status = -1;
    std::string text;    // standard output
    std::string errors;  // standard error
};
// Runs a program (looked up in PATH) with its arguments; no shell.
[[nodiscard]] Output run(const std::vector<std::string>& arguments);
[[nodiscard]] bool is_installed(std::string_view program);

// What `tshark -z follow,tcp,raw,N` says each side sent. `client` is the side that sent the first SYN.
struct Followed {
    Bytes client;
    Bytes server;
    std::string errors;
};
[[nodiscard]] Followed follow(const std::string& path, unsigned stream);

// The tshark display-filter matches of `filter`, one line a packet, with the field `tcp.analysis.flags` spelled out; empty: none.
[[nodiscard]] std::string analysis_flags(const std::string& path);

#define SKIP_WITHOUT(program) \
    if (!tests::is_installed(program)) GTEST_SKIP() << program << " is not installed"

}  // namespace tests
