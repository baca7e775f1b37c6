// --demo: an echo server and a client that talks to it, so that there is something to look at.
//
// It is an ordinary user of the session: it pushes intents and reads facts, and has no way to the network thread of its own.
//
// Thread: the frame thread (headless: main).
#pragma once

#include "app/session/session.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace app {

class Demo {
  public:
    // `greeting` is sent on each of its connections once it is open (--send); may be empty.
    explicit Demo(std::vector<std::uint8_t> greeting);

    // Starts the server, then (once its port is known) the client, then says something on the client's connection every kDemoPauseNs.
    // Call after every drain, and when next_step_ns() is due.
    void step(session::Session& session, std::int64_t now_ns, std::int64_t monotonic_ns);

    // When step() has something to do without an event coming, on CLOCK_MONOTONIC; the far future when it has not.
    [[nodiscard]] std::int64_t next_step_ns() const { return next_message_ns_; }

    // Null: not started yet, or the user took it away. Valid until the session folds or applies something.
    [[nodiscard]] const session::Endpoint* server(const session::Session& session) const;
    [[nodiscard]] const session::Endpoint* client(const session::Session& session) const;

  private:
    enum class Stage : std::uint8_t { kBegin, kServerStarting, kTalking };

    void start_client(session::Session& session, std::int64_t now_ns);
    void say_something(session::Session& session, session::EndpointId client, std::int64_t now_ns);

    std::vector<std::uint8_t> greeting_;
    Stage stage_ = Stage::kBegin;
    std::int64_t next_message_ns_;
    std::uint32_t messages_ = 0;
};

// The n-th thing the client says: text lines, JSON, HTTP, binary frames, UTF-8, every byte there is; in turn. Pure.
[[nodiscard]] std::vector<std::uint8_t> demo_message(std::uint32_t n);

}  // namespace app
