// What a search must find, slowly: every begin and every end is tried, by a matcher that has nothing in common with the real one.
#pragma once

#include "net/capture/byte_pattern.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

using Stream = std::vector<std::uint8_t>;

// Where what begins there can end: an empty set, no match.
using Ends = std::set<std::size_t>;
using Matcher = std::function<Ends(const Stream& stream, std::size_t begin)>;

struct SlowPattern {
    net::capture::BytePattern pattern;
    Matcher matcher;
};

struct FoundSpan {
    std::size_t from = 0;
    std::size_t to = 0;
    bool operator==(const FoundSpan&) const = default;
};

// The rule of byte_pattern.h: of each end the leftmost begin; taken in order.
inline std::vector<FoundSpan> slow_matches(const Matcher& matcher, const Stream& stream) {
    std::vector<std::optional<std::size_t>> leftmost(stream.size() + 1);
    for (std::size_t begin = stream.size(); begin-- > 0;)
        for (const std::size_t end : matcher(stream, begin))
            leftmost[end] = begin;
    std::vector<FoundSpan> found;
    for (std::size_t to = 1; to <= stream.size(); ++to) {
        if (!leftmost[to]) continue;
        const std::size_t from = *leftmost[to];
        if (found.empty() || from >= found.back().to) {
            found.push_back({from, to});
            continue;
        }
        const std::size_t floor = found.size() > 1 ? found[found.size() - 2].to : 0;
        if (from <= found.back().from && from >= floor) found.back() = {from, to};
    }
    return found;
}

// ---- patterns chosen by a seed, over an alphabet so small that much matches ----

inline Matcher one_of(std::function<bool(std::uint8_t)> is_one) {
    return [is_one = std::move(is_one)](const Stream& stream, std::size_t begin) {
        return begin < stream.size() && is_one(stream[begin]) ? Ends{begin + 1} : Ends{};
    };
}

inline Matcher both(Matcher first, Matcher second) {
    return [first = std::move(first), second = std::move(second)](const Stream& stream,
                                                                  std::size_t begin) {
        Ends ends;
        for (const std::size_t middle : first(stream, begin))
            ends.merge(second(stream, middle));
        return ends;
    };
}

inline Matcher either(Matcher first, Matcher second) {
    return [first = std::move(first), second = std::move(second)](const Stream& stream,
                                                                  std::size_t begin) {
        Ends ends = first(stream, begin);
        ends.merge(second(stream, begin));
        return ends;
    };
}

inline Matcher times(Matcher one, std::size_t least, std::size_t most) {
    return [one = std::move(one), least, most](const Stream& stream, std::size_t begin) {
        Ends ends = least == 0 ? Ends{begin} : Ends{};
        Ends now{begin};
        for (std::size_t i = 1; i <= most && !now.empty(); ++i) {
            Ends next;
            for (const std::size_t at : now)
                next.merge(one(stream, at));
            // What repeats without going on would do so for ever.
            const bool is_still = next == now;
            if (i >= least || is_still) ends.insert(next.begin(), next.end());
            if (is_still) break;
            now = std::move(next);
        }
        return ends;
    };
}

class RandomPatterns {
  public:
    explicit RandomPatterns(std::uint32_t seed) : random_(seed) {}

    std::uint32_t below(std::uint32_t end) {
        return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(random_);
    }
    std::uint8_t byte() { return kAlphabet[below(kAlphabet.size())]; }
    Stream stream(std::size_t bytes) {
        Stream stream(bytes);
        for (std::uint8_t& one : stream)
            one = byte();
        return stream;
    }

    SlowPattern text() {
        SlowPattern made;
        made.pattern.kind = net::capture::PatternKind::kText;
        made.pattern.matches_case = below(2) == 0;
        made.matcher = empty();
        for (std::uint32_t i = below(4) + 1; i-- > 0;) {
            const std::uint8_t wanted = byte();
            made.pattern.text += quoted(wanted);
            const bool folds = !made.pattern.matches_case && (wanted | 0x20U) == 'a';
            made.matcher = both(std::move(made.matcher), one_of([wanted, folds](std::uint8_t is) {
                                    return is == wanted || (folds && (is | 0x20U) == 'a');
                                }));
        }
        return made;
    }

    SlowPattern hex() {
        constexpr std::string_view kDigits = "0123456789abcdef";
        SlowPattern made;
        made.pattern.kind = net::capture::PatternKind::kHex;
        made.matcher = empty();
        for (std::uint32_t i = below(4) + 1; i-- > 0;) {
            const std::uint8_t wanted = byte();
            const std::uint32_t mask =
                std::array<std::uint32_t, 5>{0xFF, 0xFF, 0xF0, 0x0F, 0}[below(5)];
            made.pattern.text += (mask & 0xF0U) != 0 ? kDigits[wanted >> 4U] : '?';
            made.pattern.text += (mask & 0x0FU) != 0 ? kDigits[wanted & 15U] : '?';
            if (below(2) == 0) made.pattern.text += ' ';
            made.matcher = both(std::move(made.matcher), one_of([wanted, mask](std::uint8_t is) {
                                    return (is & mask) == (wanted & mask);
                                }));
        }
        return made;
    }

    // Never one that matches the empty text.
    SlowPattern regex() {
        auto [text, matcher] = alternatives(2);
        auto [first_text, first] = atom(0);
        const bool is_before = below(2) == 0;
        SlowPattern made;
        made.pattern.kind = net::capture::PatternKind::kRegex;
        made.pattern.matches_case = true;
        made.pattern.text =
            is_before ? first_text + "(" + text + ")" : "(" + text + ")" + first_text;
        made.matcher = is_before ? both(first, matcher) : both(matcher, first);
        return made;
    }

  private:
    using Made = std::pair<std::string, Matcher>;
    static constexpr std::array<std::uint8_t, 5> kAlphabet{'a', 'b', 'A', '\n', 0};

    static Matcher empty() {
        return [](const Stream&, std::size_t begin) { return Ends{begin}; };
    }
    static std::string quoted(std::uint8_t byte) {
        if (byte == '\n') return "\\n";
        return byte == 0 ? "\\x00" : std::string(1, static_cast<char>(byte));
    }

    Made alternatives(int depth) {
        Made made = sequence(depth);
        while (below(3) == 0) {
            const Made other = sequence(depth);
            made = {made.first + "|" + other.first, either(made.second, other.second)};
        }
        return made;
    }
    Made sequence(int depth) {
        Made made = repeated(depth);
        while (below(2) == 0) {
            const Made next = repeated(depth);
            made = {made.first + next.first, both(made.second, next.second)};
        }
        return made;
    }
    Made repeated(int depth) {
        const Made one = atom(depth);
        constexpr std::size_t kMany = 1000;
        switch (below(7)) {
            case 0: return {one.first + "?", times(one.second, 0, 1)};
            case 1: return {one.first + "+", times(one.second, 1, kMany)};
            case 2: return {one.first + "*", times(one.second, 0, kMany)};
            case 3: {
                const std::uint32_t least = below(3);
                const std::uint32_t most = least + below(3) + 1;
                return {one.first + "{" + std::to_string(least) + "," + std::to_string(most) + "}",
                        times(one.second, least, most)};
            }
            default: return one;
        }
    }
    Made atom(int depth) {
        if (depth > 0 && below(3) == 0) {
            const Made inner = alternatives(depth - 1);
            return {"(" + inner.first + ")", inner.second};
        }
        const std::uint8_t wanted = byte();
        switch (below(4)) {
            case 0: return {".", one_of([](std::uint8_t is) { return is != '\n'; })};
            case 1: {
                const std::uint8_t other = byte();
                return {"[" + quoted(wanted) + quoted(other) + "]",
                        one_of([=](std::uint8_t is) { return is == wanted || is == other; })};
            }
            case 2:
                return {"[^" + quoted(wanted) + "]",
                        one_of([=](std::uint8_t is) { return is != wanted; })};
            default: return {quoted(wanted), one_of([=](std::uint8_t is) { return is == wanted; })};
        }
    }

    std::mt19937 random_;
};

}  // namespace tests
