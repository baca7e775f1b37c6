// What is looked for in the bytes: text, hex with wildcards, or a regular expression, compiled so that it is found while bytes stream past.
//
// The three kinds become one: an expression over bytes for Vectorscan. Text is converted to the bytes of its encoding; without regard to case each letter stands for
// its variants in that encoding. A regular expression is over bytes: `.` is any byte but a line feed, `^` and `$` are begin and end of lines (`(?-m)`: not), a
// character beyond ASCII stands for its bytes in the encoding. The end of a stream is no end to `$`: nobody knows that a stream has ended while it is looked at.
//
// Matches: of those that end at one place the longest counts. Taken in the order of their ends, one that begins where the last one begins takes its place (so the longest
// is left), as does one that begins before it and contains it; one that begins at or after the last one's end is the next; any other overlaps and does not count. For
// text and hex this is: leftmost, then on behind it. An expression that matches the empty text is refused.
//
// Bounded: expressions have at most kMostPatternBytes, and what their repeats come to is limited before anything is compiled, so compiling ends in
// well under a second. It may still take some milliseconds: compile on a worker.
// Thread: any; a compiled pattern is constant and may be shared. Vectorscan needs a processor with SSE4.2 (x86-64-v2): where it has none,
// every pattern is refused in those words, and nothing else is missing.
#pragma once

#include "net/bytes/parsed.h"
#include "net/bytes/pattern.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace net::capture {

using bytes::BytePattern;
using bytes::kMostPatternBytes;
using bytes::PatternKind;

// The expression that Vectorscan gets, before it is compiled: what is wrong with a pattern as far as we see it ourselves. Quick: for a field while it is typed in.
struct PatternExpression {
    std::string expression = {};
    unsigned flags = 0;
    std::uint32_t least_bytes = 0;
    std::uint32_t most_bytes = 0;  // 0: not known before it is compiled
    std::vector<std::uint32_t> places =
        {};  // of each byte of `expression`: where it stands in the pattern's text
};
[[nodiscard]] bytes::Parsed<PatternExpression> expression_of(const BytePattern& pattern);

// One pattern over streams: what StreamSearch scans with.
class StreamPattern {
  public:
    // Null: `error` is a sentence and a place in the pattern's text.
    [[nodiscard]] static std::shared_ptr<const StreamPattern> compile(const BytePattern& pattern,
                                                                      bytes::ParseError& error);
    ~StreamPattern();
    StreamPattern(const StreamPattern&) = delete;
    StreamPattern& operator=(const StreamPattern&) = delete;

    // All matches have this many bytes; 0: they differ.
    [[nodiscard]] std::uint32_t fixed_bytes() const;
    // False: the expression is too complex to tell where its matches begin; each then counts as the byte with which it ends.
    [[nodiscard]] bool knows_begins() const;
    // What one stream costs while it is looked at.
    [[nodiscard]] std::size_t state_bytes() const;

    struct Parts;
    [[nodiscard]] const Parts& parts() const { return *parts_; }

  private:
    explicit StreamPattern(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

// Several patterns over bytes that are at hand, as those in sight: for highlights. The same matches as of a stream that consists of these bytes.
class ByteFinder {
  public:
    struct Error {
        std::size_t pattern = 0;  // of those given
        bytes::ParseError error = {};
    };
    // Null: `error` says which of the patterns is wrong and how.
    [[nodiscard]] static std::unique_ptr<ByteFinder> compile(std::span<const BytePattern> patterns,
                                                             Error& error);
    ~ByteFinder();
    ByteFinder(const ByteFinder&) = delete;
    ByteFinder& operator=(const ByteFinder&) = delete;

    struct Found {
        std::size_t offset = 0;
        std::size_t bytes = 0;
        std::uint32_t pattern = 0;  // of those given

        bool operator==(const Found&) const = default;
    };
    // Of each pattern all of its matches, in the order of their begins (of one place: in the order of the patterns). At most kMostFound; then true is returned.
    static constexpr std::size_t kMostFound = 65'536;
    bool find_in(std::span<const std::uint8_t> bytes, std::vector<Found>& found);

  private:
    struct Impl;
    explicit ByteFinder(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace net::capture
