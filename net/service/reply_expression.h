// Whether a message fits a pattern, and which of its bytes are the groups: PCRE2, within limits.
//
// What comes from outside must not hold up the network thread, however the expression is made: a match is given up after kMostSteps (about a step for each piece of the
// expression that is tried, and for each kMatchBytesAStep bytes that one of them runs over), which takes some milliseconds.
// Thread: network thread only.
#pragma once

#include "net/bytes/pattern.h"
#include "net/bytes/reply_text.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace net::service {

inline constexpr std::uint64_t kMostSteps = 200'000;
inline constexpr std::size_t kMatchBytesAStep = 32;

class ReplyExpression {
  public:
    // `is_whole`: all of the message must fit. Null: `error` is a sentence and a place in the pattern's text.
    [[nodiscard]] static std::unique_ptr<ReplyExpression> compile(const bytes::BytePattern& pattern,
                                                                  bool is_whole,
                                                                  bytes::ParseError& error);
    ~ReplyExpression();
    ReplyExpression(const ReplyExpression&) = delete;
    ReplyExpression& operator=(const ReplyExpression&) = delete;

    // With \{0}: at least 1, at most bytes::kReplyGroups.
    [[nodiscard]] std::uint32_t groups() const;

    enum class Fits : std::uint8_t { kNo, kYes, kTooCostly };
    using Groups = std::array<std::span<const std::uint8_t>, bytes::kReplyGroups>;
    // The groups are parts of `message`; those that took no part are empty. Adds to `steps`.
    [[nodiscard]] Fits match(std::span<const std::uint8_t> message,
                             Groups& groups,
                             std::uint64_t& steps);

  private:
    struct Impl;
    explicit ReplyExpression(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace net::service
