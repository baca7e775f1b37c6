#include "app/ui/view_marks.h"

#include "app/ui/bookmarks_panel.h"
#include "app/ui/theme.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace app::ui {

namespace {

using net::capture::BytePlace;
using net::capture::MatchRecord;

// Matches that begin before a run and reach into it, or stand behind such that begin after it: so many are looked at.
constexpr std::uint64_t kMatchesBefore = 16;
constexpr std::size_t kMatchesBehind = 16;
// In one run: more would not be told apart on a screen.
constexpr std::size_t kMostMatchesARun = 512;

// A run's bytes as they lie in their stream, and the first and the last of its reads.
struct Stretch {
    std::uint32_t slot = 0;
    net::channel::Direction direction{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    net::capture::ReadIndex::StreamRead first;
    net::capture::ReadIndex::StreamRead last;
};

std::optional<Stretch> stretch_of(const net::capture::ReadIndex& index, const SeenRun& run) {
    Stretch stretch;
    stretch.slot = index.slot_of(run.item.connection);
    if (stretch.slot == net::capture::ReadIndex::kNoSlot) return std::nullopt;
    stretch.direction = run.item.direction;
    stretch.begin = run.item.stream_offset + run.offset;
    stretch.end = stretch.begin + run.size;
    const auto first = index.find_in_stream(stretch.slot, stretch.direction, stretch.begin);
    const auto last = index.find_in_stream(stretch.slot, stretch.direction, stretch.end - 1);
    if (!first || !last) return std::nullopt;
    stretch.first = *first;
    stretch.last = *last;
    return stretch;
}

void find_matches(ViewMarks& marks,
                  const net::capture::ReadIndex& index,
                  const SeenRows& seen,
                  const session::SearchFacts& search,
                  std::optional<std::uint64_t> current) {
    if (!search.matches) return;
    std::array<MatchRecord, 64> records{};
    for (std::size_t number = 0; number < seen.runs.size(); ++number) {
        const SeenRun& run = seen.runs[number];
        if (run.size == 0) continue;
        const std::optional<Stretch> found = stretch_of(index, run);
        if (!found) continue;
        const Stretch& stretch = *found;
        const std::uint64_t first = search.matches->first_from(
            stretch.first.position,
            static_cast<std::uint32_t>(stretch.begin - stretch.first.stream_offset));
        std::uint64_t next = first - std::min(first, kMatchesBefore);
        std::size_t looked = 0;
        std::size_t behind = 0;
        while (behind < kMatchesBehind && looked < kMostMatchesARun) {
            const std::size_t got = search.matches->read(next, records);
            if (got == 0) break;
            for (std::size_t i = 0; i < got && behind < kMatchesBehind; ++i, ++looked) {
                const MatchRecord& record = records[i];
                if (record.position > stretch.last.position) {
                    ++behind;
                    continue;
                }
                const net::capture::ReadEntry& entry = index.entry(record.position);
                if (entry.connection_slot != stretch.slot || entry.direction() != stretch.direction)
                    continue;
                const std::uint64_t begin =
                    index.at(record.position).stream_offset + record.offset_in_read;
                if (begin >= stretch.end) {
                    ++behind;
                    continue;
                }
                if (begin + record.bytes <= stretch.begin) continue;
                const bool is_current = current && *current == next + i;
                marks.seen.push_back(
                    {.run = number,
                     .begin = std::max(begin, stretch.begin) - stretch.begin,
                     .end = std::min(begin + record.bytes, stretch.end) - stretch.begin,
                     .tint = tint_u32(Role::kWarning, is_current ? 0.6F : 0.34F),
                     .is_outlined = is_current});
            }
            next += got;
        }
    }
}

void find_notes(ViewMarks& marks, const session::Notes& notes, const SeenRows& seen) {
    if (notes.is_empty()) return;
    std::vector<const session::NoteFact*> touching;
    for (std::size_t number = 0; number < seen.runs.size(); ++number) {
        const SeenRun& run = seen.runs[number];
        if (run.size == 0) continue;
        const std::uint64_t begin = run.item.stream_offset + run.offset;
        touching.clear();
        notes.touching(run.item.connection, run.item.direction, begin, begin + run.size,
                       kMostMatchesARun, touching);
        for (const session::NoteFact* const fact : touching) {
            const std::uint64_t from = fact->note.stream_offset;
            marks.seen.push_back(
                {.run = number,
                 .begin = std::max(from, begin) - begin,
                 .end = std::min(from + fact->note.bytes, begin + run.size) - begin,
                 .tint = tint_u32(role_of(fact->note.kind), 0.3F),
                 .is_outlined = false});
        }
    }
}

// One that is being typed, or is wrong, does not take the others away.
RuleFinder compiled_rule(const session::Highlight& rule) {
    RuleFinder compiled{.pattern = rule.pattern, .finder = nullptr, .wrong = {}};
    if (!net::capture::expression_of(rule.pattern)) return compiled;  // its field says so
    net::capture::ByteFinder::Error error;
    compiled.finder = net::capture::ByteFinder::compile({&rule.pattern, 1}, error);
    if (!compiled.finder)
        compiled.wrong =
            "\"" + net::bytes::printable(rule.pattern.text, 60) + "\": " + error.error.message;
    return compiled;
}

void compile(ViewMarks& marks, const std::vector<session::Highlight>& highlights) {
    if (marks.compiled == highlights) return;
    marks.compiled = highlights;
    marks.wrong.clear();
    std::vector<RuleFinder> before = std::exchange(marks.finders, {});
    for (const session::Highlight& rule : highlights) {
        RuleFinder& next = marks.finders.emplace_back();
        if (!rule.is_on || rule.pattern.text.empty()) continue;
        const auto known = std::find_if(before.begin(), before.end(), [&](const RuleFinder& one) {
            return (one.finder != nullptr || !one.wrong.empty()) && one.pattern == rule.pattern;
        });
        if (known != before.end()) {
            next = std::exchange(*known, {});
        } else {
            next = compiled_rule(rule);
        }
        if (marks.wrong.empty()) marks.wrong = next.wrong;
    }
}

void find_rule(ViewMarks& marks, std::size_t rule, const SeenRows& seen, std::size_t number) {
    const SeenRun& run = seen.runs[number];
    marks.found.clear();
    // With what stands around it, so that a pattern cut by a row's or a read's edge is found.
    const std::span<const std::uint8_t> bytes =
        std::span(seen.bytes).subspan(run.bytes_at - run.before, run.before + run.size + run.after);
    static_cast<void>(marks.finders[rule].finder->find_in(bytes, marks.found));
    for (const auto& found : marks.found) {
        const std::size_t end = found.offset + found.bytes;
        if (end <= run.before || found.offset >= run.before + run.size) continue;
        marks.seen.push_back({.run = number,
                              .begin = found.offset - std::min(found.offset, run.before),
                              .end = std::min(end - run.before, run.size),
                              .tint = highlight_tint(marks.compiled[rule].color, 0.38F),
                              .is_outlined = false,
                              .rule = rule});
    }
}

void find_highlights(ViewMarks& marks, const SeenRows& seen) {
    for (std::size_t number = 0; number < seen.runs.size(); ++number) {
        const SeenRun& run = seen.runs[number];
        if (run.size == 0 || !run.is_whole) continue;
        const auto from = static_cast<std::ptrdiff_t>(marks.seen.size());
        for (std::size_t rule = 0; rule < marks.finders.size(); ++rule)
            if (marks.finders[rule].finder) find_rule(marks, rule, seen, number);
        // Labels stand in the order of the marks' begins.
        std::stable_sort(marks.seen.begin() + from, marks.seen.end(),
                         [](const SeenMark& a, const SeenMark& b) { return a.begin < b.begin; });
    }
}

// How the sheet's rows and the bytes belong together, as the marks want to know it.
class BarSheet final : public net::capture::MatchMarks::Sheet {
  public:
    explicit BarSheet(const app::ui::Sheet& sheet) : sheet_(sheet) {}
    [[nodiscard]] std::uint64_t rows() const override { return sheet_.rows().row_count(); }
    [[nodiscard]] std::uint64_t row_of(std::uint64_t position,
                                       std::uint32_t offset) const override {
        const BytePlace place{.position = position, .offset = offset};
        if (sheet_.items().find(place) >= sheet_.rows().item_count()) return rows();
        const auto found = sheet_.nearest(place);
        return found ? sheet_.rows().row_of(found->item, found->offset) : rows();
    }
    [[nodiscard]] Place place_of(std::uint64_t row) const override {
        const auto there = sheet_.rows().row(row);
        const auto place = sheet_.byte_place({.item = there.item, .offset = there.offset_in_item});
        const BytePlace begin = place ? *place : sheet_.items().item(there.item).begin;
        return {.position = begin.position, .offset = begin.offset};
    }
    [[nodiscard]] bool has(std::uint64_t position, std::uint32_t offset) const override {
        return sheet_.sheet_place({.position = position, .offset = offset}).has_value();
    }

  private:
    const app::ui::Sheet& sheet_;
};

}  // namespace

ImU32 highlight_tint(std::uint8_t color, float alpha) {
    // Told apart also by most who are colour-blind (Okabe and Ito's palette).
    constexpr std::array<ImVec4, session::kHighlightColors> kColors{{{0.90F, 0.62F, 0.00F, 1},
                                                                     {0.34F, 0.71F, 0.91F, 1},
                                                                     {0.00F, 0.62F, 0.45F, 1},
                                                                     {0.94F, 0.89F, 0.26F, 1},
                                                                     {0.84F, 0.37F, 0.00F, 1},
                                                                     {0.80F, 0.47F, 0.65F, 1}}};
    ImVec4 tint = kColors[color % kColors.size()];
    tint.w = alpha;
    return ImGui::ColorConvertFloat4ToU32(tint);
}

void find_marks(ViewMarks& marks,
                const session::Session& session,
                const SeenRows& seen,
                const session::SearchFacts& search,
                const std::vector<session::Highlight>& highlights,
                std::optional<std::uint64_t> current) {
    marks.seen.clear();
    compile(marks, highlights);
    find_notes(marks, session.notes(), seen);
    find_highlights(marks, seen);
    find_matches(marks, session.reads(), seen, search, current);
}

void draw_bar_marks(ViewMarks& marks,
                    ImDrawList& list,
                    ImVec2 from,
                    ImVec2 to,
                    const Sheet& sheet,
                    const session::SearchFacts& search) {
    marks.is_bar_done = true;
    if (!search.matches || to.y <= from.y) return;
    if (marks.bar_generation != sheet.generation() || marks.bar_search != search.generation) {
        marks.bar.reset();
        marks.bar_generation = sheet.generation();
        marks.bar_search = search.generation;
    }
    marks.is_bar_done = marks.bar.advance(*search.matches, BarSheet(sheet));
    const std::uint64_t rows = sheet.rows().row_count();
    if (rows == 0) return;
    const auto pixels = static_cast<std::uint64_t>(to.y - from.y);
    const std::uint64_t step = 2;  // pixels a mark
    const auto row_of = [&](std::uint64_t pixel) {
        return static_cast<std::uint64_t>(static_cast<long double>(rows) *
                                          static_cast<long double>(pixel) /
                                          static_cast<long double>(pixels));
    };
    for (std::uint64_t pixel = 0; pixel < pixels; pixel += step) {
        const std::uint64_t first = row_of(pixel);
        // Where there are fewer rows than marks a row's mark stands where it begins, once.
        if (pixel != 0 && row_of(pixel - step) == first) continue;
        const std::uint64_t end = std::max(row_of(std::min(pixel + step, pixels)), first + 1);
        if (!marks.bar.any_in(first, end)) continue;
        const float y = from.y + static_cast<float>(pixel);
        list.AddRectFilled({from.x + px(1), y}, {to.x - px(1), y + static_cast<float>(step)},
                           color_u32(Role::kWarning));
    }
}

}  // namespace app::ui
