// TCP_INFO of connections, once a second while something happens on them, never queued twice (latest wins).
//
// A connection is on the list from its first traffic until its numbers have settled once after the last, or as long as something of it waits. With an
// empty list no timer runs, so an idle program stays asleep. Thread: network thread only.
#pragma once

#include "net/channel/event.h"
#include "net/service/intrusive_list.h"
#include "net/service/loop.h"

#include <cstdint>

namespace net::service {

class Connection;
class Recorder;

// What the sampler keeps of each connection.
struct SampleState {
    explicit SampleState(Connection& connection) : node(connection) {}

    ListNode<Connection> node;
    std::int64_t due_ns = 0;        // steady clock
    std::uint64_t told_number = 0;  // of the sample told last, 0: none
    std::uint32_t rtt_us = 0;       // as told last
    std::uint32_t rtt_variation_us = 0;
    std::uint32_t retransmits = 0;
    bool is_reading_paused = false;
    bool had_traffic = false;  // since the last sample
    std::uint64_t queued_bytes = 0;
    std::uint64_t unsent_bytes = 0;
};

class Sampler {
  public:
    Sampler(Loop& loop, Recorder& recorder, std::int64_t interval_ns);

    // Something happened on it: it will be sampled within the interval.
    void touch(Connection& connection);
    // At the end of a turn, when everything pending has been told: samples what is due.
    void run_if_due();
    void close() { timer_.close(); }

  private:
    // One turn's share: ten thousand connections at once must not hold the loop (a sample costs about 1 us).
    static constexpr int kMostSamplesPerTurn = 512;
    static constexpr std::int64_t kTurnSpacing_ns = 25'000'000;

    // Whether it has to be sampled again.
    [[nodiscard]] bool sample(Connection& connection);
    void schedule(std::int64_t now_ns);

    Recorder& recorder_;
    const std::int64_t interval_ns_;
    Timer timer_;
    bool is_due_ = false;
    IntrusiveList<Connection> list_;  // by due time: every stay on it lasts the same interval
};

}  // namespace net::service
