// Bytes that wait for the kernel to take them, in order. What is sent to many is kept once. Thread: network thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace net::service {

using SharedBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

class SendQueue {
  public:
    // What is sent because something was received counts apart: the peer is slowed down for it, and for nothing else.
    enum class Kind : std::uint8_t { kSend, kAnswer };

    // Keeps a share; nothing is copied.
    void append(SharedBytes bytes, Kind kind = Kind::kSend) {
        if (bytes == nullptr || bytes->empty()) return;
        bytes_ += bytes->size();
        if (kind == Kind::kAnswer) answer_bytes_ += bytes->size();
        chunks_.push_back({.bytes = std::move(bytes), .taken = 0, .kind = kind});
        tail_ = nullptr;
    }
    // An answer.
    void append_copy(std::span<const std::uint8_t> bytes) {
        // A peer that sends single bytes must not cost a hundred each: they join in one piece.
        if (tail_ != nullptr && tail_->size() + bytes.size() <= kTailBytes) {
            tail_->insert(tail_->end(), bytes.begin(), bytes.end());
            bytes_ += bytes.size();
            answer_bytes_ += bytes.size();
            return;
        }
        auto own = std::make_shared<std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
        std::vector<std::uint8_t>* const piece = own.get();
        append(std::move(own), Kind::kAnswer);
        if (!chunks_.empty() && chunks_.back().bytes.get() == piece) tail_ = piece;
    }

    [[nodiscard]] bool is_empty() const { return bytes_ == 0; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t answer_bytes() const { return answer_bytes_; }
    [[nodiscard]] std::size_t pieces() const { return chunks_.size() - first_; }

    // The next bytes in one piece; not empty unless the queue is. Valid until consume() or append().
    [[nodiscard]] std::span<const std::uint8_t> front() const {
        if (is_empty()) return {};
        const Chunk& chunk = chunks_[first_];
        return std::span(*chunk.bytes).subspan(chunk.taken);
    }
    // `size` <= front().size().
    void consume(std::size_t size) {
        Chunk& chunk = chunks_[first_];
        chunk.taken += size;
        bytes_ -= size;
        if (chunk.kind == Kind::kAnswer) answer_bytes_ -= size;
        if (chunk.taken < chunk.bytes->size()) return;
        if (chunk.bytes.get() == tail_) tail_ = nullptr;
        chunk.bytes.reset();
        ++first_;
        if (first_ == chunks_.size()) {
            chunks_.clear();
            first_ = 0;
            if (chunks_.capacity() > kKeptChunks) chunks_.shrink_to_fit();
        } else if (first_ >= kKeptChunks && first_ * 2 >= chunks_.size()) {
            chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
    }
    void clear() {
        chunks_.clear();
        tail_ = nullptr;
        first_ = 0;
        bytes_ = answer_bytes_ = 0;
    }

  private:
    // Ten thousand connections each keep at most this much of an empty queue.
    static constexpr std::size_t kKeptChunks = 16;
    static constexpr std::size_t kTailBytes = std::size_t{16} * 1024;
    struct Chunk {
        SharedBytes bytes;
        std::size_t taken = 0;
        Kind kind{};
    };
    std::vector<Chunk> chunks_;
    // The last chunk's bytes where they are ours alone and may still grow; else null.
    std::vector<std::uint8_t>* tail_ = nullptr;
    std::size_t first_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t answer_bytes_ = 0;  // of these
};

}  // namespace net::service
