// A run that happened: each fact is written to a real capture by the real writer and kept as the event the live service would have told.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/pcapng_writer.h"
#include "net/channel/event.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace jobs_test {

namespace capture = net::capture;
namespace channel = net::channel;
using channel::CloseReason;
using channel::ConnectionId;
using channel::Direction;
using channel::EndpointId;
using channel::EndpointKind;

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kNow = 1'700'000'000 * kSecond;
inline constexpr std::chrono::seconds kDeadline{30};

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "wireloupe-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] std::string file(std::string_view name) const {
        return path_ + "/" + std::string(name);
    }

  private:
    std::string path_;
};

// The frame that a job wakes: a test waits on it, with a deadline.
class Frame {
  public:
    void wake() {
        const std::lock_guard lock(mutex_);
        ++wakes_;
        woken_.notify_all();
    }
    // Calls `is_done` now and after each wake until it holds; false: the deadline came first. (Looks again now and then, in case `is_done` depends on more
    // than wakes.)
    template <typename IsDone>
    [[nodiscard]] bool wait_until(IsDone&& is_done) {
        const auto deadline = std::chrono::steady_clock::now() + kDeadline;
        while (!is_done()) {
            std::unique_lock lock(mutex_);
            if (std::chrono::steady_clock::now() > deadline) return false;
            const std::uint64_t seen = wakes_;
            woken_.wait_for(lock, std::chrono::milliseconds(2), [&] { return wakes_ != seen; });
        }
        return true;
    }
    [[nodiscard]] std::uint64_t wakes() {
        const std::lock_guard lock(mutex_);
        return wakes_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable woken_;
    std::uint64_t wakes_ = 0;
};

inline net::bytes::SocketAddress loopback(std::uint16_t port) {
    net::bytes::SocketAddress address;
    address.family = net::bytes::Family::kIpv4;
    address.ip = {127, 0, 0, 1};
    address.port = port;
    return address;
}

class RecordedRun {
  public:
    RecordedRun(capture::FileTable& files, const std::string& path) {
        capture::WriterConfig config;
        config.files = &files;
        config.path = path;
        config.bounds.least_free_bytes = 0;
        int error = 0;
        std::string tried;
        writer_ = capture::Writer::open(config, error, tried);
        if (writer_ == nullptr) {
            ADD_FAILURE() << tried << ": errno " << error;
            return;
        }
        events.emplace_back(
            channel::CaptureOpened{.file = writer_->file(), .path = path, .is_live = true});
    }

    std::vector<channel::Event> events;

    void endpoint(std::uint64_t id, EndpointKind kind, std::string name) {
        writer_->add_endpoint(EndpointId{id}, kind, name);
        kinds_[id] = kind;
        events.emplace_back(channel::EndpointAdded{
            .endpoint = EndpointId{id}, .kind = kind, .name = std::move(name)});
    }
    // A fact without a packet.
    void note(const channel::Event& event) {
        writer_->note(event);
        events.push_back(event);
    }
    void open(std::uint64_t connection, std::uint64_t endpoint) {
        capture::Flow& flow = flows_[connection];
        flow.connection = ConnectionId{connection};
        flow.endpoint = EndpointId{endpoint};
        flow.was_opened_here = kinds_[endpoint] == EndpointKind::kClient;
        flow.local = loopback(9000);
        flow.peer = loopback(static_cast<std::uint16_t>(20000 + connection));
        writer_->opened(flow, tick());
        events.emplace_back(channel::ConnectionOpened{.connection = flow.connection,
                                                      .endpoint = flow.endpoint,
                                                      .local = flow.local,
                                                      .peer = flow.peer,
                                                      .time_ns = now_});
    }
    void receive(std::uint64_t connection, std::size_t size) {
        capture::Flow& flow = flows_[connection];
        auto room = writer_->reserve(flow);
        if (room.empty()) {
            flush();
            room = writer_->reserve(flow);
        }
        ASSERT_GE(room.size(), size);
        for (std::size_t i = 0; i < size; ++i)
            room[i] = static_cast<std::uint8_t>(received_ + i);
        told(flow, writer_->commit(flow, size, tick()), Direction::kReceived);
        received_ += size;
    }
    // These bytes, as a read or as what was sent.
    void receive(std::uint64_t connection, std::span<const std::uint8_t> bytes) {
        capture::Flow& flow = flows_[connection];
        auto room = writer_->reserve(flow);
        if (room.empty()) {
            flush();
            room = writer_->reserve(flow);
        }
        ASSERT_GE(room.size(), bytes.size());
        std::copy(bytes.begin(), bytes.end(), room.begin());
        told(flow, writer_->commit(flow, bytes.size(), tick()), Direction::kReceived);
        received_ += bytes.size();
    }
    void send(std::uint64_t connection, std::span<const std::uint8_t> bytes) {
        capture::Flow& flow = flows_[connection];
        if (writer_->is_full()) flush();
        told(flow, writer_->record_sent(flow, bytes, tick()), Direction::kSent);
        sent_ += bytes.size();
    }
    void let_pass(std::int64_t ns) { now_ += ns; }
    void send(std::uint64_t connection, std::size_t size) {
        capture::Flow& flow = flows_[connection];
        if (writer_->is_full()) flush();
        const std::vector<std::uint8_t> bytes(size, 0xAB);
        told(flow, writer_->record_sent(flow, bytes, tick()), Direction::kSent);
        sent_ += size;
    }
    void end(std::uint64_t connection) {
        writer_->ended(flows_[connection], Direction::kReceived, tick());
        events.emplace_back(
            channel::PeerEnded{.connection = ConnectionId{connection}, .time_ns = now_});
    }
    void close(std::uint64_t connection,
               CloseReason reason,
               std::int32_t code = 0,
               std::uint64_t not_sent = 0) {
        capture::Flow& flow = flows_[connection];
        const channel::ConnectionClosed closed{.connection = flow.connection,
                                               .reason = reason,
                                               .code = code,
                                               .time_ns = tick(),
                                               .received = flow.received,
                                               .sent = flow.sent,
                                               .not_sent = not_sent};
        writer_->closed(flow, closed);
        events.emplace_back(closed);
    }
    // Flushes, and says how much there is.
    channel::LedgerMark mark() {
        flush();
        channel::LedgerMark mark{.received = received_,
                                 .sent = sent_,
                                 .reads = reads_,
                                 .file = writer_->file(),
                                 .end_offset = writer_->flushed_end() + writer_->batched_bytes(),
                                 .time_ns = now_};
        events.emplace_back(mark);
        return mark;
    }
    void finish() {
        const channel::ServiceStopped stopped{.connections = flows_.size(), .time_ns = now_};
        writer_->run_ended(stopped);
        (void)mark();
        events.emplace_back(stopped);
        writer_.reset();
    }

    // What a busy little server sees: three connections, each way, one reset, one in order, one still open.
    void typical() {
        endpoint(1, EndpointKind::kServer, "127.0.0.1:9000");
        note(channel::ServerListening{
            .endpoint = EndpointId{1}, .local = loopback(9000), .time_ns = tick()});
        endpoint(2, EndpointKind::kClient, "localhost:9000");
        note(channel::ClientResolving{.endpoint = EndpointId{2}, .time_ns = tick()});
        note(channel::ClientConnecting{
            .endpoint = EndpointId{2}, .peer = loopback(20003), .attempt = 1, .time_ns = tick()});
        open(1, 1);
        open(2, 1);
        open(3, 2);
        for (int i = 0; i < 50; ++i) {
            receive(1, 100 + static_cast<std::size_t>(i));
            send(1, 10);
            receive(2, 5000);
            send(3, 777);
        }
        end(1);
        send(1, 1);
        close(1, CloseReason::kEndOfStream);
        close(2, CloseReason::kResetByPeer, ECONNRESET, 42);
        endpoint(3, EndpointKind::kServer, "127.0.0.1:1");
        note(channel::Failed{.failure = {.operation = channel::Operation::kListen,
                                         .endpoint = EndpointId{3},
                                         .connection = {},
                                         .is_final = true,
                                         .time_ns = tick(),
                                         .code = "EACCES",
                                         .message = "listen on 127.0.0.1:1: EACCES (no)"}});
        note(channel::EndpointStopped{.endpoint = EndpointId{3}, .time_ns = tick()});
    }

  private:
    std::int64_t tick() { return now_ += 1000; }
    void flush() { ASSERT_EQ(writer_->flush().error, 0); }
    void told(const capture::Flow& flow, const capture::Stored& stored, Direction direction) {
        ++reads_;
        events.emplace_back(channel::Recorded{.connection = flow.connection,
                                              .time_ns = now_,
                                              .offset = stored.offset,
                                              .size = stored.size,
                                              .file = stored.file,
                                              .direction = direction});
    }

    std::unique_ptr<capture::Writer> writer_;
    std::map<std::uint64_t, EndpointKind> kinds_;
    std::map<std::uint64_t, capture::Flow> flows_;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t reads_ = 0;
    std::int64_t now_ = kNow;
};

// Planted damage.
inline void overwrite(const std::string& path,
                      std::uint64_t offset,
                      const std::vector<std::uint8_t>& bytes) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(bytes.size()));
    ::close(fd);
}

}  // namespace jobs_test
