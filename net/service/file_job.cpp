#include "net/service/file_job.h"

#include "net/service/clock.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net::service {

namespace {

constexpr std::size_t kMostPieceBytes = 4 * capture::kMostReadBytes;  // four whole packets
constexpr std::size_t kLeastPieceBytes = 4096;
constexpr std::size_t kLeastLimitedBytes = 64;
// A limited rate goes out in about so many pieces a second.
constexpr std::uint64_t kPiecesPerSecond = 32;
constexpr std::int64_t kRetryNs = 1'000'000;

}  // namespace

FileJob::FileJob(SendJobWorld& world,
                 channel::SendJobId id,
                 channel::Targets&& targets,
                 channel::SendFile&& file)
    : FedJob(world, id, std::move(targets)),
      file_(std::move(file)) {}

FileJob::~FileJob() = default;

int FileJob::refusal(std::string& why) const {
    if (file_.path.starts_with('/') && file_.path.find('\0') == std::string::npos) return 0;
    why = "; the whole path is needed, from / on";
    return EINVAL;
}

void FileJob::opened() {
    reader_ = std::make_unique<FileReader>(
        world_.loop, [this](const FileReader::Opened& opened) { file_opened(opened); },
        [this](FileReader::Piece&& piece) { piece_read(std::move(piece)); });
    const int error = reader_->start(file_.path);
    if (error != 0) fail(file_.path, error);
}

void FileJob::file_opened(const FileReader::Opened& opened) {
    if (has_ended()) return;
    if (opened.error != 0) {
        fail(file_.path, opened.error, opened.because);
        return;
    }
    size_ = opened.size;
    piece_bytes_ = choose_piece_bytes();
    ready();
}

std::uint64_t FileJob::choose_piece_bytes() const {
    const std::uint64_t share =
        kPiecesBytes / kMostWaiting / std::max<std::size_t>(course_count(), 1);
    std::uint64_t size = std::clamp<std::uint64_t>(share, kLeastPieceBytes, kMostPieceBytes);
    if (file_.bytes_per_second != 0)
        size = std::clamp<std::uint64_t>(file_.bytes_per_second / kPiecesPerSecond,
                                         kLeastLimitedBytes, size);
    const std::uint64_t limit = world_.connections.config().send_queue_limit_bytes;
    return std::min<std::uint64_t>(size, std::max<std::uint64_t>(limit / 2, 1));
}

void FileJob::feed(Course& course, std::int64_t now_ns) {
    while (course.given_bytes < size_) {
        if (course.waiting() >= kMostWaiting) return;
        if (course.next_ns == 0) course.next_ns = now_ns;
        if (file_.bytes_per_second != 0 && now_ns < course.next_ns) {
            course.feed_at(course.next_ns);
            return;
        }
        if (world_.is_full(course.connection())) {  // of what others have queued
            course.feed_at(now_ns + kRetryNs);
            return;
        }
        const SharedBytes bytes = next_for(course);
        if (bytes == nullptr) return;
        if (course.give(bytes) != 0) {
            // Full of what others have queued; or it is ending, which is told in a moment.
            course.held = bytes;
            course.feed_at(now_ns + kRetryNs);
            return;
        }
        if (file_.bytes_per_second != 0) {
            const std::int64_t from = std::max(course.next_ns, now_ns - channel::kMostLateNs);
            course.next_ns = from + static_cast<std::int64_t>(bytes->size() * 1'000'000'000 /
                                                              file_.bytes_per_second);
        }
        if (course.given_bytes <= furthest_given_) continue;
        furthest_given_ = course.given_bytes;
        // The next ones are read while these are sent.
        std::uint64_t ahead = furthest_given_;
        for (std::size_t i = 0; i < kReadAhead && ahead < size_; ++i) {
            want(ahead);
            ahead += piece_bytes_;
        }
    }
    if (course.taken_bytes == size_) finish(course);
}

SharedBytes FileJob::next_for(Course& course) {
    if (course.held != nullptr) return std::exchange(course.held, nullptr);
    if (course.is_awaiting) return nullptr;
    want(course.given_bytes);
    Place& place = places_[course.given_bytes];
    if (place.bytes != nullptr) return place.bytes;
    place.waiting.push_back(&course);
    course.is_awaiting = true;
    return nullptr;
}

void FileJob::want(std::uint64_t offset) {
    const auto [place, is_new] = places_.try_emplace(offset);
    if (is_new) reader_->read(offset, std::min(piece_bytes_, size_ - offset));
}

void FileJob::piece_read(FileReader::Piece&& piece) {
    if (has_ended()) return;
    if (piece.error != 0) {
        count_queued();
        std::string more = "; it was being sent, " + std::to_string(furthest_given_) + " of " +
                           std::to_string(size_) + " bytes of it";
        if (piece.error == ENODATA)
            more = "; the file has become shorter while it was sent: it ends at " +
                   std::to_string(piece.end) + " of " + std::to_string(size_) + " bytes";
        fail(file_.path, piece.error, more);
        return;
    }
    if (piece.has_crc)
        marks_.push_back({.from = piece.crc_from,
                          .end = piece.offset + piece.bytes->size(),
                          .offset = piece.offset,
                          .bytes = piece.bytes,
                          .before = piece.crc_before,
                          .after = piece.crc_after});
    const auto found = places_.find(piece.offset);
    if (found == places_.end()) return;
    for (Course* const course : std::exchange(found->second.waiting, {})) {
        course->is_awaiting = false;
        course->held = piece.bytes;
        if (is_running()) course->feed_soon();
    }
    found->second.bytes = piece.bytes;
    kept_.push_back(piece.offset);
    kept_bytes_ += piece.bytes->size();
    const std::uint64_t most = course_count() == 1 ? kMostKeptOfOne * piece_bytes_ : kMostKeptBytes;
    while (kept_bytes_ > most) {
        const auto oldest = places_.find(kept_.front());
        kept_bytes_ -= oldest->second.bytes->size();
        places_.erase(oldest);
        kept_.pop_front();
    }
}

void FileJob::course_gone(Course& course) {
    if (!course.is_awaiting) return;
    const auto found = places_.find(course.given_bytes);
    if (found != places_.end()) std::erase(found->second.waiting, &course);
}

void FileJob::came_furthest(const Course& /*course*/) {
    while (!marks_.empty() && marks_.front().end <= progress_.furthest_bytes) {
        progress_.crc32 = marks_.front().after;
        marks_.pop_front();
    }
}

// Within a piece it is worked out only where it is to be told.
void FileJob::sum_up() {
    if (marks_.empty() || marks_.front().from >= progress_.furthest_bytes) return;
    const Mark& mark = marks_.front();
    bytes::ChecksumState crc = mark.before;
    crc.feed(std::span(*mark.bytes)
                 .subspan(mark.from - mark.offset, progress_.furthest_bytes - mark.from));
    progress_.crc32 = crc.value();
}

void FileJob::look(std::int64_t now_ns) {
    FedJob::look(now_ns);
    sum_up();
}

void FileJob::ended() {
    sum_up();
    FedJob::ended();
}

}  // namespace net::service
