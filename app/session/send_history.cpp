#include "app/session/send_history.h"

#include <algorithm>
#include <utility>

namespace app::session {

namespace {

std::size_t size_of(const SentEntry& entry) {
    return entry.what.text.size() + entry.what.own_ending.size();
}

char small(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool has(std::string_view text, std::string_view words) {
    return std::search(text.begin(), text.end(), words.begin(), words.end(),
                       [](char a, char b) { return small(a) == small(b); }) != text.end();
}

}  // namespace

bool SendHistory::add(SentEntry entry) {
    if (entry.what.text.empty() || size_of(entry) > kMostSentEntryBytes) return false;
    const auto same = std::find_if(entries_.begin(), entries_.end(),
                                   [&](const SentEntry& one) { return one.what == entry.what; });
    if (same != entries_.end()) remove(static_cast<std::size_t>(same - entries_.begin()));
    bytes_ += size_of(entry);
    entries_.push_back(std::move(entry));
    while (entries_.size() > kMostSent || bytes_ > kMostSentBytes)
        remove(0);
    return true;
}

void SendHistory::remove(std::size_t at) {
    if (at >= entries_.size()) return;
    bytes_ -= size_of(entries_[at]);
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
}

void SendHistory::clear() {
    entries_.clear();
    bytes_ = 0;
}

std::vector<std::size_t> SendHistory::find(std::string_view words) const {
    std::vector<std::size_t> found;
    for (std::size_t at = entries_.size(); at-- > 0;)
        if (has(entries_[at].what.text, words)) found.push_back(at);
    return found;
}

std::optional<net::bytes::ComposeText> HistoryWalk::older(const SendHistory& history,
                                                          const net::bytes::ComposeText& typed,
                                                          std::string_view words) {
    const std::vector<std::size_t> found = history.find(words);
    if (!typed_) steps_ = 0;
    if (steps_ >= found.size()) return std::nullopt;
    if (!typed_) typed_ = typed;
    ++steps_;
    return history.entries()[found[steps_ - 1]].what;
}

std::optional<net::bytes::ComposeText> HistoryWalk::newer(const SendHistory& history,
                                                          std::string_view words) {
    if (!typed_) return std::nullopt;
    const std::vector<std::size_t> found = history.find(words);
    steps_ = std::min(steps_, found.size() + 1);
    if (steps_ <= 1) return std::exchange(typed_, std::nullopt);
    --steps_;
    return history.entries()[found[steps_ - 1]].what;
}

SendHistory merged(const SendHistory& one, const SendHistory& other) {
    std::vector<SentEntry> all(one.entries().begin(), one.entries().end());
    all.insert(all.end(), other.entries().begin(), other.entries().end());
    std::stable_sort(all.begin(), all.end(),
                     [](const SentEntry& a, const SentEntry& b) { return a.time_ns < b.time_ns; });
    SendHistory history;
    for (SentEntry& entry : all)
        history.add(std::move(entry));
    return history;
}

}  // namespace app::session
