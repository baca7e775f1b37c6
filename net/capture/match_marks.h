// Where along a sheet there are matches, as marks for its scrollbar: buckets of rows, each with a match in it or none.
//
// The sheet may grow; buckets then double in size, and what was marked stays. Few steps are done a frame, and one for each bucket at most: from a marked bucket it
// goes on behind the bucket, so that a million matches cost no more than the buckets that they lie in.
// Thread: its owner's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace net::capture {

class MatchStore;

class MatchMarks {
  public:
    static constexpr std::size_t kBuckets = 4096;  // more than a scrollbar has pixels

    // How the sheet's rows and the bytes belong together. Rows ascend with the places of bytes.
    class Sheet {
      public:
        Sheet() = default;
        virtual ~Sheet() = default;
        Sheet(const Sheet&) = delete;
        Sheet& operator=(const Sheet&) = delete;
        [[nodiscard]] virtual std::uint64_t rows() const = 0;
        // Of that byte; rows(): it is not in the sheet (filtered out) and nothing behind it is.
        [[nodiscard]] virtual std::uint64_t row_of(std::uint64_t position,
                                                   std::uint32_t offset) const = 0;
        // The read and offset of the first byte of the row.
        struct Place {
            std::uint64_t position = 0;
            std::uint32_t offset = 0;
        };
        [[nodiscard]] virtual Place place_of(std::uint64_t row) const = 0;
        // Whether that byte itself is in the sheet.
        [[nodiscard]] virtual bool has(std::uint64_t position, std::uint32_t offset) const = 0;
    };

    // Another sheet, other row lengths, or another search: all anew.
    void reset();
    // Takes in matches, at most `most_steps` buckets of them; true: all that are stored. Call once a frame.
    bool advance(const MatchStore& matches, const Sheet& sheet, std::size_t most_steps = 64);
    // Whether a match lies in the rows from `first` to before `end`, as far as they are known, to the exactness of a bucket.
    [[nodiscard]] bool any_in(std::uint64_t first, std::uint64_t end) const;
    [[nodiscard]] std::uint64_t rows_a_bucket() const { return rows_a_bucket_; }

  private:
    std::uint64_t rows_a_bucket_ = 1;
    std::uint64_t next_ = 0;  // match
    std::vector<bool> buckets_ = std::vector<bool>(kBuckets);
};

}  // namespace net::capture
