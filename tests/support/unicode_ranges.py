#!/usr/bin/env python3
"""Prints app/ui/glyph_ranges.cpp from this python's Unicode data: unicode_ranges.py | clang-format >app/ui/glyph_ranges.cpp

Ranges run on over code points that are not assigned, so that they are few.
"""

import unicodedata


def ranges_of(holds):
    found = []
    last_assigned = -1
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.category(character) == "Cn":
            continue
        if holds(character):
            if found and found[-1][1] == last_assigned:
                found[-1][1] = code
            else:
                found.append([code, code])
        last_assigned = code
    return found


def is_mark(character):
    return unicodedata.category(character) in ("Mn", "Me")


def is_wide(character):
    return unicodedata.east_asian_width(character) in "WF" and not is_mark(character)


def table(name, ranges):
    entries = ", ".join(f"{{0x{first:04X}, 0x{last:04X}}}" for first, last in ranges)
    return f"constexpr std::array<Range, {len(ranges)}> {name}{{{{{entries}}}}};\n"


def main():
    print(f"""// Made by tests/support/unicode_ranges.py from Unicode {unicodedata.unidata_version}; not edited by hand.
#include "app/ui/glyph_ranges.h"

#include <algorithm>
#include <array>

namespace app::ui {{

namespace {{

struct Range {{
    char32_t first;
    char32_t last;
}};

{table("kMarks", ranges_of(is_mark))}
{table("kWide", ranges_of(is_wide))}
template <typename Ranges>
bool is_in(const Ranges& ranges, char32_t c) {{
    const auto* const found = std::partition_point(
        ranges.begin(), ranges.end(), [c](const Range& range) {{ return range.last < c; }});
    return found != ranges.end() && found->first <= c;
}}

}}  // namespace

bool is_mark(char32_t c) {{
    return is_in(kMarks, c);
}}

bool is_wide(char32_t c) {{
    return is_in(kWide, c);
}}

}}  // namespace app::ui""")


main()
