#include "app/jobs/selection_saving.h"

#include "app/jobs/export_output.h"
#include "app/jobs/file_failure.h"
#include "app/jobs/worker.h"
#include "net/capture/read_filter.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

namespace app::jobs {

namespace {

using net::capture::BytePlace;
using net::capture::ReadEntry;
using net::capture::ReadIndex;
using net::capture::SegmentRecord;
using session::SaveSelectionWish;

constexpr std::size_t kPieceBytes = std::size_t{256} << 10U;
constexpr int kMostReadsAsked = 1000;  // of a message, about its content

class Saving {
  public:
    Saving(const ReadIndex& index,
           const net::capture::FileTable& files,
           SaveSelectionWish&& wish,
           JobControl& control)
        : index_(index),
          files_(files),
          wish_(std::move(wish)),
          control_(control),
          predicate_(index, wish_.filter, nullptr),
          piece_(kPieceBytes) {}

    FileMade run() {
        FileMade made;
        if (auto failure = output_.begin(wish_.path, wish_.may_overwrite)) {
            made.failure = std::move(failure);
            return made;
        }
        if (wish_.segments.records != nullptr)
            write_segments();
        else
            write_reads();
        output_.flush();
        if (output_.error() != 0 && error_ == 0) {
            made.failure = output_.file().failure(output_.error());
        } else if (error_ != 0) {
            made.failure = file_failure("save the selection to", wish_.path, error_,
                                        error_ == ESTALE
                                            ? "the ring has deleted the file with some of the bytes"
                                            : "some of the bytes cannot be read from the capture");
        } else if (is_lost_) {
            made.failure = file_failure("save the selection to", wish_.path, ENODATA,
                                        "its messages have become others since; select them again");
        } else if (control_.should_stop()) {
            made.was_cancelled = true;
        } else {
            made.failure = output_.file().sync();
            if (!made.failure) made.failure = output_.file().finish();
        }
        if (made.failure || made.was_cancelled) return made;
        made.paths.push_back(wish_.path);
        made.bytes = output_.bytes();
        if (gaps_ != 0) made.remark = "bytes that were not captured are left out without a mark";
        return made;
    }

  private:
    [[nodiscard]] bool goes_on() const {
        return error_ == 0 && output_.error() == 0 && !control_.should_stop();
    }

    // Bytes [begin, end) of a read.
    void write(const ReadEntry& entry, std::uint64_t begin, std::uint64_t end) {
        while (begin < end && goes_on()) {
            const auto into = std::span(piece_).first(
                static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), end - begin)));
            const std::int64_t got = files_.read(entry.file(), entry.offset() + begin, into);
            if (got <= 0) {
                error_ = got < 0 ? static_cast<int>(-got) : EIO;
                return;
            }
            output_.put(into.first(static_cast<std::size_t>(got)));
            begin += static_cast<std::uint64_t>(got);
        }
    }

    void write_reads() {
        const std::uint64_t end = std::min(wish_.last.position + 1, index_.published_size());
        for (std::uint64_t position = wish_.begin.position; position < end && goes_on();
             ++position) {
            const ReadEntry& entry = index_.published_entry(position);
            if (!predicate_.passes(entry) || !predicate_.passes_content(position)) continue;
            if (entry.is_gap()) ++gaps_;
            write(entry, position == wish_.begin.position ? wish_.begin.offset : 0,
                  position == wish_.last.position ? std::uint64_t{wish_.last.offset} + 1
                                                  : entry.size());
            if ((position & 1023U) == 0)
                control_.set_progress(static_cast<double>(position - wish_.begin.position) /
                                      static_cast<double>(end - wish_.begin.position));
        }
    }

    void write_segments() {
        std::array<SegmentRecord, 1024> records;
        bool is_in = false;
        bool is_over = false;
        for (std::uint64_t next = wish_.first_item; goes_on() && !is_over;) {
            const std::size_t got = wish_.segments.records->read(next, records);
            if (got == 0) break;
            for (std::size_t i = 0; i < got && goes_on() && !is_over; ++i)
                is_over = take(records[i], is_in);
            next += got;
        }
        for (std::size_t i = 0; i < wish_.pending.size() && goes_on() && !is_over; ++i)
            is_over = take(wish_.pending[i], is_in);
        is_lost_ = goes_on() && !is_over;
    }

    // True: it was the last one.
    bool take(const SegmentRecord& record, bool& is_in) {
        const BytePlace begin{.position = record.position(), .offset = record.offset_in_read()};
        const bool is_first = !is_in && begin == wish_.begin_item && record.bytes() != 0;
        is_in = is_in || is_first;
        if (!is_in) return false;
        const bool is_last = begin == wish_.last_item && record.bytes() != 0;
        if (!predicate_.passes(index_.published_entry(begin.position), record.bytes()) ||
            !has_match(begin, record.bytes()))
            return is_last;
        write_stream(begin, is_first ? wish_.begin_offset : 0,
                     is_last ? wish_.last_offset + 1 : record.bytes());
        return is_last;
    }

    // As SegmentItems has it: by content those pass of which a read has a part of a match; one of very many reads passes.
    [[nodiscard]] bool has_match(BytePlace begin, std::uint64_t bytes) const {
        if (wish_.filter.matches == nullptr) return true;
        const ReadEntry first = index_.published_entry(begin.position);
        const std::uint64_t size = index_.published_size();
        std::uint64_t seen = 0;
        std::uint64_t offset = begin.offset;
        int reads = 0;
        for (std::uint64_t position = begin.position; position < size; ++position) {
            const ReadEntry& entry = index_.published_entry(position);
            if (entry.connection_slot != first.connection_slot ||
                entry.direction() != first.direction())
                continue;
            if (predicate_.passes_content(position) || ++reads == kMostReadsAsked) return true;
            seen += entry.stream_bytes() - std::min(offset, entry.stream_bytes());
            offset = 0;
            if (seen >= bytes) return false;
        }
        return false;
    }

    // Bytes [from, to) of what begins at `begin`, along its stream.
    void write_stream(BytePlace begin, std::uint64_t from, std::uint64_t to) {
        const ReadEntry first = index_.published_entry(begin.position);
        const std::uint64_t size = index_.published_size();
        std::uint64_t at = 0;  // of the item
        std::uint64_t offset = begin.offset;
        for (std::uint64_t position = begin.position; position < size && at < to && goes_on();
             ++position) {
            const ReadEntry& entry = index_.published_entry(position);
            if (entry.connection_slot != first.connection_slot ||
                entry.direction() != first.direction())
                continue;
            if (entry.is_gap()) {
                ++gaps_;
                return;
            }
            const std::uint64_t here = entry.size() - std::min<std::uint64_t>(offset, entry.size());
            const std::uint64_t skipped = from > at ? std::min(from - at, here) : 0;
            const std::uint64_t wanted = std::min(here, to - at);
            if (skipped < wanted) write(entry, offset + skipped, offset + wanted);
            at += here;
            offset = 0;
        }
    }

    const ReadIndex& index_;
    const net::capture::FileTable& files_;
    const SaveSelectionWish wish_;
    JobControl& control_;
    net::capture::ReadPredicate predicate_;
    ExportOutput output_;
    std::vector<std::uint8_t> piece_;
    std::uint64_t gaps_ = 0;
    bool is_lost_ = false;  // the last message was not found
    int error_ = 0;
};

}  // namespace

class SelectionSaving::Impl {
  public:
    Impl(const ReadIndex& index,
         const net::capture::FileTable& files,
         SaveSelectionWish wish,
         std::function<void()> wake_frame)
        : worker(std::move(wake_frame),
                 [&index, &files](SaveSelectionWish&& asked, JobControl& control) {
                     return Saving(index, files, std::move(asked), control).run();
                 }) {
        worker.ask(std::move(wish));
    }

    Worker<SaveSelectionWish, FileMade> worker;
};

SelectionSaving::SelectionSaving(const ReadIndex& index,
                                 const net::capture::FileTable& files,
                                 SaveSelectionWish wish,
                                 std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(index, files, std::move(wish), std::move(wake_frame))) {}
SelectionSaving::~SelectionSaving() = default;

void SelectionSaving::cancel() {
    impl_->worker.cancel();
}
double SelectionSaving::progress() const {
    return impl_->worker.progress();
}
std::optional<FileMade> SelectionSaving::take_result() {
    return impl_->worker.take_result();
}

}  // namespace app::jobs
