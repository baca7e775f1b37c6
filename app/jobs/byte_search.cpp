#include "app/jobs/byte_search.h"

#include "app/jobs/worker.h"
#include "net/capture/stream_search.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

namespace app::jobs {
namespace {

using net::capture::FileTable;
using net::capture::MatchStore;
using net::capture::ReadEntry;
using net::capture::ReadIndex;
using net::capture::StreamPattern;
using net::capture::StreamSearch;
using net::channel::ConnectionId;
using session::SearchFacts;
using session::SearchWish;

// What is read from a file at once: about what a level 2 cache holds, so that the copy is still there when it is searched.
constexpr std::size_t kStretchBytes = std::size_t{256} * 1024;
// Bytes between two reads (block headers, padding, reads that are not asked for) that are read along rather than begun anew.
constexpr std::uint64_t kMostBetween = 4096;
// Matches are published and a stop is looked for after so many bytes, or so many reads without bytes that count.
constexpr std::size_t kSliceBytes = std::size_t{1} << 20U;
constexpr std::uint64_t kSliceReads = 16'384;

struct Request {
    std::uint64_t number = 0;
    std::uint64_t generation = 0;
    std::shared_ptr<const SearchWish> wish;  // null: forget what was found
};

// After the expression was compiled, and after each stretch of searching.
struct Result {
    std::uint64_t number = 0;  // of the request
    std::uint64_t generation = 0;
    std::shared_ptr<const MatchStore> matches = {};
    std::optional<net::bytes::ParseError> error = {};
    std::string remark = {};
};

// Of a connection's slot and both directions: is it asked for?
class Scope {
  public:
    Scope(const SearchWish& wish, const ReadIndex& index)
        : index_(index),
          wants_received_(wish.wants_received),
          wants_sent_(wish.wants_sent),
          wants_all_(wish.connections.empty()) {
        for (const ConnectionId id : wish.connections)
            connections_.insert(net::channel::number(id));
    }

    [[nodiscard]] bool has(const ReadEntry& entry) {
        const bool is_sent = entry.direction() == net::channel::Direction::kSent;
        if (!(is_sent ? wants_sent_ : wants_received_)) return false;
        if (wants_all_) return true;
        const std::uint32_t slot = entry.connection_slot;
        if (slot >= slots_.size()) slots_.resize(slot + 1, Known::kNot);
        if (slots_[slot] == Known::kNot) {
            const ConnectionId id = index_.connection_of_slot(slot);
            slots_[slot] =
                connections_.contains(net::channel::number(id)) ? Known::kIn : Known::kOut;
        }
        return slots_[slot] == Known::kIn;
    }

  private:
    enum class Known : std::uint8_t { kNot, kIn, kOut };
    const ReadIndex& index_;
    const bool wants_received_;
    const bool wants_sent_;
    const bool wants_all_;
    std::unordered_set<std::uint64_t> connections_;
    std::vector<Known> slots_;
};

// A part of a file in memory, as far as the next reads lie in it.
class Stretch {
  public:
    explicit Stretch(const FileTable& files) : files_(files) {}

    // The bytes of an entry from `offset` on, at least one and as many as are at hand; empty: they cannot be read.
    std::span<const std::uint8_t> bytes(const ReadEntry& entry,
                                        std::uint32_t offset,
                                        std::uint64_t wanted_end) {
        const std::uint64_t from = entry.offset() + offset;
        if (entry.file() != file_ || from < begin_ || from >= begin_ + size_)
            load(entry.file(), from, wanted_end);
        if (from >= begin_ + size_) return {};
        const std::uint64_t at_hand = begin_ + size_ - from;
        return std::span{buffer_}.subspan(
            static_cast<std::size_t>(from - begin_),
            static_cast<std::size_t>(std::min<std::uint64_t>(entry.size() - offset, at_hand)));
    }

    [[nodiscard]] bool holds(const ReadEntry& entry) const {
        return entry.file() == file_ && entry.offset() >= begin_ &&
               entry.offset() + entry.size() <= begin_ + size_;
    }

  private:
    void load(net::channel::FileId file, std::uint64_t from, std::uint64_t wanted_end) {
        file_ = file;
        begin_ = from;
        const std::size_t size = static_cast<std::size_t>(
            std::clamp<std::uint64_t>(wanted_end - std::min(from, wanted_end), 1, kStretchBytes));
        const std::int64_t n = files_.read(file, from, std::span{buffer_}.first(size));
        size_ = n > 0 ? static_cast<std::size_t>(n) : 0;
    }

    const FileTable& files_;
    std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(kStretchBytes);
    net::channel::FileId file_{};
    std::uint64_t begin_ = 0;
    std::size_t size_ = 0;
};

// The search of one wish: the worker's.
class Search {
  public:
    Search(const FileTable& files,
           const ReadIndex& index,
           const SearchWish& wish,
           std::shared_ptr<const StreamPattern> pattern,
           std::shared_ptr<MatchStore> matches)
        : index_(index),
          pattern_(std::move(pattern)),
          matches_(std::move(matches)),
          scope_(wish, index),
          streams_(pattern_, index, *matches_),
          stretch_(files) {}

    // Goes on to the newest read there is, or until `should_stop`, which is asked after each slice.
    template <typename ShouldStop>
    void advance(JobControl& control, ShouldStop&& should_stop) {
        for (;;) {
            const std::uint64_t end = index_.published_size();
            if (position_ == end) break;
            slice(end);
            if (const int error = matches_->publish(position_); error != 0) write_error_ = error;
            control.set_progress(static_cast<double>(position_) / static_cast<double>(end));
            if (should_stop()) break;
        }
    }

    [[nodiscard]] std::string remark() const {
        std::string words;
        const auto add = [&words](const std::string& sentence) {
            if (!words.empty()) words += ' ';
            words += sentence;
        };
        if (!pattern_->knows_begins())
            add("The expression is too complex to tell where its matches begin: each is shown as "
                "the byte with which it ends.");
        if (unreadable_reads_ != 0)
            add(std::to_string(unreadable_reads_) +
                (unreadable_reads_ == 1 ? " read is" : " reads are") +
                " not in the capture's files any more and could not be searched.");
        if (write_error_ != 0)
            add(std::string("The list of matches cannot grow: ") + std::strerror(write_error_) +
                "; later ones are only counted.");
        if (streams_.forgotten() != 0)
            add("There are so many connections that matches across two reads may be missing in " +
                std::to_string(streams_.forgotten()) + " places.");
        return words;
    }

  private:
    void slice(std::uint64_t end) {
        std::size_t bytes = 0;
        for (std::uint64_t reads = 0; position_ < end && bytes < kSliceBytes && reads < kSliceReads;
             ++position_, ++reads) {
            const ReadEntry& entry = index_.published_entry(position_);
            if (!scope_.has(entry)) continue;
            if (entry.is_gap()) {
                streams_.cut(entry);
                continue;
            }
            search(entry, end);
            bytes += entry.size();
        }
    }

    void search(const ReadEntry& entry, std::uint64_t end) {
        for (std::uint32_t offset = 0; offset < entry.size();) {
            const bool is_at_hand = offset == 0 && stretch_.holds(entry);
            const auto bytes =
                stretch_.bytes(entry, offset, is_at_hand ? 0 : worth_reading(entry, offset, end));
            if (bytes.empty()) {
                ++unreadable_reads_;
                streams_.cut(entry);
                return;
            }
            streams_.feed(position_, entry, offset, bytes);
            offset += static_cast<std::uint32_t>(bytes.size());
        }
    }

    // How far the file is worth reading at once: this entry, and those that follow it closely and are asked for.
    std::uint64_t worth_reading(const ReadEntry& first, std::uint32_t offset, std::uint64_t end) {
        const std::uint64_t begin = first.offset() + offset;
        std::uint64_t upto = first.offset() + first.size();
        for (std::uint64_t next = position_ + 1; next < end && upto - begin < kStretchBytes;
             ++next) {
            const ReadEntry& entry = index_.published_entry(next);
            if (entry.is_gap()) continue;
            if (entry.file() != first.file() || entry.offset() < upto ||
                entry.offset() - upto > kMostBetween)
                break;
            if (scope_.has(entry)) upto = entry.offset() + entry.size();
        }
        return upto;
    }

    const ReadIndex& index_;
    const std::shared_ptr<const StreamPattern> pattern_;
    const std::shared_ptr<MatchStore> matches_;
    Scope scope_;
    StreamSearch streams_;
    Stretch stretch_;
    std::uint64_t position_ = 0;  // of the next read
    std::uint64_t unreadable_reads_ = 0;
    int write_error_ = 0;
};

}  // namespace

class ByteSearch::Impl {
  public:
    Impl(const FileTable& files,
         const ReadIndex& index,
         std::string directory,
         std::function<void()> wake_frame)
        : files_(files),
          index_(index),
          directory_(std::move(directory)),
          worker_(
              std::move(wake_frame),
              [this](Request&& request, JobControl& control) { return work(request, control); },
              JobRule::kLatest) {}

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // ---- Frame thread only. ----

    void start(SearchWish wish) {
        wish_ = std::make_shared<const SearchWish>(std::move(wish));
        facts_ = {.generation = ++last_generation_, .is_running = true};
        ask(facts_.generation);
    }

    void cancel() {
        if (!facts_.is_running) return;
        wanted_.store(0, std::memory_order_relaxed);
        facts_.is_running = false;
        facts_.was_cancelled = true;
        wish_ = nullptr;
    }

    void clear() {
        wish_ = nullptr;
        if (facts_.generation == 0) return;
        facts_ = {};
        ask(++last_generation_);
    }

    const SearchFacts& update() {
        while (std::optional<Result> result = worker_.take_result()) {
            if (result->number == last_asked_) is_asked_ = false;
            if (result->generation != facts_.generation) continue;
            facts_.error = std::move(result->error);
            facts_.remark = std::move(result->remark);
            facts_.matches = std::move(result->matches);
            if (facts_.error) wish_ = nullptr;
        }
        if (facts_.matches != nullptr) look();
        if (wish_ == nullptr) facts_.is_running = false;
        return facts_;
    }

    [[nodiscard]] const SearchFacts& facts() const { return facts_; }

  private:
    void ask(std::uint64_t generation) {
        wanted_.store(generation, std::memory_order_relaxed);
        is_asked_ = true;
        worker_.ask({.number = ++last_asked_, .generation = generation, .wish = wish_});
    }

    void look() {
        const MatchStore& matches = *facts_.matches;
        const std::uint64_t searched = matches.searched_reads();
        facts_.counted = matches.counted();
        facts_.stored = matches.stored();
        const std::uint64_t reads = index_.size();
        facts_.progress =
            reads == 0 ? 1.0 : static_cast<double>(searched) / static_cast<double>(reads);
        if (wish_ == nullptr) return;
        // What came of the last reads may still be on its way: the remark comes with it.
        facts_.is_running = searched < reads || is_asked_;
        if (searched < reads && !is_asked_) ask(facts_.generation);
    }

    // ---- Worker only. ----

    std::optional<Result> work(const Request& request, JobControl& control) {
        Result result{.number = request.number, .generation = request.generation};
        if (request.generation != generation_) {
            begin(request, result);
            return result;
        }
        if (search_ != nullptr) {
            search_->advance(control, [&] {
                return control.should_stop() ||
                       wanted_.load(std::memory_order_relaxed) != generation_;
            });
            result.remark = search_->remark();
        }
        result.matches = matches_;
        return result;
    }

    void begin(const Request& request, Result& result) {
        generation_ = request.generation;
        search_ = nullptr;
        matches_ = nullptr;
        if (request.wish == nullptr) return;
        net::bytes::ParseError error;
        std::shared_ptr<const StreamPattern> pattern =
            StreamPattern::compile(request.wish->pattern, error);
        if (pattern == nullptr) {
            result.error = std::move(error);
            return;
        }
        net::channel::Failure failure;
        matches_ = MatchStore::create(directory_, failure);
        if (matches_ == nullptr) {
            result.error = net::bytes::ParseError{.message = failure.message};
            return;
        }
        search_ =
            std::make_unique<Search>(files_, index_, *request.wish, std::move(pattern), matches_);
        result.matches = matches_;
        result.remark = search_->remark();
    }

    const FileTable& files_;
    const ReadIndex& index_;
    const std::string directory_;
    // Frame thread only.
    SearchFacts facts_;
    std::uint64_t last_generation_ = 0;
    std::shared_ptr<const SearchWish> wish_;  // null: nothing is to go on
    std::uint64_t last_asked_ = 0;
    bool is_asked_ =
        false;  // the last request has no result yet; of earlier ones none may ever come
    // Between the two: the generation to go on with.
    std::atomic<std::uint64_t> wanted_{0};
    // Worker only.
    std::uint64_t generation_ = 0;
    std::shared_ptr<MatchStore> matches_;
    std::unique_ptr<Search> search_;
    // Last: its thread uses all of the above.
    Worker<Request, Result> worker_;
};

ByteSearch::ByteSearch(const FileTable& files,
                       const ReadIndex& index,
                       std::string directory,
                       std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(files, index, std::move(directory), std::move(wake_frame))) {}
ByteSearch::~ByteSearch() = default;

void ByteSearch::start(session::SearchWish wish) {
    impl_->start(std::move(wish));
}

void ByteSearch::cancel() {
    impl_->cancel();
}

void ByteSearch::clear() {
    impl_->clear();
}

const session::SearchFacts& ByteSearch::update() {
    return impl_->update();
}

const session::SearchFacts& ByteSearch::facts() const {
    return impl_->facts();
}

}  // namespace app::jobs
