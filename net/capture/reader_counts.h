// What a reader met besides what it told: how many packets, what it did not understand (by kind, in words), and how the file ended.
//
// Bounded whatever the file says: a counter a kind. Thread: values; the reader's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace net::capture {

enum class NotUnderstood : std::uint8_t {
    kUnknownBlock,
    kDamagedBlock,  // whole by its lengths, but what is in it contradicts itself
    kLaterVersion,  // of our own local-use codes
    kFragment,      // of an IP packet: fragments are not put together
    kIcmp,
    kOtherProtocol,
    kArp,
    kNotIp,
    kUnknownLink,
    kCutShort,
    kMalformed,
    kAfterEnd,  // TCP payload of a connection that was over
};
inline constexpr std::size_t kNotUnderstoodKinds = 12;

struct ReaderCounts {
    std::uint64_t packets = 0;          // packet blocks read
    std::uint64_t skipped = 0;          // blocks or packets not understood; the sum of `by_kind`
    std::uint64_t left_over_bytes = 0;  // after the last whole block
    std::string why_it_ended;           // empty at a clean end; else what was found there
    std::array<std::uint64_t, kNotUnderstoodKinds> by_kind{};
    std::uint32_t unknown_link = 0;  // the first link type behind kUnknownLink
    bool is_own = false;             // there is a section of ours
    // The newest run says where it ends, and this file does not hold its end: it went on in another file, still goes on, or a crash or a kill ended it. Connections without a
    // closing were open then. Good after the end only.
    bool lacks_run_end = false;

    void add(NotUnderstood kind) {
        ++skipped;
        ++by_kind[static_cast<std::size_t>(kind)];
    }
    // "12 ARP packets and 3 blocks of unknown types"; empty where everything was understood.
    [[nodiscard]] std::string not_understood() const;
    // All that is worth saying after the end, as a clause each, joined by "; ". Empty: nothing.
    [[nodiscard]] std::string in_words() const;
};

}  // namespace net::capture
