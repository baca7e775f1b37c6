#include "app/view_jobs.h"

#include <algorithm>
#include <utility>

namespace app {

namespace {

using session::SplitFact;
using session::SplitSpec;

bool is_same(const session::SearchFacts& a, const session::SearchFacts& b) {
    return a.generation == b.generation && a.is_running == b.is_running &&
           a.was_cancelled == b.was_cancelled && a.progress == b.progress &&
           a.matches == b.matches && a.counted == b.counted && a.stored == b.stored &&
           a.error.has_value() == b.error.has_value() && a.remark == b.remark;
}

}  // namespace

ViewJobs::ViewJobs(const session::Session& session,
                   const net::capture::FileTable& files,
                   std::string directory,
                   std::function<void()> wake_frame)
    : session_(session),
      files_(files),
      directory_(std::move(directory)),
      wake_frame_(std::move(wake_frame)) {}

std::uint32_t ViewJobs::splitting_of(net::channel::ConnectionId connection) const {
    const SplitSpec& spec = facts_.split.spec;
    if (spec.lines) return 0;
    const session::Connection* const known = session_.connection(connection);
    if (known == nullptr) return 0;
    for (std::size_t i = 0; i < spec.framings.size(); ++i)
        if (spec.framings[i].first == known->endpoint) return static_cast<std::uint32_t>(i + 1);
    return 0;
}

bool ViewJobs::is_wanted(net::channel::ConnectionId connection) const {
    const std::vector<net::channel::ConnectionId>& wanted = facts_.split.spec.connections;
    return wanted.empty() || std::binary_search(wanted.begin(), wanted.end(), connection);
}

std::vector<jobs::StreamChoice> ViewJobs::new_streams() {
    std::vector<jobs::StreamChoice> streams;
    const net::capture::ReadIndex& reads = session_.reads();
    const auto choose = [&](std::uint32_t slot) {
        const net::channel::ConnectionId id = reads.connection_of_slot(slot);
        if (is_wanted(id)) streams.push_back({.connection = id, .splitting = splitting_of(id)});
    };
    // Of what is there already no read is looked at: there may be very many.
    if (walked_ == 0) {
        seen_slots_.assign(reads.slot_count(), true);
        for (std::uint32_t slot = 0; slot < reads.slot_count(); ++slot)
            choose(slot);
        walked_ = reads.size();
    }
    for (; walked_ < reads.size(); ++walked_) {
        const std::uint32_t slot = reads.entry(walked_).connection_slot;
        if (slot >= seen_slots_.size()) seen_slots_.resize(slot + 1);
        if (seen_slots_[slot]) continue;
        seen_slots_[slot] = true;
        choose(slot);
    }
    return streams;
}

std::vector<jobs::StreamEnd> ViewJobs::new_ends() {
    std::vector<jobs::StreamEnd> ends;
    const net::capture::ReadIndex& reads = session_.reads();
    const auto end = [&](std::uint32_t slot) {
        if (slot >= seen_slots_.size() || !seen_slots_[slot]) return;
        const net::channel::ConnectionId id = reads.connection_of_slot(slot);
        if (!is_wanted(id)) return;
        ends.push_back(
            {.connection = id,
             .last_position = reads.position_of_slot(slot, reads.size_of_slot(slot) - 1)});
        // A file that has reads after a closing all the same: they begin anew.
        seen_slots_[slot] = false;
    };
    const std::vector<net::channel::ConnectionId>& closings = session_.closings();
    for (; told_closings_ < closings.size(); ++told_closings_)
        end(reads.slot_of(closings[told_closings_]));
    if (session_.is_stopped() && !is_end_told_) {
        is_end_told_ = true;
        for (std::uint32_t slot = 0; slot < seen_slots_.size(); ++slot)
            end(slot);
    }
    return ends;
}

void ViewJobs::carry_out(session::SplitWish&& wish) {
    const std::uint64_t version = facts_.version + 1;
    const std::uint64_t pending = facts_.split.pending_version + 1;
    facts_.split = SplitFact{};
    facts_.split.pending_version = pending;
    facts_.version = version;
    segmentation_.reset();
    if (!wish.is_wanted) return;
    facts_.split.spec = std::move(wish.spec);
    const SplitSpec& spec = facts_.split.spec;
    jobs::SegmentationSpec wanted;
    if (spec.lines) {
        wanted.splittings.emplace_back(*spec.lines);
    } else {
        wanted.splittings.emplace_back(spec.other);
        for (const auto& [endpoint, framing] : spec.framings)
            wanted.splittings.emplace_back(framing);
    }
    seen_slots_.clear();
    walked_ = 0;
    told_closings_ = 0;
    is_end_told_ = false;
    wanted.streams = new_streams();
    wanted.ends = new_ends();
    wanted.reads = told_reads_ = session_.reads().size();
    segmentation_ =
        std::make_unique<jobs::Segmentation>(session_.reads(), files_, directory_, wake_frame_);
    segmentation_->start(std::move(wanted));
    facts_.split.is_up_to_date = false;
    turn_split();
}

void ViewJobs::carry_out(session::SearchWish&& wish) {
    if (search_ == nullptr)
        search_ =
            std::make_unique<jobs::ByteSearch>(files_, session_.reads(), directory_, wake_frame_);
    search_->start(std::move(wish));
    turn_search();
}

void ViewJobs::carry_out(const session::CancelSearchWish& /*wish*/) {
    if (search_ != nullptr) search_->cancel();
    turn_search();
}

void ViewJobs::carry_out(const session::ClearSearchWish& /*wish*/) {
    if (search_ != nullptr) search_->clear();
    turn_search();
}

void ViewJobs::turn() {
    turn_split();
    turn_search();
}

void ViewJobs::turn_split() {
    if (segmentation_ == nullptr) return;
    const std::uint64_t reads = session_.reads().size();
    const bool has_ended = session_.is_stopped() && !is_end_told_;
    if (reads != told_reads_ || told_closings_ != session_.closings().size() || has_ended) {
        std::vector<jobs::StreamChoice> streams = new_streams();
        std::vector<jobs::StreamEnd> ends = new_ends();
        told_reads_ = reads;
        segmentation_->extend(reads, std::move(streams), std::move(ends));
    }
    const bool has_news = segmentation_->poll();
    SplitFact& fact = facts_.split;
    const bool is_up_to_date = segmentation_->is_up_to_date();
    const double progress = segmentation_->progress();
    if (!has_news && fact.is_up_to_date == is_up_to_date && fact.progress == progress) return;
    fact.segments.records = segmentation_->segments();
    fact.segments.marks = segmentation_->marks();
    fact.segments.keeper = segmentation_->keeper();
    fact.pending = segmentation_->pending().records;
    fact.pending_segments = segmentation_->pending().segments;
    fact.pending_left_off = segmentation_->pending().left_off;
    ++fact.pending_version;
    fact.reads = segmentation_->walked_reads();
    fact.progress = progress;
    fact.is_up_to_date = is_up_to_date;
    fact.trouble = segmentation_->trouble();
    ++facts_.version;
}

void ViewJobs::turn_search() {
    if (search_ == nullptr) return;
    const session::SearchFacts& news = search_->update();
    if (is_same(news, facts_.search)) return;
    facts_.search = news;
    ++facts_.version;
}

bool ViewJobs::is_at_work() const {
    return (segmentation_ != nullptr && !facts_.split.is_up_to_date) || facts_.search.is_running;
}

}  // namespace app
