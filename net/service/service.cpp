#include "net/service/service.h"

#include "net/service/clock.h"
#include "net/service/engine.h"
#include "net/service/socket.h"

#include <atomic>
#include <cerrno>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace net::service {

class Service::Impl {
  public:
    Impl(ServiceConfig config, std::function<void()> wake_frame)
        : config_(std::move(config)),
          link_(config_.link, std::move(wake_frame), [this] { ring(); }) {}

    ~Impl() {
        if (!thread_.joinable()) return;
        is_abandoned_.store(true, std::memory_order_release);
        ring();
        thread_.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    bool start(channel::Failure& failure) {
        const auto fail = [&](channel::Operation operation, std::string_view target, int error) {
            failure = channel::make_failure(operation, channel::EndpointId::kNone, target, error,
                                            wall_time_ns());
            return false;
        };
        if (thread_.joinable())
            return fail(channel::Operation::kStart, "the network thread", EALREADY);
        if (!bell_.is_open()) return fail(channel::Operation::kStart, "the network thread", EMFILE);
        int error = 0;
        std::string path;
        auto writer = capture::Writer::open(config_.capture, error, path);
        if (writer == nullptr) return fail(channel::Operation::kCapture, path, error);
        error = loop_.open();
        if (error != 0) return fail(channel::Operation::kStart, "the network loop", error);
        engine_ = std::make_unique<Engine>(config_, loop_, link_, std::move(writer), bell_.get(),
                                           is_abandoned_);
        try {
            thread_ = std::thread([this] {
                pthread_setname_np(pthread_self(), "network");
                engine_->run();
            });
        } catch (const std::system_error& e) {
            engine_.reset();
            loop_.run();  // the closings of its handles
            (void)loop_.close();
            return fail(channel::Operation::kStart, "the network thread", e.code().value());
        }
        return true;
    }

    [[nodiscard]] channel::Link& link() { return link_; }

  private:
    void ring() const {
        const std::uint64_t one = 1;
        (void)!::write(bell_.get(), &one, sizeof one);  // full (2^64 rings) is rung as well
    }

    const ServiceConfig config_;
    // An eventfd, not uv_async_send: it outlives the loop, so that a ring after the end finds something to ring, and libuv before 1.53
    // cannot lose it (RELIABILITY.md F5).
    const UniqueFd bell_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    std::atomic<bool> is_abandoned_{false};
    channel::Link link_;
    Loop loop_;
    std::unique_ptr<Engine> engine_;  // network thread only while it runs
    std::thread thread_;
};

Service::Service(ServiceConfig config, std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(wake_frame))) {}

Service::~Service() = default;

bool Service::start(channel::Failure& failure) {
    return impl_->start(failure);
}

channel::Link& Service::link() {
    return impl_->link();
}

std::uint64_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
    }
    return limit.rlim_cur;
}

}  // namespace net::service
