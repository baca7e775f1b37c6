// Jobs that give each connection something of its own, at the pace at which it takes it: files, split tests, generators without a rate. Each connection's queue
// holds little of it at any time; more comes when the kernel has taken that.
// Thread: network thread only.
#pragma once

#include "net/service/generated_traffic.h"
#include "net/service/queue_feeder.h"
#include "net/service/send_job.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace net::service {

class FedJob : public SendJob {
  public:
    FedJob(SendJobWorld& world, channel::SendJobId id, channel::Targets&& targets);
    ~FedJob() override;
    void start() final;

  protected:
    // One connection that is fed.
    class Course final : public QueueFeeder {
      public:
        Course(FedJob& job, Connection& connection);
        void queue_moved(Connection& connection) override;
        void connection_ended(Connection& connection,
                              const channel::ConnectionClosed& closed) override;

        // Queues a piece. 0, or an errno value and nothing is queued.
        [[nodiscard]] int give(const SharedBytes& bytes);
        [[nodiscard]] Connection& connection() { return *connection_; }
        // Given and not yet taken by the kernel.
        [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
        void feed_soon() { timed_.set_soon(); }
        void feed_at(std::int64_t at_ns) { timed_.set(at_ns); }
        void feed_never() { timed_.clear(); }

        std::uint64_t given_bytes = 0;
        std::uint64_t taken_bytes = 0;
        std::int64_t next_ns = 0;  // of a pause or a limit: nothing before
        SharedBytes held;          // FileJob: comes next
        bool is_awaiting = false;  // FileJob: what comes next is being read
        std::size_t number = 0;    // among those it began with
        std::size_t index = 0;     // in courses_ now

      private:
        void count_taken(const Connection& connection);

        struct Piece {
            std::uint64_t end = 0;  // in all that was ever queued on the connection
            std::uint64_t size = 0;
        };
        FedJob& job_;
        Connection* connection_;
        Timed timed_;
        std::vector<Piece> waiting_;
        std::uint64_t taken_before_ = 0;  // by whole pieces
    };

    // An errno value and what is wrong with it, where it cannot be done as asked. Before anything else.
    [[nodiscard]] virtual int refusal(std::string& why) const = 0;
    [[nodiscard]] virtual std::string name() const = 0;
    // The connections are there. Calls ready() once they can be fed.
    virtual void opened() = 0;
    // Gives the connection what it can have now; where that is over, finish().
    virtual void feed(Course& course, std::int64_t now_ns) = 0;
    // A piece of it was taken as a whole.
    virtual void piece_taken(Course& /*course*/, std::int64_t /*now_ns*/) {}
    virtual void course_gone(Course& /*course*/) {}
    // Of each connection; 0: there is no end.
    [[nodiscard]] virtual std::uint64_t bytes_each() const = 0;
    // How far it got, for the failure: "; 12 of 40 bytes were sent".
    [[nodiscard]] virtual std::string how_far(const Course& course) const;
    // `progress_.bytes` and `sends` count what is queued; else what the kernel has taken.
    [[nodiscard]] virtual bool counts_queued() const { return false; }
    // The furthest one has come further than any before.
    virtual void came_furthest(const Course& /*course*/) {}

    void ready();
    // It has all of it.
    void finish(Course& course);
    void paused() final;
    void resumed(std::int64_t paused_ns) final;
    void stopping() override { count_queued(); }
    void look(std::int64_t now_ns) override;
    void ended() override;
    [[nodiscard]] std::size_t course_count() const { return courses_.size(); }
    // What is queued goes out in any case, so it counts.
    void count_queued();
    [[nodiscard]] bool is_ready() const { return is_ready_; }

  private:
    void taken(Course& course, std::uint64_t bytes);
    void gone(Course& course, Connection& connection, const channel::ConnectionClosed& closed);
    void drop(Course& course);
    void end_if_all_over();

    std::vector<std::unique_ptr<Course>> courses_;
    std::vector<std::unique_ptr<Course>> dropped_;  // may be on the stack still
    bool is_ready_ = false;
    bool has_cut_short_ = false;
};

// As fast as each takes it.
class FloodJob final : public FedJob {
  public:
    FloodJob(SendJobWorld& world,
             channel::SendJobId id,
             channel::Targets&& targets,
             channel::Generate&& settings);
    ~FloodJob() override;

  private:
    [[nodiscard]] int refusal(std::string& why) const override;
    [[nodiscard]] std::string name() const override { return "generated traffic"; }
    void opened() override;
    void feed(Course& course, std::int64_t now_ns) override;
    [[nodiscard]] std::uint64_t bytes_each() const override { return 0; }
    [[nodiscard]] bool counts_queued() const override { return true; }
    void look(std::int64_t now_ns) override;

    const channel::Generate settings_;
    std::vector<GeneratedTraffic> traffic_;  // of each connection, by Course::number
};

class SplitTestJob final : public FedJob {
  public:
    SplitTestJob(SendJobWorld& world,
                 channel::SendJobId id,
                 channel::Targets&& targets,
                 channel::SplitTest&& test);
    ~SplitTestJob() override;

  private:
    [[nodiscard]] int refusal(std::string& why) const override;
    [[nodiscard]] std::string name() const override { return "a split test"; }
    void opened() override { ready(); }
    void feed(Course& course, std::int64_t now_ns) override;
    void piece_taken(Course& course, std::int64_t now_ns) override;
    [[nodiscard]] std::uint64_t bytes_each() const override {
        return static_cast<std::uint64_t>(test_.bytes.size()) * ways();
    }
    [[nodiscard]] std::string how_far(const Course& course) const override;
    [[nodiscard]] std::uint64_t ways() const;
    // Of the piece that begins `at` bytes into way `way`.
    [[nodiscard]] std::size_t piece_size(std::uint64_t way, std::size_t at) const;

    const channel::SplitTest test_;
};

}  // namespace net::service
