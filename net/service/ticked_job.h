// Jobs by the clock: a repeat, and a generator with a rate. Whoever is there at a tick gets its message; whose backlog is full does not, and that is counted.
//
// Deadlines are absolute: a tick that comes late does not move the next. What was missed is made up for within kMostLateTicks and kMostLateNs.
// Thread: network thread only.
#pragma once

#include "net/service/generated_traffic.h"
#include "net/service/send_job.h"

#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace net::service {

class TickedJob : public SendJob {
  public:
    TickedJob(SendJobWorld& world, channel::SendJobId id, channel::Targets&& targets);
    void start() final;

  protected:
    // An errno value and what is wrong with it, where it cannot be done as asked.
    [[nodiscard]] virtual int refusal(std::string& why) const = 0;
    // The message of the tick that is due; null: it has failed.
    [[nodiscard]] virtual SharedBytes message() = 0;
    // Moves `next_ns_` on to the next tick.
    virtual void advance() = 0;
    // Of the ticks that are due, leaves out those that are too old: how many.
    [[nodiscard]] virtual std::uint64_t leave_out(std::int64_t now_ns) = 0;
    // No tick of `next_ns_` is to come any more.
    [[nodiscard]] virtual bool is_through() const = 0;
    [[nodiscard]] virtual std::string name() const = 0;
    virtual void shifted(std::int64_t /*by_ns*/) {}

    // How many of `due` ticks, the first of them at `next_ns_` and `interval_ns` apart, are left out; never the newest.
    [[nodiscard]] static std::uint64_t too_old(std::uint64_t due,
                                               std::int64_t late_ns,
                                               double interval_ns);

    void paused() final;
    void resumed(std::int64_t paused_ns) final;
    void look(std::int64_t now_ns) final;
    void ended() override { timed_.clear(); }

    std::int64_t next_ns_ = 0;

  private:
    // One turn's share of ticks, over all jobs that are due.
    static constexpr std::size_t kMostTicksPerTurn = 2048;

    void serve(std::int64_t now_ns);
    void send(const SharedBytes& bytes);
    // Calls for each that takes more; drops named ones that do not. How many there were.
    template <typename Visit>
    std::uint32_t for_each_target(Visit&& visit);
    [[nodiscard]] std::uint32_t count_targets();
    // Nobody will ever be there again.
    [[nodiscard]] bool has_lost_all() const;

    Timed timed_;
};

class RepeatJob final : public TickedJob {
  public:
    RepeatJob(SendJobWorld& world,
              channel::SendJobId id,
              channel::Targets&& targets,
              channel::Repeat&& repeat);

  private:
    [[nodiscard]] int refusal(std::string& why) const override;
    [[nodiscard]] SharedBytes message() override;
    void advance() override { next_ns_ += repeat_.interval_ns; }
    [[nodiscard]] std::uint64_t leave_out(std::int64_t now_ns) override;
    [[nodiscard]] bool is_through() const override {
        return repeat_.count != 0 && progress_.ticks >= repeat_.count;
    }
    [[nodiscard]] std::string name() const override { return "a repeat"; }

    const channel::Repeat repeat_;
    const bool is_constant_;
    SharedBytes constant_;
    std::mt19937_64 random_;
};

class GenerateJob final : public TickedJob {
  public:
    // `settings` with a rate.
    GenerateJob(SendJobWorld& world,
                channel::SendJobId id,
                channel::Targets&& targets,
                channel::Generate&& settings);

    // Of both kinds of generators.
    [[nodiscard]] static int refusal_of(const channel::Generate& settings, std::string& why);

  private:
    [[nodiscard]] int refusal(std::string& why) const override {
        return refusal_of(settings_, why);
    }
    [[nodiscard]] SharedBytes message() override;
    void advance() override;
    [[nodiscard]] std::uint64_t leave_out(std::int64_t now_ns) override;
    [[nodiscard]] bool is_through() const override {
        return settings_.duration_ns != 0 && end_ns_ != 0 && next_ns_ >= end_ns_;
    }
    [[nodiscard]] std::string name() const override { return "generated traffic"; }
    void shifted(std::int64_t by_ns) override {
        if (end_ns_ != 0) end_ns_ += by_ns;
    }
    void move_on(std::uint64_t units);

    const channel::Generate settings_;
    GeneratedTraffic traffic_;
    std::uint32_t size_ = 0;       // of the message sent last
    std::uint64_t remainder_ = 0;  // of `next_ns_`, in units of 1 / per_second ns
    std::int64_t end_ns_ = 0;
};

}  // namespace net::service
