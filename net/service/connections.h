// All open connections: their ids, what each has to do at the end of a turn, who waits for a pause to end, whose time to close runs out.
// Thread: network thread only.
#pragma once

#include "net/capture/address_pair.h"
#include "net/service/connection.h"
#include "net/service/recorder.h"
#include "net/service/replier.h"
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

    // Takes over a connected socket. The addresses are the socket's own. `lost_with`: the errno that SO_ERROR has told already (and so
    // taken from recv(2)) of a connection that was reset before anyone looked; 0 otherwise.
    void open(Endpoint& endpoint,
              UniqueFd fd,
              const bytes::SocketAddress& local,
              const bytes::SocketAddress& peer,
              bool was_opened_here,
              int lost_with = 0);

    // Null: unknown, or closed already.
    [[nodiscard]] Connection* find(channel::ConnectionId id);
    [[nodiscard]] std::size_t open_count() const { return open_.size(); }
    [[nodiscard]] std::uint64_t opened_count() const { return opened_; }

    // A turn begins: everyone has a share of it again.
    void begin_turn() { turn_cost_ = 0; }
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
    [[nodiscard]] ReplySampler& reply_sampler() { return reply_sampler_; }
    [[nodiscard]] const ServiceConfig& config() const { return config_; }
    // How many bytes one connection may read or send now. A fast peer must not hold the loop, nor may a thousand of them: libuv
    // dispatches up to 48 times 1,024 ready sockets before a turn ends. Readiness is level-triggered, so who gets nothing comes again.
    [[nodiscard]] std::size_t share() const {
        if (turn_cost_ < kTurnCost) return config_.read_bytes_per_turn;
        return turn_cost_ < 4 * kTurnCost ? 1 : 0;  // one call; none
    }
    void count_call(std::size_t bytes) { turn_cost_ += bytes + kCallCost; }
    // It is reset once config.close_limit_ns has passed.
    void limit_closing(Connection& connection);
    void bury(Connection& connection);

    // ---- For Server: where we listen, and when nobody waits there any more. ----
    void listens_at(const bytes::SocketAddress& address) { ++listening_[door(address)]; }
    void listens_no_more_at(const bytes::SocketAddress& address);
    void accepted_all_at(const bytes::SocketAddress& address) {
        if (!unaccepted_.empty()) forget_unaccepted(address);
    }

    IntrusiveList<Connection> due;
    IntrusiveList<Connection> parked;

  private:
    // One turn's share of sends; the next turn follows at once.
    static constexpr int kMostSendersPerTurn = 1024;
    // In bytes, about 10 ms of reading or sending and storing. A call counts as a kilobyte beside its bytes.
    static constexpr std::size_t kTurnCost = std::size_t{8} << 20;
    static constexpr std::size_t kCallCost = 1024;

    // Those of a server of another program at the same port of another address of ours are never accepted here.
    static constexpr std::size_t kMostUnaccepted = 1024;

    // Where a listener waits: a port of one family, for [::] never takes IPv4 along (listener.cpp).
    [[nodiscard]] static std::uint32_t door(const bytes::SocketAddress& address) {
        return (std::uint32_t{static_cast<std::uint8_t>(address.family)} << 16U) | address.port;
    }

    void closing_time_is_up();
    void forget_unaccepted(const bytes::SocketAddress& address);

    Loop& loop_;
    Recorder& recorder_;
    const ServiceConfig& config_;
    Sampler sampler_;
    ReplySampler reply_sampler_;
    Timer closing_timer_;
    IntrusiveList<Connection> closing_;  // by deadline: all have the same time
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> open_;
    // Open connections whose other end has not turned up here. One that has is taken out, so that it can never be taken for the mirror
    // of a later life of the same port pair. By local address, then the peer's.
    std::unordered_map<capture::AddressPair, Connection*, capture::AddressPairHash> unpaired_;
    // Connections to a server of ours that were over here before the server accepted them: it will, or has nobody waiting and they are forgotten. A port pair is
    // free for others as soon as it is reset, so that must be soon.
    std::vector<capture::AddressPair> unaccepted_;      // as above
    std::unordered_map<std::uint32_t, int> listening_;  // doors of servers of ours, how many
    std::vector<std::unique_ptr<Connection>> closed_;
    std::uint64_t opened_ = 0;
    std::size_t turn_cost_ = 0;
};

}  // namespace net::service
