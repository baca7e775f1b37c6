// Events as the JSON lines of --headless. Keys, their order and the words are a contract that scripts rely on.
//
// Thread: any one; no I/O, no clock.
#pragma once

#include "net/channel/event.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace app {

struct RunSummary {
    std::int64_t time_ns = 0;
    std::uint64_t received = 0;  // payload bytes, of all connections
    std::uint64_t sent = 0;
    std::uint64_t stored = 0;  // both directions
    std::uint64_t connections = 0;
    std::uint64_t read_pauses = 0;
    std::uint64_t datagrams_dropped = 0;
    std::string capture;
};

class HeadlessLines {
  public:
    explicit HeadlessLines(bool is_verbose) : is_verbose_(is_verbose) {}

    // Appends the event's line, with its line break, to `out`; nothing for events that have none.
    void append(const net::channel::Event& event, std::string& out);
    void append(const RunSummary& summary, std::string& out);

  private:
    // {"time":"...","event":"...", of which further members and end() follow.
    void begin(std::int64_t time_ns, std::string_view event, std::string& out);

    bool is_verbose_;
    // RFC 3339 up to the second, kept because thousands of events share one.
    std::int64_t second_ = -1;
    std::string second_text_;
};

}  // namespace app
