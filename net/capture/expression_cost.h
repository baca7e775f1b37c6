// How large a regular expression becomes when its repeats are written out: what compiling it costs, before it is compiled.
//
// Counts as Vectorscan's parser reads (groups, classes, quoting, comments, bounded repeats). For what is no expression at all, any number.
// Thread: any; a pure function, linear in the expression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace net::capture {

struct ExpressionCost {
    std::uint64_t positions = 0;    // characters and classes, repeats written out; at most 2^40
    std::size_t costliest = 0;      // where the repeat stands that adds most
    std::size_t costliest_end = 0;  // and ends; the same: there is no repeat
    std::size_t extended_at =
        0;  // where the flag x is set, which would change how the rest reads; beyond the end: nowhere
};
[[nodiscard]] ExpressionCost cost_of(std::string_view expression);

}  // namespace net::capture
