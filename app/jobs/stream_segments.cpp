#include "app/jobs/stream_segments.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace app::jobs {

using net::bytes::Frame;
using net::bytes::Framer;
using net::bytes::FrameStatus;
using net::bytes::LineFramer;
using net::capture::SegmentRecord;

std::uint64_t StreamSegments::unseen_bytes() const {
    const auto* framer = std::get_if<Framer>(&framer_);
    return framer == nullptr ? 0 : framer->unseen_bytes();
}

void StreamSegments::feed(Place place,
                          std::span<const std::uint8_t> bytes,
                          std::int64_t time_ns,
                          Records& records) {
    begin_piece(place, bytes.size(), records);
    const auto sink = [&](const Frame& frame) { tell(frame, records); };
    if (auto* framer = std::get_if<Framer>(&framer_)) {
        framer->feed(bytes, time_ns, sink);
    } else {
        std::get<LineFramer>(framer_).feed(bytes, sink);
    }
    end_piece();
}

void StreamSegments::feed_unseen(Place place,
                                 std::uint64_t bytes,
                                 std::int64_t time_ns,
                                 Records& records) {
    begin_piece(place, bytes, records);
    std::get<Framer>(framer_).feed_unseen(bytes, time_ns,
                                          [&](const Frame& frame) { tell(frame, records); });
    end_piece();
}

void StreamSegments::begin_piece(Place place, std::uint64_t bytes, Records& records) {
    if (lost_bytes_ > 0) cut(false, records);
    if (told_ == fed_) begin_ = place;
    current_ = {.place = place, .begin = fed_, .end = fed_ + bytes};
    fed_ += bytes;
}

void StreamSegments::end_piece() {
    const std::uint64_t held = std::visit([](const auto& f) { return f.held_bytes(); }, framer_);
    if (held == 0) {
        held_.clear();
        return;
    }
    if (current_.end > current_.begin) held_.push_back(current_);
    const std::uint64_t decided = fed_ - held;
    const auto first = std::find_if(held_.begin(), held_.end(),
                                    [&](const Piece& piece) { return piece.end > decided; });
    held_.erase(held_.begin(), first);
}

void StreamSegments::tell(const Frame& frame, Records& records) {
    records.emplace_back(begin_.position, begin_.offset, frame.bytes, frame.status,
                         frame.header_bytes, frame.trailer_bytes);
    told_ += frame.bytes;
    if (told_ == fed_) return;
    const Piece* piece = &current_;
    if (told_ < current_.begin) {
        piece = &*std::find_if(held_.begin(), held_.end(),
                               [&](const Piece& held) { return told_ < held.end; });
    }
    begin_ = {.position = piece->place.position,
              .offset = static_cast<std::uint32_t>(piece->place.offset + (told_ - piece->begin))};
}

void StreamSegments::cut(bool as_end, Records& records) {
    const auto sink = [&](const Frame& frame) { tell(frame, records); };
    std::visit([&](auto& framer) { as_end ? framer.end(sink) : framer.gap(sink); }, framer_);
    held_.clear();
    current_ = {.begin = fed_, .end = fed_};
    if (lost_bytes_ > 0) {
        records.emplace_back(lost_begin_.position, lost_begin_.offset,
                             std::exchange(lost_bytes_, 0), FrameStatus::kCutByGap);
    }
}

void StreamSegments::lost(Place place, std::uint64_t bytes, Records& records) {
    if (lost_bytes_ == 0) {
        cut(false, records);
        lost_begin_ = place;
    }
    lost_bytes_ += bytes;
}

void StreamSegments::gap(std::uint32_t position, Records& records) {
    cut(false, records);
    records.emplace_back(position, 0U, 0U, FrameStatus::kCutByGap);
}

void StreamSegments::end(Records& records) {
    cut(true, records);
}

std::optional<SegmentRecord> StreamSegments::pending() const {
    if (lost_bytes_ > 0) {
        return SegmentRecord(lost_begin_.position, lost_begin_.offset, lost_bytes_,
                             FrameStatus::kCutByGap);
    }
    const std::optional<Frame> frame =
        std::visit([](const auto& framer) { return framer.pending(); }, framer_);
    if (!frame) return std::nullopt;
    return SegmentRecord(begin_.position, begin_.offset, frame->bytes, frame->status,
                         frame->header_bytes, frame->trailer_bytes);
}

}  // namespace app::jobs
