#include "net/service/generated_traffic.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace net::service {

namespace {

// SplitMix64 (Steele, Lea, Flood, 2014): each number from its place alone, so that a message can be skipped.
std::uint64_t mixed(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

}  // namespace

std::uint32_t GeneratedTraffic::next_size() const {
    const std::uint64_t span = settings_->most_bytes - settings_->least_bytes + 1ULL;
    const std::uint64_t number = mixed(mixed(settings_->seed) ^ index_);
    return settings_->least_bytes + static_cast<std::uint32_t>(number % span);
}

std::vector<std::uint8_t> GeneratedTraffic::next() {
    std::vector<std::uint8_t> out(next_size());
    fill(out);
    offset_ += out.size();
    ++index_;
    return out;
}

void GeneratedTraffic::skip() {
    offset_ += next_size();
    ++index_;
}

void GeneratedTraffic::skip_about(std::uint64_t messages) {
    offset_ += static_cast<std::uint64_t>(static_cast<double>(messages) * mean_size());
    index_ += messages;
}

void GeneratedTraffic::fill(std::vector<std::uint8_t>& out) const {
    switch (settings_->pattern) {
        case channel::GeneratePattern::kCounter:
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] = static_cast<std::uint8_t>(offset_ + i);
            break;
        case channel::GeneratePattern::kRandom: {
            // Another stream of numbers than the sizes have.
            const std::uint64_t key = mixed(mixed(~settings_->seed) ^ index_);
            for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint64_t)) {
                const std::uint64_t number = mixed(key + i);
                std::memcpy(out.data() + i, &number, std::min(sizeof number, out.size() - i));
            }
            break;
        }
        case channel::GeneratePattern::kText: {
            const std::vector<std::uint8_t>& text = settings_->text;
            for (std::size_t at = 0; at < out.size(); at += text.size()) {
                const std::size_t size = std::min(text.size(), out.size() - at);
                std::copy_n(text.begin(), size, out.begin() + static_cast<std::ptrdiff_t>(at));
            }
            break;
        }
    }
}

}  // namespace net::service
