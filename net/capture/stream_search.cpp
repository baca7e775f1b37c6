#include "net/capture/stream_search.h"

#include "net/capture/byte_pattern_parts.h"

#include <algorithm>
#include <array>
#include <climits>
#include <list>
#include <utility>
#include <vector>

namespace net::capture {

namespace {

// A match that began more reads of its stream ago than these is looked for in the index.
constexpr std::size_t kReadsKept = 6;
// How far back there; beyond, it begins where this ends. (A walk of some milliseconds, for each match of a stream among ten thousand others.)
constexpr std::uint64_t kMostWalk = std::uint64_t{1} << 22U;

struct FedRead {
    std::uint64_t position = 0;
    std::uint64_t offset = 0;  // in the stream as it is scanned: of the byte at `in_read`
    std::uint32_t in_read = 0;
};

struct Stream {
    std::uint64_t key = 0;
    hs_stream_t* ready = nullptr;  // either this or
    std::vector<char> compressed;
    std::uint64_t fed_bytes = 0;
    MatchFold fold;
    std::uint64_t number = 0;  // of the last match, in the store
    MatchRecord record;
    std::uint64_t begin = 0;  // of it, in the stream as it is scanned
    bool has_grown = false;
    std::array<FedRead, kReadsKept> reads{};  // the last ones, in a ring
    std::size_t reads_fed = 0;
    std::list<Stream*>::iterator used;  // in the list of ready ones or of the compressed ones
};

}  // namespace

class StreamSearch::Impl {
  public:
    Impl(std::shared_ptr<const StreamPattern> pattern,
         const ReadIndex& index,
         MatchStore& matches,
         StreamSearchLimits limits)
        : pattern_(std::move(pattern)),
          parts_(pattern_->parts()),
          index_(index),
          matches_(matches),
          limits_(limits) {
        hs_scratch_t* scratch = nullptr;
        (void)::hs_alloc_scratch(parts_.database.get(), &scratch);
        scratch_.reset(scratch);
    }

    ~Impl() {
        for (const auto& stream : streams_)
            if (stream != nullptr && stream->ready != nullptr) close(*stream);
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void feed(std::uint64_t position,
              const ReadEntry& entry,
              std::uint32_t offset,
              std::span<const std::uint8_t> bytes) {
        if (bytes.empty() || scratch_ == nullptr) return;
        Stream* const stream = ready_stream(key_of(entry));
        if (stream == nullptr) return;
        current_ = stream;
        stream->reads[stream->reads_fed++ % kReadsKept] = {
            .position = position, .offset = stream->fed_bytes, .in_read = offset};
        while (!bytes.empty()) {
            const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), UINT_MAX));
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are chars to it
            (void)::hs_scan_stream(stream->ready, reinterpret_cast<const char*>(piece.data()),
                                   static_cast<unsigned>(piece.size()), 0, scratch_.get(),
                                   &Impl::on_report, this);
            stream->fed_bytes += piece.size();
            bytes = bytes.subspan(piece.size());
        }
        tell_growth(*stream);
    }

    void cut(const ReadEntry& entry) {
        const std::uint64_t key = key_of(entry);
        if (key >= streams_.size() || streams_[key] == nullptr) return;
        drop(*streams_[key]);
    }

    [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
    [[nodiscard]] std::size_t memory_bytes() const {
        return ready_.size() * ready_bytes() + compressed_bytes_ +
               streams_.capacity() * sizeof(streams_[0]) + was_forgotten_.capacity() / 8;
    }

  private:
    static std::uint64_t key_of(const ReadEntry& entry) {
        return std::uint64_t{entry.connection_slot} * 2 +
               (entry.direction() == channel::Direction::kSent ? 1 : 0);
    }
    // What a stream costs, its node and the heap's heads with it.
    static constexpr std::size_t kStreamBytes = sizeof(Stream) + 64;
    [[nodiscard]] std::size_t ready_bytes() const { return kStreamBytes + parts_.state_bytes; }

    // ---- streams, ready, compressed and forgotten ----

    Stream* ready_stream(std::uint64_t key) {
        if (key >= streams_.size()) {
            streams_.resize(static_cast<std::size_t>(key) + 1);
            was_forgotten_.resize(streams_.size());
        }
        std::unique_ptr<Stream>& place = streams_[static_cast<std::size_t>(key)];
        if (place != nullptr && place->ready != nullptr) {
            ready_.splice(ready_.end(), ready_, place->used);
            return place.get();
        }
        while (!ready_.empty() && (ready_.size() + 1) * ready_bytes() > limits_.state_bytes)
            compress(*ready_.front());
        if (place == nullptr) {
            if (was_forgotten_[static_cast<std::size_t>(key)]) ++forgotten_;
            was_forgotten_[static_cast<std::size_t>(key)] = false;
            place = std::make_unique<Stream>();
            place->key = key;
            if (::hs_open_stream(parts_.database.get(), 0, &place->ready) != HS_SUCCESS) {
                place.reset();
                return nullptr;
            }
        } else if (!expand(*place)) {
            return nullptr;
        }
        place->used = ready_.insert(ready_.end(), place.get());
        return place.get();
    }

    void compress(Stream& stream) {
        std::size_t size = 0;
        (void)::hs_compress_stream(stream.ready, nullptr, 0, &size);
        stream.compressed.resize(size);
        const hs_error_t answer = ::hs_compress_stream(stream.ready, stream.compressed.data(),
                                                       stream.compressed.size(), &size);
        close(stream);
        ready_.erase(stream.used);
        stream.used = compressed_.insert(compressed_.end(), &stream);
        compressed_bytes_ += kStreamBytes + stream.compressed.size();
        if (answer != HS_SUCCESS) forget(stream);
        while (!compressed_.empty() && compressed_bytes_ > limits_.compressed_bytes)
            forget(*compressed_.front());
    }

    // False: there is no memory, and the stream is forgotten.
    bool expand(Stream& stream) {
        if (::hs_expand_stream(parts_.database.get(), &stream.ready, stream.compressed.data(),
                               stream.compressed.size()) != HS_SUCCESS) {
            forget(stream);
            return false;
        }
        compressed_bytes_ -= kStreamBytes + stream.compressed.size();
        compressed_.erase(stream.used);
        stream.compressed = {};
        return true;
    }

    void forget(Stream& stream) {
        was_forgotten_[static_cast<std::size_t>(stream.key)] = true;
        drop(stream);
    }

    void drop(Stream& stream) {
        if (stream.ready != nullptr) {
            close(stream);
            ready_.erase(stream.used);
        } else {
            compressed_bytes_ -= kStreamBytes + stream.compressed.size();
            compressed_.erase(stream.used);
        }
        streams_[static_cast<std::size_t>(stream.key)].reset();
    }

    void close(Stream& stream) {
        // Without a handler: what would match at the end of the stream is no match (byte_pattern.h).
        (void)::hs_close_stream(stream.ready, scratch_.get(), nullptr, nullptr);
        stream.ready = nullptr;
    }

    // ---- matches ----

    static int on_report(unsigned /*id*/,
                         unsigned long long from,  // NOLINT(google-runtime-int): the library's
                         unsigned long long to,    // NOLINT(google-runtime-int)
                         unsigned /*flags*/,
                         void* context) {
        static_cast<Impl*>(context)->report(from, to);
        return 0;
    }

    void report(std::uint64_t from, std::uint64_t to) {
        Stream& stream = *current_;
        const std::uint64_t from_before = stream.fold.from();
        const std::uint64_t to_before = stream.fold.to();
        from = parts_.begin_of(from, to);
        const MatchFold::Answer answer = stream.fold.add(from, to);
        if (answer == MatchFold::Answer::kNone) return;
        const bool is_new = answer == MatchFold::Answer::kNew;
        if (is_new) tell_growth(stream);
        if (is_new || from != from_before) {
            const FedRead begin = place_of(from);
            stream.record.position = static_cast<std::uint32_t>(begin.position);
            stream.record.offset_in_read = begin.in_read;
            stream.begin = begin.offset;
        }
        const FedRead& last = read_fed(stream, 1);
        // A report may come a byte late (assertions), and its match end in an earlier read.
        const std::uint64_t end = to > last.offset ? last.position : place_of(to - 1).position;
        stream.record.bytes =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(to - stream.begin, UINT32_MAX));
        matches_.mark(end);
        // Reads that it has passed through since it ended last.
        if (!is_new && stream.record.end_position != end) (void)place_of(to_before - 1);
        stream.record.end_position = static_cast<std::uint32_t>(end);
        if (is_new) {
            stream.number = matches_.add(stream.record);
        } else {
            stream.has_grown = true;
        }
    }

    void tell_growth(Stream& stream) {
        if (!stream.has_grown) return;
        matches_.grow(stream.number, stream.record);
        stream.has_grown = false;
    }

    // The last but `back` - 1.
    static const FedRead& read_fed(const Stream& stream, std::size_t back) {
        return stream.reads[(stream.reads_fed - back) % kReadsKept];
    }

    // Which byte of which read stands at that offset of the stream as it is scanned; the reads passed on the way to it have a part of a match.
    FedRead place_of(std::uint64_t offset) {
        const Stream& stream = *current_;
        FedRead at;
        for (std::size_t back = 1; back <= std::min(stream.reads_fed, kReadsKept); ++back) {
            at = read_fed(stream, back);
            matches_.mark(at.position);
            if (offset >= at.offset)
                return {.position = at.position,
                        .offset = offset,
                        .in_read = at.in_read + static_cast<std::uint32_t>(offset - at.offset)};
        }
        // What stands before it in the same read, then the reads before that one.
        std::uint64_t begins = at.offset - at.in_read;
        std::uint64_t position = at.position;
        for (std::uint64_t walked = 0; offset < begins; ++walked) {
            if (position == 0 || walked == kMostWalk) return at;
            const ReadEntry& entry = index_.published_entry(--position);
            if (key_of(entry) != stream.key || entry.size() == 0) continue;
            if (entry.is_gap()) return at;
            begins -= entry.size();
            matches_.mark(position);
            at = {.position = position, .offset = begins, .in_read = 0};
        }
        return {.position = position,
                .offset = offset,
                .in_read = static_cast<std::uint32_t>(offset - begins)};
    }

    const std::shared_ptr<const StreamPattern> pattern_;
    const StreamPattern::Parts& parts_;
    const ReadIndex& index_;
    MatchStore& matches_;
    const StreamSearchLimits limits_;
    Scratch scratch_;
    // By connection's slot and direction; null: not begun.
    std::vector<std::unique_ptr<Stream>> streams_;
    std::vector<bool> was_forgotten_;
    // The one not used for longest first.
    std::list<Stream*> ready_;
    std::list<Stream*> compressed_;
    std::size_t compressed_bytes_ = 0;
    std::uint64_t forgotten_ = 0;
    Stream* current_ = nullptr;  // whose bytes are being scanned
};

StreamSearch::StreamSearch(std::shared_ptr<const StreamPattern> pattern,
                           const ReadIndex& index,
                           MatchStore& matches,
                           StreamSearchLimits limits)
    : impl_(std::make_unique<Impl>(std::move(pattern), index, matches, limits)) {}
StreamSearch::~StreamSearch() = default;

void StreamSearch::feed(std::uint64_t position,
                        const ReadEntry& entry,
                        std::uint32_t offset_in_read,
                        std::span<const std::uint8_t> bytes) {
    impl_->feed(position, entry, offset_in_read, bytes);
}

void StreamSearch::cut(const ReadEntry& entry) {
    impl_->cut(entry);
}

std::uint64_t StreamSearch::forgotten() const {
    return impl_->forgotten();
}

std::size_t StreamSearch::memory_bytes() const {
    return impl_->memory_bytes();
}

}  // namespace net::capture
