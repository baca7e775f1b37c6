#include "net/capture/match_store.h"

#include <algorithm>
#include <bit>

namespace net::capture {

// ---- which reads -----------------------------------------------------------------------------------

ReadMarks::ReadMarks() : blocks_(std::make_unique<std::array<std::atomic<Block*>, kBlocks>>()) {}

ReadMarks::~ReadMarks() {
    for (std::atomic<Block*>& block : *blocks_)
        delete block.load(std::memory_order_relaxed);
}

void ReadMarks::add(std::uint64_t position) {
    if (position / kBlockBits >= kBlocks) return;
    std::atomic<Block*>& place = (*blocks_)[position / kBlockBits];
    Block* block = place.load(std::memory_order_relaxed);
    if (block == nullptr) {
        block = new Block{};
        place.store(block, std::memory_order_release);
    }
    std::atomic<std::uint64_t>& word = (*block)[position % kBlockBits / 64];
    // One thread writes: no read-modify-write that others would wait for.
    word.store(word.load(std::memory_order_relaxed) | std::uint64_t{1} << (position % 64),
               std::memory_order_relaxed);
}

bool ReadMarks::has(std::uint64_t position) const {
    if (position / kBlockBits >= kBlocks) return false;
    const Block* block = (*blocks_)[position / kBlockBits].load(std::memory_order_acquire);
    return block != nullptr &&
           ((*block)[position % kBlockBits / 64].load(std::memory_order_relaxed) >>
                (position % 64) &
            1U) != 0;
}

std::uint64_t ReadMarks::next(std::uint64_t position, std::uint64_t end) const {
    end = std::min(end, kBlockBits * kBlocks);
    while (position < end) {
        const Block* block = (*blocks_)[position / kBlockBits].load(std::memory_order_acquire);
        if (block == nullptr) {
            position = (position / kBlockBits + 1) * kBlockBits;
            continue;
        }
        const std::uint64_t word =
            (*block)[position % kBlockBits / 64].load(std::memory_order_relaxed) >> (position % 64);
        if (word != 0)
            return std::min(position + static_cast<unsigned>(std::countr_zero(word)), end);
        position = (position / 64 + 1) * 64;
    }
    return end;
}

namespace {

// Ascends with the place of a byte in the capture.
std::uint64_t place_key(std::uint32_t position, std::uint32_t offset) {
    return std::uint64_t{position} << 32U | offset;
}

}  // namespace

// ---- the store -------------------------------------------------------------------------------------

MatchStore::MatchStore(std::unique_ptr<UnnamedFile> file, std::uint64_t most_stored)
    : file_(std::move(file)),
      most_stored_(most_stored),
      begins_before_(
          static_cast<std::size_t>((most_stored + kMatchesAChunk - 1) / kMatchesAChunk)) {}

std::unique_ptr<MatchStore> MatchStore::create(const std::string& directory,
                                               channel::Failure& failure,
                                               std::uint64_t most_stored) {
    std::unique_ptr<UnnamedFile> file = UnnamedFile::create(directory, failure);
    if (file == nullptr) return nullptr;
    return std::unique_ptr<MatchStore>{new MatchStore(std::move(file), most_stored)};
}

std::uint64_t MatchStore::add(const MatchRecord& record) {
    const std::uint64_t number = all_++;
    if (number >= most_stored_ || has_failed_) return number;
    if (number % kMatchesAChunk == 0)
        begins_before_[static_cast<std::size_t>(number / kMatchesAChunk)] = last_begin_;
    last_begin_ = std::max(last_begin_, place_key(record.position, record.offset_in_read));
    waiting_.push_back(record);
    return number;
}

void MatchStore::grow(std::uint64_t number, const MatchRecord& record) {
    const std::uint64_t published = stored_.load(std::memory_order_relaxed);
    if (number >= published) {
        const auto at = static_cast<std::size_t>(number - published);
        if (at < waiting_.size()) waiting_[at] = record;
    } else if (!grown_.empty() && grown_.back().first == number) {
        grown_.back().second = record;
    } else {
        grown_.emplace_back(number, record);
    }
}

int MatchStore::publish(std::uint64_t searched_reads) {
    const std::uint64_t published = stored_.load(std::memory_order_relaxed);
    int error = 0;
    if (!waiting_.empty()) {
        error = file_->write(published * sizeof(MatchRecord),
                             std::as_bytes(std::span<const MatchRecord>{waiting_}));
        has_failed_ = has_failed_ || error != 0;
        if (error == 0) stored_.store(published + waiting_.size(), std::memory_order_release);
        waiting_.clear();
    }
    // Of what is known longer already a failure to write costs the length only.
    for (const auto& [number, record] : grown_)
        (void)file_->write(number * sizeof(MatchRecord),
                           std::as_bytes(std::span<const MatchRecord>{&record, 1}));
    grown_.clear();
    counted_.store(all_, std::memory_order_release);
    searched_reads_.store(searched_reads, std::memory_order_release);
    return error;
}

std::size_t MatchStore::read(std::uint64_t first, std::span<MatchRecord> out) const {
    const std::uint64_t count = stored();
    if (first >= count) return 0;
    if (out.size() > count - first) out = out.first(static_cast<std::size_t>(count - first));
    return file_->read(first * sizeof(MatchRecord), std::as_writable_bytes(out)) /
           sizeof(MatchRecord);
}

std::uint64_t MatchStore::first_from(std::uint64_t position, std::uint32_t offset) const {
    if (position > UINT32_MAX) return stored();
    const std::uint64_t place = place_key(static_cast<std::uint32_t>(position), offset);
    const std::uint64_t count = stored();
    const auto chunks = static_cast<std::ptrdiff_t>((count + kMatchesAChunk - 1) / kMatchesAChunk);
    // The last chunk before which all begin before the place. What has grown since may begin earlier than is kept here: then more are looked at, and none is passed over.
    const auto found = std::partition_point(begins_before_.begin(), begins_before_.begin() + chunks,
                                            [place](std::uint64_t begin) { return begin < place; });
    const auto chunk =
        static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(found - begins_before_.begin() - 1, 0));
    std::array<MatchRecord, kMatchesAChunk> records{};
    for (std::uint64_t first = chunk * kMatchesAChunk; first < count;) {
        const std::size_t n = read(first, records);
        for (std::size_t i = 0; i < n; ++i)
            if (place_key(records[i].position, records[i].offset_in_read) >= place)
                return std::min(first + i, count);
        if (n == 0) break;
        first += n;
    }
    return count;
}

}  // namespace net::capture
