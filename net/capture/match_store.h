// The matches that a search has found, in the order in which it found them (that of the reads in which they end, nearly), in a file without a name; and which reads have one.
//
// The worker adds; the frame reads what is published, meanwhile. Memory: a bit a read where there are matches, and one place for each kMatchesAChunk; of matches
// beyond kMostStoredMatches only the number is kept. A match at the growing end of a stream may become longer after it was published: the records are
// read anew where they are shown, never kept.
// Thread: add(), grow(), publish() on the worker; the rest on any.
#pragma once

#include "net/capture/record_file.h"
#include "net/channel/failure.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace net::capture {

inline constexpr std::uint64_t kMostStoredMatches = 4'000'000;

// A set of read positions that one thread adds to while others ask.
class ReadMarks {
  public:
    ReadMarks();
    ~ReadMarks();
    ReadMarks(const ReadMarks&) = delete;
    ReadMarks& operator=(const ReadMarks&) = delete;

    // One thread.
    void add(std::uint64_t position);
    // Any thread; what was added before the store's searched_reads() was published is there.
    [[nodiscard]] bool has(std::uint64_t position) const;
    // The first at or after `position`, below `end`; else `end`.
    [[nodiscard]] std::uint64_t next(std::uint64_t position, std::uint64_t end) const;

  private:
    static constexpr std::uint64_t kBlockBits = std::uint64_t{1} << 20U;  // 128 KiB
    static constexpr std::size_t kBlocks = std::size_t{1} << 12U;         // 2^32 reads
    using Block = std::array<std::atomic<std::uint64_t>, kBlockBits / 64>;
    std::unique_ptr<std::array<std::atomic<Block*>, kBlocks>> blocks_;
};

class MatchStore {
  public:
    // In `directory`, as RecordFile. Null: `failure` says why.
    [[nodiscard]] static std::unique_ptr<MatchStore> create(
        const std::string& directory,
        channel::Failure& failure,
        std::uint64_t most_stored = kMostStoredMatches);

    // ---- The worker. ----

    // Its number; counted also where it is not stored any more.
    std::uint64_t add(const MatchRecord& record);
    // The `number`-th is longer now (or, of an overlapping one, begins earlier; never later).
    void grow(std::uint64_t number, const MatchRecord& record);
    void mark(std::uint64_t position) { marks_.add(position); }
    // What was added can be read from now on; reads below `searched_reads` have been searched. 0 or an errno value (then later ones are only counted).
    [[nodiscard]] int publish(std::uint64_t searched_reads);

    // ---- Any thread. ----

    // How many there are, and how many of them can be read; the rest is only counted.
    [[nodiscard]] std::uint64_t counted() const { return counted_.load(std::memory_order_acquire); }
    [[nodiscard]] std::uint64_t stored() const { return stored_.load(std::memory_order_acquire); }
    [[nodiscard]] std::uint64_t searched_reads() const {
        return searched_reads_.load(std::memory_order_acquire);
    }
    // Those from `first` on: how many.
    [[nodiscard]] std::size_t read(std::uint64_t first, std::span<MatchRecord> out) const;
    // The number of the first match that begins at or after the byte at `offset` of the read; stored(): none. Costs a read of some KiB, or two.
    [[nodiscard]] std::uint64_t first_from(std::uint64_t position, std::uint32_t offset) const;
    // For the filter by content: whether the read has a part of a match. Said of reads below searched_reads().
    [[nodiscard]] const ReadMarks& reads() const { return marks_; }

  private:
    // Its records are 4 KiB, which first_from() reads; of the most there are its number is kept 15,625 times.
    static constexpr std::uint64_t kMatchesAChunk = 256;
    MatchStore(std::unique_ptr<UnnamedFile> file, std::uint64_t most_stored);

    const std::unique_ptr<UnnamedFile> file_;
    const std::uint64_t most_stored_;
    // The worker only.
    std::vector<MatchRecord> waiting_;                          // not published yet
    std::vector<std::pair<std::uint64_t, MatchRecord>> grown_;  // published ones
    std::uint64_t all_ = 0;
    bool has_failed_ = false;
    std::uint64_t last_begin_ =
        0;  // of what was added, as place_key(); 0: nothing, or the very first byte
    // Between the two: of each chunk the last place at which a match before it begins. Ascending, whatever the order of their begins is (a long match, or one that
    // is reported late, stands behind such that begin after it).
    std::vector<std::uint64_t> begins_before_;  // never moves: its whole length from the beginning
    ReadMarks marks_;
    std::atomic<std::uint64_t> counted_{0};
    std::atomic<std::uint64_t> stored_{0};
    std::atomic<std::uint64_t> searched_reads_{0};
};

}  // namespace net::capture
