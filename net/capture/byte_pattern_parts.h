// What the two sides of a compiled pattern share: Vectorscan's types, and which of its reports are matches. Included by the .cpp files of patterns and of the search only.
#pragma once

#include "net/capture/byte_pattern.h"

#include <algorithm>
#include <cstdint>
#include <hs/hs.h>
#include <memory>

namespace net::capture {

struct DatabaseDelete {
    void operator()(hs_database_t* database) const { ::hs_free_database(database); }
};
using Database = std::unique_ptr<hs_database_t, DatabaseDelete>;

struct ScratchDelete {
    void operator()(hs_scratch_t* scratch) const { ::hs_free_scratch(scratch); }
};
using Scratch = std::unique_ptr<hs_scratch_t, ScratchDelete>;

struct CompiledExpression {
    Database database = {};
    std::uint32_t fixed_bytes = 0;
    bool knows_begins = false;

    // Of a report that ends at `to`.
    [[nodiscard]] std::uint64_t begin_of(std::uint64_t from, std::uint64_t to) const {
        if (fixed_bytes != 0) return to - std::min<std::uint64_t>(fixed_bytes, to);
        return knows_begins && from < to ? from : to - 1;
    }
};

struct StreamPattern::Parts : CompiledExpression {
    std::size_t state_bytes = 0;
};

// Of the reports of one stream, which come in the order of their ends (but for assertions, by a byte): the matches, as byte_pattern.h has them.
class MatchFold {
  public:
    enum class Answer : std::uint8_t {
        kNone,
        kNew,    // a match
        kGrown,  // the last one is another one now
    };
    Answer add(std::uint64_t from, std::uint64_t to) {
        if (from >= to_) {
            floor_ = to_;
            from_ = from;
            to_ = to;
            return Answer::kNew;
        }
        if (from > from_ || from < floor_ || to <= to_) return Answer::kNone;
        from_ = from;
        to_ = to;
        return Answer::kGrown;
    }
    // What follows is another stream, or the same behind missing bytes: no match begins before `at`.
    void restart(std::uint64_t at) { from_ = to_ = floor_ = at; }

    [[nodiscard]] std::uint64_t from() const { return from_; }
    [[nodiscard]] std::uint64_t to() const { return to_; }

  private:
    std::uint64_t from_ = 0;
    std::uint64_t to_ = 0;
    std::uint64_t floor_ = 0;  // end of the match before
};

}  // namespace net::capture
