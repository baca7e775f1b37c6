#include "app/session/notes.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace app::session {
namespace {

using net::capture::BytePlace;
using net::capture::ReadIndex;
using net::channel::ConnectionId;
using net::channel::Direction;

std::uint64_t end_of(const Note& note) {
    // A file may say anything.
    const std::uint64_t end = note.stream_offset + note.bytes;
    return end < note.stream_offset ? ~std::uint64_t{0} : end;
}

bool is_before(const NoteFact& a, const NoteFact& b) {
    return std::tie(a.begin.position, a.begin.offset, a.note.id) <
           std::tie(b.begin.position, b.begin.offset, b.note.id);
}

}  // namespace

const NoteFact* Notes::find(NoteId id) const {
    const auto it = notes_.find(net::channel::number(id));
    return it == notes_.end() ? nullptr : &it->second;
}

void Notes::changed(bool is_kept) {
    is_arranged_ = false;
    ++version_;
    if (!is_kept) ++unkept_version_;
}

void Notes::put(NoteFact fact) {
    const std::uint64_t id = net::channel::number(fact.note.id);
    if (is_full() && !notes_.contains(id)) return;
    const bool is_kept = fact.is_kept;
    notes_.insert_or_assign(id, std::move(fact));
    changed(is_kept);
}

bool Notes::remove(NoteId id, bool is_kept) {
    if (notes_.erase(net::channel::number(id)) == 0) return false;
    changed(is_kept);
    return true;
}

std::size_t Notes::remove_of(net::channel::FileId file) {
    const std::size_t removed =
        std::erase_if(notes_, [&](const auto& note) { return note.second.file == file; });
    if (removed != 0) changed(true);
    return removed;
}

void Notes::arrange() const {
    if (is_arranged_) return;
    is_arranged_ = true;
    in_order_.clear();
    streams_.clear();
    in_order_.reserve(notes_.size());
    for (const auto& [id, fact] : notes_)
        in_order_.push_back(&fact);
    std::sort(in_order_.begin(), in_order_.end(),
              [](const NoteFact* a, const NoteFact* b) { return is_before(*a, *b); });
    // The order of places is that of offsets within each stream.
    for (const NoteFact* fact : in_order_) {
        const Note& note = fact->note;
        auto& stream = streams_[{net::channel::number(note.connection), note.direction}];
        const std::uint64_t furthest = stream.empty() ? 0 : stream.back().furthest;
        stream.push_back({.fact = fact, .furthest = std::max(furthest, end_of(note))});
    }
}

std::span<const NoteFact* const> Notes::in_order() const {
    arrange();
    return in_order_;
}

std::span<const NoteFact* const> Notes::notes_in(std::uint64_t first, std::uint64_t end) const {
    arrange();
    const auto is_below = [](const NoteFact* fact, std::uint64_t position) {
        return fact->begin.position < position;
    };
    const auto from = std::lower_bound(in_order_.begin(), in_order_.end(), first, is_below);
    const auto to = std::lower_bound(from, in_order_.end(), std::max(first, end), is_below);
    return {from, to};
}

void Notes::touching(ConnectionId connection,
                     Direction direction,
                     std::uint64_t begin,
                     std::uint64_t end,
                     std::size_t most,
                     std::vector<const NoteFact*>& out) const {
    if (notes_.empty() || begin >= end) return;
    arrange();
    const auto found = streams_.find({net::channel::number(connection), direction});
    if (found == streams_.end()) return;
    const std::vector<OnStream>& stream = found->second;
    // The first that reaches `begin` or is behind one that does, and the first that begins behind `end`.
    auto at = std::partition_point(stream.begin(), stream.end(),
                                   [&](const OnStream& one) { return one.furthest <= begin; });
    for (std::size_t count = 0; at != stream.end() && count < most; ++at) {
        const Note& note = at->fact->note;
        if (note.stream_offset >= end) return;
        if (end_of(note) <= begin) continue;
        out.push_back(at->fact);
        ++count;
    }
}

std::uint64_t stream_bytes_up_to(const ReadIndex& reads, BytePlace begin, BytePlace last) {
    if (begin.position >= reads.size()) return 1;
    const net::capture::PlacedRead first = reads.at(begin.position);
    if (last.position == begin.position)
        return std::max<std::uint64_t>(1, last.offset - std::min(begin.offset, last.offset) + 1);
    if (last.position < begin.position) return 1;
    // Of the connection's reads, those before `last`.
    const std::uint32_t slot = first.entry.connection_slot;
    std::uint64_t low = 0;
    std::uint64_t high = reads.size_of_slot(slot);
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (reads.position_of_slot(slot, middle) < last.position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const Direction direction = first.entry.direction();
    std::uint64_t end = reads.stream_bytes(slot, direction, low);
    if (last.position < reads.size()) {
        const net::capture::ReadEntry& entry = reads.entry(last.position);
        if (entry.connection_slot == slot && entry.direction() == direction)
            end += std::uint64_t{last.offset} + 1;
    }
    const std::uint64_t from = first.stream_offset + begin.offset;
    return end > from ? end - from : 1;
}

}  // namespace app::session
