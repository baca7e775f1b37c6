// The options at the end of pcapng blocks, one at a time, and what a section header's say about whose section it is.
//
// Nothing is trusted: a length that points out of the block ends the list. Thread: any; views into the caller's bytes.
#pragma once

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace net::capture {

class Options {
  public:
    Options(std::span<const std::uint8_t> bytes, bool is_swapped)
        : left_(bytes),
          is_swapped_(is_swapped) {}

    // False: there is none left. Then `code` and `value` mean nothing.
    [[nodiscard]] bool next() {
        if (left_.size() < 4) return false;
        code = format::load16(left_.data(), is_swapped_);
        const std::size_t size = format::load16(left_.data() + 2, is_swapped_);
        if (code == format::kOptionEnd || size > left_.size() - 4) return false;
        value = left_.subspan(4, size);
        left_ = left_.subspan(std::min(left_.size(), 4 + format::padded(size)));
        return true;
    }

    std::uint16_t code = 0;
    std::span<const std::uint8_t> value;

  private:
    std::span<const std::uint8_t> left_;
    bool is_swapped_ = false;
};

// One run writes one capture, which may go on in further files: they have the run in common and are numbered from 0.
struct RunPart {
    std::array<std::uint8_t, format::kRunIdBytes> run{};
    std::uint32_t number = 0;
    bool is_known = false;  // false: not ours, or by a version that did not say
};

struct SectionOptions {
    bool is_ours = false;
    RunPart part;
};

// `options`: of a section header block.
[[nodiscard]] inline SectionOptions parse_section_options(std::span<const std::uint8_t> options,
                                                          bool is_swapped) {
    SectionOptions section;
    for (Options option{options, is_swapped}; option.next();) {
        if (option.code == format::kOptionSignature &&
            option.value.size() == sizeof format::kSignature &&
            std::equal(option.value.begin(), option.value.end(), std::begin(format::kSignature))) {
            section.is_ours = true;
        } else if (option.code == format::kOptionRun && option.value.size() == format::kRunBytes) {
            std::copy_n(option.value.begin(), format::kRunIdBytes, section.part.run.begin());
            section.part.number =
                format::load32(option.value.data() + format::kRunIdBytes, is_swapped);
            section.part.is_known = true;
        }
    }
    if (!section.is_ours) section.part = {};
    return section;
}

}  // namespace net::capture
