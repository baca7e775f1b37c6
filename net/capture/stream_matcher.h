// Tells where matches of a pattern end, while the bytes of many streams come piece by piece and nothing is kept but where each stream stands.
//
// Matches are those of byte_pattern.h; told is the first end of each (a longer one that begins at the same place is the same match). How the bytes are cut does not matter.
// Thread: one at a time for all streams of a matcher; the streams must be gone before it.
#pragma once

#include "net/capture/byte_pattern.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace net::capture {

class StreamMatcher {
  public:
    // Null: there is no memory for it.
    [[nodiscard]] static std::unique_ptr<StreamMatcher> make(
        std::shared_ptr<const StreamPattern> pattern);
    ~StreamMatcher();
    StreamMatcher(const StreamMatcher&) = delete;
    StreamMatcher& operator=(const StreamMatcher&) = delete;

    struct Stream;
    struct StreamDelete {
        void operator()(Stream* stream) const;
    };
    using OwnStream = std::unique_ptr<Stream, StreamDelete>;
    // Null: there is no memory for it.
    [[nodiscard]] OwnStream begin() const;
    // Appends, for each match that ends in these bytes, how many bytes of the stream stand before its end.
    void feed(Stream& stream,
              std::span<const std::uint8_t> bytes,
              std::vector<std::uint64_t>& ends) const;

  private:
    struct Impl;
    explicit StreamMatcher(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace net::capture
