// All open connections: their ids, what each has to do at the end of a turn, who waits for a pause to end, whose time to close runs out.
// Thread: network thread only.
#pragma once

#include "net/service/connection.h"
#include "net/service/recorder.h"
#include "net/service/service.h"
#include "net/service/stats.h"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace net::service {

class Connections {
  public:
    Connections(Loop& loop, Recorder& recorder, const ServiceConfig& config);
    ~Connections();

    // Takes over a connected socket. The addresses are the socket's own.
    void open(Endpoint& endpoint,
              UniqueFd fd,
              const bytes::SocketAddress& local,
              const bytes::SocketAddress& peer,
              bool was_opened_here);

    // Null: unknown, or closed already.
    [[nodiscard]] Connection* find(channel::ConnectionId id);
    [[nodiscard]] std::size_t open_count() const { return open_.size(); }
    [[nodiscard]] std::uint64_t opened_count() const { return opened_; }

    // Sends and closings that have become due. Whether some are left for the next turn.
    bool run_due();
    // The pause is over: everyone goes on.
    void resume();
    // Whatever is still open is reset.
    void abort_all();
    // Deletes what closed in this turn. Only where no Connection is on the stack.
    void delete_closed() { closed_.clear(); }
    void close();

    // ---- For Connection. ----
    [[nodiscard]] Loop& loop() { return loop_; }
    [[nodiscard]] Recorder& recorder() { return recorder_; }
    [[nodiscard]] Sampler& sampler() { return sampler_; }
    [[nodiscard]] const ServiceConfig& config() const { return config_; }
    // It is reset once config.close_limit_ns has passed.
    void limit_closing(Connection& connection);
    void bury(Connection& connection);

    IntrusiveList<Connection> due;
    IntrusiveList<Connection> parked;

  private:
    // One turn's share of sends; the next turn follows at once.
    static constexpr int kMostSendersPerTurn = 1024;

    struct AddressPair {
        bytes::SocketAddress local;
        bytes::SocketAddress peer;
        bool operator==(const AddressPair&) const = default;
    };
    struct AddressPairHash {
        std::size_t operator()(const AddressPair& pair) const;
    };

    void closing_time_is_up();

    Loop& loop_;
    Recorder& recorder_;
    const ServiceConfig& config_;
    Sampler sampler_;
    Timer closing_timer_;
    IntrusiveList<Connection> closing_;  // by deadline: all have the same time
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> open_;
    // Open connections whose other end has not turned up here. One that has is taken out, so that it can never be taken for the mirror
    // of a later life of the same port pair.
    std::unordered_map<AddressPair, Connection*, AddressPairHash> unpaired_;
    std::vector<std::unique_ptr<Connection>> closed_;
    std::uint64_t opened_ = 0;
};

}  // namespace net::service
