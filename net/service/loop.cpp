#include "net/service/loop.h"

#include <algorithm>
#include <utility>

namespace net::service {

// ---- Loop ----

int Loop::open() {
    return -uv_loop_init(&loop_);
}

void Loop::run() {
    uv_run(&loop_, UV_RUN_DEFAULT);
}

int Loop::close() {
    return uv_loop_close(&loop_);
}

// ---- Poll ----

struct Poll::Handle {
    uv_poll_t uv{};
    PollHandler* handler = nullptr;
    int watched = 0;
};

int Poll::open(Loop& loop, int fd, PollHandler& handler) {
    auto* handle = new Handle;
    handle->handler = &handler;
    handle->uv.data = handle;
    const int result = uv_poll_init(loop.raw(), &handle->uv, fd);
    if (result != 0) {
        delete handle;  // libuv has not taken it
        return -result;
    }
    handle_ = handle;
    return 0;
}

void Poll::watch(int events) {
    if (handle_ == nullptr || handle_->watched == events) return;
    handle_->watched = events;
    if (events == 0) {
        uv_poll_stop(&handle_->uv);
        return;
    }
    uv_poll_start(&handle_->uv, events, [](uv_poll_t* uv, int status, int happened) {
        auto* handle = static_cast<Handle*>(uv->data);
        if (status < 0) handle->watched = 0;  // libuv has stopped it
        handle->handler->on_poll(status, happened);
    });
}

void Poll::close() {
    if (handle_ == nullptr) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&std::exchange(handle_, nullptr)->uv),
             [](uv_handle_t* uv) { delete static_cast<Handle*>(uv->data); });
}

// ---- Timer ----

struct Timer::Handle {
    uv_timer_t uv{};
    std::function<void()> on_time;
};

Timer::Timer(Loop& loop, std::function<void()> on_time) : handle_(new Handle) {
    handle_->on_time = std::move(on_time);
    uv_timer_init(loop.raw(), &handle_->uv);  // cannot fail
    handle_->uv.data = handle_;
}

void Timer::start(std::int64_t delay_ns) {
    if (handle_ == nullptr) return;
    uv_update_time(handle_->uv.loop);  // a long turn must not shorten the delay
    const std::int64_t ms = (std::max<std::int64_t>(delay_ns, 0) + 999'999) / 1'000'000;
    uv_timer_start(
        &handle_->uv, [](uv_timer_t* uv) { static_cast<Handle*>(uv->data)->on_time(); },
        static_cast<std::uint64_t>(ms), 0);
}

void Timer::stop() {
    if (handle_ != nullptr) uv_timer_stop(&handle_->uv);
}

bool Timer::is_running() const {
    return handle_ != nullptr &&
           uv_is_active(reinterpret_cast<const uv_handle_t*>(&handle_->uv)) != 0;
}

void Timer::close() {
    if (handle_ == nullptr) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&std::exchange(handle_, nullptr)->uv),
             [](uv_handle_t* uv) { delete static_cast<Handle*>(uv->data); });
}

// ---- Signal ----

struct Signal::Handle {
    uv_signal_t uv{};
    std::function<void(int)> on_signal;
};

Signal::Signal(Loop& loop, int signal, std::function<void(int)> on_signal) {
    auto* handle = new Handle;
    handle->on_signal = std::move(on_signal);
    handle->uv.data = handle;
    if (uv_signal_init(loop.raw(), &handle->uv) != 0) {
        delete handle;
        return;
    }
    handle_ = handle;
    uv_signal_start(
        &handle_->uv,
        [](uv_signal_t* uv, int number) { static_cast<Handle*>(uv->data)->on_signal(number); },
        signal);
}

void Signal::close() {
    if (handle_ == nullptr) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&std::exchange(handle_, nullptr)->uv),
             [](uv_handle_t* uv) { delete static_cast<Handle*>(uv->data); });
}

// ---- Turns ----

struct Turns::Handles {
    uv_prepare_t before{};
    uv_check_t after{};
    uv_idle_t more{};
    std::function<void()> on_turn;
    int open = 3;

    static void closed(uv_handle_t* uv) {
        auto* handles = static_cast<Handles*>(uv->data);
        if (--handles->open == 0) delete handles;
    }
};

Turns::Turns(Loop& loop, std::function<void()> on_turn) : handles_(new Handles) {
    handles_->on_turn = std::move(on_turn);
    uv_prepare_init(loop.raw(), &handles_->before);  // these cannot fail
    uv_check_init(loop.raw(), &handles_->after);
    uv_idle_init(loop.raw(), &handles_->more);
    handles_->before.data = handles_->after.data = handles_->more.data = handles_;
    uv_prepare_start(&handles_->before,
                     [](uv_prepare_t* uv) { static_cast<Handles*>(uv->data)->on_turn(); });
    uv_check_start(&handles_->after,
                   [](uv_check_t* uv) { static_cast<Handles*>(uv->data)->on_turn(); });
}

void Turns::set_has_more(bool has_more) {
    if (handles_ == nullptr) return;
    if (has_more) {
        uv_idle_start(&handles_->more, [](uv_idle_t*) {});
    } else {
        uv_idle_stop(&handles_->more);
    }
}

void Turns::close() {
    if (handles_ == nullptr) return;
    auto* handles = std::exchange(handles_, nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&handles->before), Handles::closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&handles->after), Handles::closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&handles->more), Handles::closed);
}

}  // namespace net::service
