// Copies a stretch of one file to the end of another in the cheapest way that both file systems have: shared blocks (FICLONERANGE), copy_file_range(2),
// read and write. In slices, so that it can be cancelled; what was written is sent to the disk behind it, so that the sync at the end is short.
//
// Thread: one; blocks on the disk.
#pragma once

#include <cstdint>
#include <functional>

namespace app::jobs {

// The ways from this one on are tried: tests force the later ones.
enum class CopyWay : std::uint8_t { kClone, kCopyRange, kReadAndWrite };

class FileCopy {
  public:
    // `to`: opened for reading and writing, not with O_APPEND; `from` stays where its file position is.
    explicit FileCopy(int to, CopyWay first_way = CopyWay::kClone) : to_(to), way_(first_way) {}

    // `go_on` is asked after each slice with the bytes of this stretch that are done.
    using GoOn = std::function<bool(std::uint64_t)>;
    // errno; ECANCELED: `go_on` said no; ENODATA: `from` ended before, done_bytes() says where.
    [[nodiscard]] int append(int from, std::uint64_t bytes, const GoOn& go_on);

    [[nodiscard]] std::uint64_t done_bytes() const { return done_; }  // of the last append()
    [[nodiscard]] std::uint64_t end() const { return end_; }          // of `to`
    [[nodiscard]] CopyWay way() const { return way_; }

  private:
    [[nodiscard]] int clone(int from, std::uint64_t bytes, const GoOn& go_on);
    [[nodiscard]] int copy_slice(int from, std::uint64_t bytes);
    [[nodiscard]] int read_and_write_slice(int from, std::uint64_t bytes);
    [[nodiscard]] int write_back();
    void allocate(std::uint64_t bytes, int& error);

    const int to_;
    CopyWay way_;
    std::uint64_t done_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t sent_to_disk_ = 0;
};

}  // namespace app::jobs
