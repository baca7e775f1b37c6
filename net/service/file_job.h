// A file to several connections, each at its own pace. What some read at the same pace is read once.
//
// Memory: each connection has at most two pieces in its queue and one at hand, and pieces are the smaller the more connections there are; read and not yet given out
// are at most kMostKeptBytes. So it is about kMostKeptBytes and three times kPiecesBytes, whatever the file and however many the connections (up to some thousands).
// Thread: network thread only.
#pragma once

#include "net/service/fed_job.h"
#include "net/service/file_reader.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace net::service {

class FileJob final : public FedJob {
  public:
    FileJob(SendJobWorld& world,
            channel::SendJobId id,
            channel::Targets&& targets,
            channel::SendFile&& file);
    ~FileJob() override;

  private:
    static constexpr std::uint64_t kPiecesBytes = std::uint64_t{8} << 20U;
    static constexpr std::uint64_t kMostKeptBytes = std::uint64_t{8} << 20U;
    static constexpr std::uint64_t kMostKeptOfOne = 4;  // pieces: nobody comes after it
    static constexpr std::size_t kMostWaiting = 2;
    static constexpr std::size_t kReadAhead = 2;

    [[nodiscard]] int refusal(std::string& why) const override;
    [[nodiscard]] std::string name() const override { return file_.path; }
    void opened() override;
    void feed(Course& course, std::int64_t now_ns) override;
    [[nodiscard]] std::uint64_t bytes_each() const override { return size_; }
    void came_furthest(const Course& course) override;
    void course_gone(Course& course) override;
    void look(std::int64_t now_ns) override;
    void ended() override;

    void file_opened(const FileReader::Opened& opened);
    void piece_read(FileReader::Piece&& piece);
    [[nodiscard]] std::uint64_t choose_piece_bytes() const;
    // What comes next for it, or null: it is being read.
    [[nodiscard]] SharedBytes next_for(Course& course);
    void want(std::uint64_t offset);
    void sum_up();

    struct Place {
        SharedBytes bytes;  // null: being read
        std::vector<Course*> waiting;
    };
    // The CRC-32 along the pieces that the furthest connection has not passed yet.
    struct Mark {
        std::uint64_t from = 0;
        std::uint64_t end = 0;
        std::uint64_t offset = 0;  // of `bytes`
        SharedBytes bytes;
        bytes::ChecksumState before;
        std::uint32_t after = 0;
    };

    const channel::SendFile file_;
    std::unique_ptr<FileReader> reader_;
    std::uint64_t size_ = 0;
    std::uint64_t piece_bytes_ = 0;  // the same to the end, so that all who were in step stay so
    std::uint64_t furthest_given_ = 0;
    std::map<std::uint64_t, Place> places_;  // by offset
    std::deque<std::uint64_t> kept_;         // of places_ that have bytes, oldest first
    std::uint64_t kept_bytes_ = 0;
    std::deque<Mark> marks_;
};

}  // namespace net::service
