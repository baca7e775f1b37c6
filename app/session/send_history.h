// What was sent, to be sent again: up and down in the send box, and searched.
//
// Kept between runs as JSON text (sends_json.h). Bounded in entries and in bytes: the oldest go. Thread: frame; values.
#pragma once

#include "net/bytes/composition.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace app::session {

inline constexpr std::size_t kMostSent = 500;
inline constexpr std::size_t kMostSentBytes = std::size_t{1}
                                              << 20U;  // texts and own endings of all together
inline constexpr std::size_t kMostSentEntryBytes = std::size_t{64}
                                                   << 10U;  // a longer one is not remembered

struct SentEntry {
    net::bytes::ComposeText what;
    std::int64_t time_ns = 0;  // when it was sent last; since the epoch

    bool operator==(const SentEntry&) const = default;
};

class SendHistory {
  public:
    // The newest last; each text with its options once.
    [[nodiscard]] const std::deque<SentEntry>& entries() const { return entries_; }
    // To the end. False: it is not remembered (empty, or longer than kMostSentEntryBytes).
    bool add(SentEntry entry);
    void remove(std::size_t at);
    void clear();
    // Places of the entries whose text has `words` in it, in any case of ASCII letters; the newest first.
    [[nodiscard]] std::vector<std::size_t> find(std::string_view words) const;

    bool operator==(const SendHistory&) const = default;

  private:
    std::deque<SentEntry> entries_;
    std::size_t bytes_ = 0;
};

// Up and down: from what is being typed to ever older entries and back. A member of the send box's state.
class HistoryWalk {
  public:
    // Up. `typed`: what stands in the box; the first step keeps it. Nullopt: there is nothing older. Where `words` are not empty, only entries that find() them.
    [[nodiscard]] std::optional<net::bytes::ComposeText> older(const SendHistory& history,
                                                               const net::bytes::ComposeText& typed,
                                                               std::string_view words = {});
    // Down. Below the newest entry is what was being typed; nullopt: it stands there already.
    [[nodiscard]] std::optional<net::bytes::ComposeText> newer(const SendHistory& history,
                                                               std::string_view words = {});
    // Something was sent, or typed into.
    void reset() { typed_.reset(); }

  private:
    std::optional<net::bytes::ComposeText> typed_;  // nullopt: not under way
    std::size_t steps_ = 0;                         // from the newest found, 1 and up
};

// What two windows have sent, in the order of time.
[[nodiscard]] SendHistory merged(const SendHistory& one, const SendHistory& other);

}  // namespace app::session
