// What all jobs of net/channel/sending.h have in common: their time, their end, what is told of them. The two kinds: ticked_job.h and fed_job.h.
//
// A job runs in SendJobs::run(), at the end of a turn, after what was read has been stored and told and before the connections send.
// Thread: network thread only. Lifetime: owned by SendJobs; deleted at the end of the turn in which it ended.
#pragma once

#include "net/channel/command.h"
#include "net/channel/event.h"
#include "net/service/connections.h"
#include "net/service/deadlines.h"
#include "net/service/endpoint.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace net::service {

// Who is there: what a job sees of the engine.
struct SendJobWorld {
    Loop& loop;
    Connections& connections;
    Deadlines& deadlines;
    std::function<Endpoint*(channel::EndpointId)> endpoint;  // null: none, or it has ended
    std::function<void(const std::function<void(Connection&)>&)> for_each_connection;

    // How much may wait in each connection: kMostJobBacklogBytes and kMostJobBacklogSends, less where there are very many connections, so that memory stays bounded.
    [[nodiscard]] std::uint64_t most_backlog_bytes() const;
    [[nodiscard]] std::size_t most_backlog_sends() const;
    [[nodiscard]] bool is_full(const Connection& connection) const {
        return connection.queued_bytes() > most_backlog_bytes() ||
               connection.queued_sends() >= most_backlog_sends();
    }
};

// How late ticks came, over the last second.
class Lateness {
  public:
    void add(std::int64_t now_ns, std::int64_t late_ns);
    void look(std::int64_t now_ns, std::int64_t& mean_ns, std::int64_t& worst_ns);

  private:
    static constexpr std::int64_t kSpanNs = 100'000'000;
    struct Bucket {
        std::int64_t number = -1;  // of the span
        std::int64_t sum_ns = 0;
        std::int64_t worst_ns = 0;
        std::int64_t count = 0;
    };
    std::array<Bucket, 10> buckets_{};
};

class SendJob {
  public:
    SendJob(SendJobWorld& world, channel::SendJobId id, channel::Targets&& targets);
    virtual ~SendJob() = default;
    SendJob(const SendJob&) = delete;
    SendJob& operator=(const SendJob&) = delete;

    // Begins, or ends at once.
    virtual void start() = 0;
    void pause(bool is_paused);
    void stop();

    [[nodiscard]] bool has_ended() const { return channel::is_end(progress_.state); }

  protected:
    // Between start() and the end.
    virtual void paused() = 0;
    virtual void resumed(std::int64_t paused_ns) = 0;
    virtual void stopping() {}
    // Before each telling: fills in what is not counted as it happens, and may end the job.
    virtual void look(std::int64_t now_ns) = 0;
    virtual void ended() = 0;

    // Time runs from here.
    void begin();
    // Tells the end. Nothing of the job is called after that.
    void end(channel::SendJobState state);
    // Tells why, then the end.
    void fail(std::string_view target, int code, std::string_view more = {});
    void tell_failed(std::string_view target,
                     int code,
                     std::string_view more = {},
                     const Connection* connection = nullptr);

    [[nodiscard]] bool is_running() const {
        return progress_.state == channel::SendJobState::kRunning;
    }
    [[nodiscard]] Recorder& recorder() { return world_.connections.recorder(); }
    // Without pauses.
    [[nodiscard]] std::int64_t elapsed_ns(std::int64_t now_ns) const;

    SendJobWorld& world_;
    channel::Targets targets_;
    channel::SendJobProgress progress_;
    Lateness lateness_;

  private:
    static constexpr std::int64_t kTellNs = 100'000'000;
    // Where nothing has changed the next look comes later and later, up to this: a repeat of hours must not keep the window drawing.
    static constexpr std::int64_t kQuietTellNs = 1'000'000'000;

    void tell(std::int64_t now_ns);
    void fill_in(std::int64_t now_ns);

    Timed telling_;
    std::int64_t tell_every_ns_ = kTellNs;
    channel::SendJobProgress told_;
    std::uint64_t told_number_ = 0;
    std::int64_t began_ns_ = 0;  // moved on by pauses
    std::int64_t paused_at_ns_ = 0;
};

// Whether it is there, and a job may still begin something on it.
[[nodiscard]] bool takes_more(const Connection* connection);

}  // namespace net::service
