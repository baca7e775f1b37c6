#include "app/jobs/segment_walk.h"

#include "net/bytes/escapes.h"
#include "net/channel/failure.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

namespace app::jobs {

namespace channel = net::channel;
using net::capture::ReadEntry;
using net::capture::SegmentRecord;

namespace {

// Records are written when there are so many, and after each slice.
constexpr std::size_t kGatheredRecords = 4096;
// Between two looks at the wish to stop: a millisecond or so.
constexpr std::uint64_t kSliceReads = 1024;
constexpr std::uint64_t kSliceBytes = std::uint64_t{1} << 20U;
// A full disk is tried again so often, and the wish to stop is seen so soon.
constexpr int kStepsATry = 10;
constexpr std::chrono::milliseconds kStep{20};

std::size_t index_of(channel::Direction direction) {
    return direction == channel::Direction::kSent ? 1 : 0;
}

AnyFramer fresh_framer(const Splitting& splitting) {
    if (const auto* framing = std::get_if<net::bytes::Framing>(&splitting))
        return net::bytes::Framer(*framing);
    return net::bytes::LineFramer(std::get<net::bytes::LineSplit>(splitting));
}

std::string read_trouble_text(const std::string& path, int code) {
    if (code == ESTALE)
        return "some messages cannot be found: a file of the capture was dropped, and what was in "
               "it is shown as missing";
    const std::string file = path.empty() ? "a file of the capture" : net::bytes::printable(path);
    if (code == ENODATA)
        return "some messages cannot be found: " + file +
               " was cut short by another program, and what is missing is shown as such";
    return "some messages cannot be found: read " + file + ": " + channel::errno_name(code) + " (" +
           channel::errno_text(code) + "); what could not be read is shown as missing";
}

std::string write_trouble_text(const std::string& directory, int code) {
    std::string text = "keep the places of messages in " + net::bytes::printable(directory) + ": " +
                       channel::errno_name(code) + " (" + channel::errno_text(code) + ")";
    if (code == ENOSPC || code == EDQUOT)
        text += "; free some space there, of which the last " +
                std::to_string(net::capture::kKeptFreeBytes >> 20U) + " MiB are the capture's";
    return text + "; it is tried again until it succeeds";
}

}  // namespace

SegmentWalk::SegmentWalk(const net::capture::ReadIndex& index,
                         const net::capture::FileTable& files,
                         std::shared_ptr<SegmentFiles> into,
                         std::string directory,
                         const std::vector<Splitting>& splittings)
    : index_(index),
      files_(files),
      into_(std::move(into)),
      directory_(std::move(directory)),
      stretches_(index, files) {
    fresh_.reserve(splittings.size());
    for (const Splitting& splitting : splittings)
        fresh_.push_back(fresh_framer(splitting));
}

void SegmentWalk::add(const std::vector<StreamChoice>& streams) {
    if (streams.empty()) return;
    for (const StreamChoice& stream : streams) {
        if (stream.splitting >= fresh_.size()) continue;
        choices_.try_emplace(
            channel::number(stream.connection),
            Choice{.splitting = stream.splitting, .wants = {stream.has_received, stream.has_sent}});
    }
    ++additions_;
}

void SegmentWalk::add(const std::vector<StreamEnd>& ends) {
    for (const StreamEnd& end : ends) {
        const auto found = choices_.find(channel::number(end.connection));
        if (found == choices_.end()) continue;
        Choice& choice = found->second;
        choice.last_position = end.last_position;
        if (choice.slot == kUnknown) continue;
        slots_[choice.slot].last_position = end.last_position;
        if (end.last_position < next_) end_streams(choice.slot);
    }
}

bool SegmentWalk::is_wanted(const ReadEntry& entry) const {
    // One that was not looked up yet will most likely be.
    return entry.connection_slot >= slots_.size() ||
           slots_[entry.connection_slot].streams[index_of(entry.direction())] != kUnwanted;
}

std::uint32_t SegmentWalk::stream_of(const ReadEntry& entry) {
    const std::uint32_t number = entry.connection_slot;
    if (number >= slots_.size()) slots_.resize(number + 1);
    Slot& slot = slots_[number];
    std::uint32_t& stream = slot.streams[index_of(entry.direction())];
    if (stream != kUnknown && (stream != kUnwanted || slot.looked_up == additions_)) return stream;

    slot.looked_up = additions_;
    const auto found = choices_.find(channel::number(index_.connection_of_slot(number)));
    if (found == choices_.end() || !found->second.wants[index_of(entry.direction())])
        return stream = kUnwanted;
    Choice& choice = found->second;
    choice.slot = number;
    slot.last_position = choice.last_position;
    auto begun = std::make_unique<StreamSegments>(fresh_[choice.splitting]);
    if (free_streams_.empty()) {
        stream = static_cast<std::uint32_t>(streams_.size());
        streams_.push_back(std::move(begun));
    } else {
        stream = free_streams_.back();
        free_streams_.pop_back();
        streams_[stream] = std::move(begun);
    }
    return stream;
}

void SegmentWalk::end_streams(std::uint32_t slot) {
    for (std::uint32_t& stream : slots_[slot].streams) {
        const std::uint32_t number = std::exchange(stream, kUnwanted);
        if (number == kUnwanted || number == kUnknown) continue;
        streams_[number]->end(gathered_);
        streams_[number].reset();
        free_streams_.push_back(number);
    }
    choices_.erase(channel::number(index_.connection_of_slot(slot)));
}

bool SegmentWalk::take(std::uint32_t position,
                       const ReadEntry& entry,
                       StreamSegments& stream,
                       std::uint64_t reads,
                       const Hooks& hooks) {
    if (entry.is_gap()) {
        stream.gap(position, gathered_);
        return true;
    }
    const std::uint32_t size = entry.size();
    if (size == 0) stream.feed({.position = position}, {}, entry.time_ns, gathered_);
    for (std::uint32_t done = 0; done < size;) {
        // Tiny messages: many of them in one read.
        if (gathered_.size() >= kGatheredRecords && (hooks.should_stop() || !write_records(hooks)))
            return false;
        const StreamSegments::Place place{.position = position, .offset = done};
        const std::uint64_t unseen = std::min<std::uint64_t>(stream.unseen_bytes(), size - done);
        if (unseen > 0) {
            stream.feed_unseen(place, unseen, entry.time_ns, gathered_);
            done += static_cast<std::uint32_t>(unseen);
            continue;
        }
        const auto piece = stretches_.bytes(
            position, done, reads, [&](const ReadEntry& ahead) { return is_wanted(ahead); });
        if (piece.empty()) {
            stream.lost(place, size - done, gathered_);
            if (read_trouble_.empty())
                read_trouble_ = read_trouble_text(files_.path(entry.file()), stretches_.error());
            return true;
        }
        stream.feed(place, piece, entry.time_ns, gathered_);
        walked_bytes_ += piece.size();
        done += static_cast<std::uint32_t>(piece.size());
    }
    return true;
}

bool SegmentWalk::walk(std::uint64_t reads, const Hooks& hooks) {
    reads = std::min(reads, index_.published_size());
    std::uint64_t slice_end = next_ + kSliceReads;
    std::uint64_t slice_bytes = walked_bytes_ + kSliceBytes;
    for (; next_ < reads; ++next_) {
        if (next_ >= slice_end || walked_bytes_ >= slice_bytes) {
            if (hooks.should_stop() || !write_records(hooks)) return false;
            hooks.set_progress(static_cast<double>(next_) / static_cast<double>(reads));
            slice_end = next_ + kSliceReads;
            slice_bytes = walked_bytes_ + kSliceBytes;
        }
        into_->marks->at_read(next_, into_->records->size() + gathered_.size());
        const ReadEntry& entry = index_.published_entry(next_);
        const std::uint32_t stream = stream_of(entry);
        if (stream == kUnwanted) {
            if (slots_[entry.connection_slot].last_position == next_)
                end_streams(entry.connection_slot);
            continue;
        }
        if (!take(static_cast<std::uint32_t>(next_), entry, *streams_[stream], reads, hooks))
            return false;
        if (slots_[entry.connection_slot].last_position == next_)
            end_streams(entry.connection_slot);
    }
    return write_records(hooks);
}

bool SegmentWalk::write_records(const Hooks& hooks) {
    while (!gathered_.empty() && !into_->records->append(gathered_)) {
        std::string trouble = write_trouble_text(directory_, into_->records->error());
        if (trouble != write_trouble_) {
            write_trouble_ = std::move(trouble);
            hooks.tell_trouble(write_trouble_);
        }
        for (int step = 0; step < kStepsATry; ++step) {
            if (hooks.should_stop()) return false;
            std::this_thread::sleep_for(kStep);
        }
    }
    gathered_.clear();
    if (!write_trouble_.empty()) {
        write_trouble_.clear();
        hooks.tell_trouble(read_trouble_);
    }
    return true;
}

PendingSegments SegmentWalk::pending() const {
    PendingSegments pending{.segments = into_->records->size()};
    for (const auto& stream : streams_) {
        if (stream == nullptr) continue;
        if (const auto record = stream->pending()) pending.records.push_back(*record);
    }
    const auto is_before = [](const SegmentRecord& a, const SegmentRecord& b) {
        return std::pair(a.position(), a.offset_in_read()) <
               std::pair(b.position(), b.offset_in_read());
    };
    if (pending.records.size() > kMostPending) {
        pending.left_off = pending.records.size() - kMostPending;
        const auto newest = pending.records.begin() + static_cast<std::ptrdiff_t>(pending.left_off);
        std::nth_element(pending.records.begin(), newest, pending.records.end(), is_before);
        pending.records.erase(pending.records.begin(), newest);
    }
    std::sort(pending.records.begin(), pending.records.end(), is_before);
    return pending;
}

const std::string& SegmentWalk::trouble() const {
    return write_trouble_.empty() ? read_trouble_ : write_trouble_;
}

}  // namespace app::jobs
