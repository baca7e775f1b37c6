#include "app/ui/sheet_drawing.h"

#include "app/ui/glyph_drawing.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/view_marks.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"
#include "net/channel/failure.h"

#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

namespace app::ui {

namespace {

using net::bytes::FrameStatus;
using net::capture::Item;
using net::channel::Direction;
using session::Session;
using session::ViewMode;

// Of one row, and of a label there; on hover it is whole.
constexpr std::size_t kMostTagsARow = 4;
constexpr std::size_t kMostTagBytes = 24;

// Bytes that were there and are not in what is read. Those before all others were sent before the capture began, or stand in a file before this one.
std::string gap_words(const Session& session, const Item& gap) {
    const session::Connection* const connection = session.connection(gap.connection);
    const bool is_before =
        gap.stream_offset == 0 && connection != nullptr && connection->is_continued;
    const std::string count = counted(gap.gap_bytes, "byte");
    return count + (is_before ? " before this are not in this capture" : " missing: not captured");
}

// Of bytes that can't be had: pread's answer in words.
std::string unreadable_words(std::int64_t got) {
    // FileTable::read of a file that was dropped.
    if (got == -ESTALE) return "no longer kept: the ring has deleted the file with these bytes";
    if (got == 0 || got == -EIO)
        return "cannot be read: the capture file has been cut short, or its disk has an error";
    if (got < 0) return "cannot be read: " + net::channel::errno_text(static_cast<int>(-got));
    return "cannot be read: the capture file has been cut short";
}

// What is not as a message should be. Empty: all is well.
std::string_view status_words(FrameStatus status) {
    switch (status) {
        case FrameStatus::kWhole: return {};
        case FrameStatus::kIncomplete: return "incomplete so far";
        case FrameStatus::kBadLength: return "no length that can be";
        case FrameStatus::kBadEscape: return "wrongly escaped";
        case FrameStatus::kCutByGap: return "cut: bytes are missing";
        case FrameStatus::kCutByEnd: return "cut: the stream ended";
    }
    return {};
}

Role status_role(FrameStatus status) {
    return status == FrameStatus::kIncomplete ? Role::kWarning : Role::kError;
}

Role direction_role(const Item& item) {
    return item.direction == Direction::kSent ? Role::kSent : Role::kReceived;
}

// As it stands on the screen, for the library's text log.
std::string words_of(const GridText& text) {
    std::vector<std::string> columns(text.line.columns, " ");
    for (const GlyphCell& cell : text.line.cells) {
        for (std::size_t i = 0; i < cell.columns && cell.column + i < columns.size(); ++i)
            columns[cell.column + i] = i == 0 ? std::string(text.line.text_of(cell)) : "";
    }
    for (const std::string* const dots : {&text.dots, &text.invalid})
        for (std::size_t i = 0; i < std::min(dots->size(), columns.size()); ++i)
            if ((*dots)[i] == '.') columns[i] = ".";
    std::string words;
    for (const std::string& column : columns)
        words += column;
    return words;
}

class RowPainter {
  public:
    RowPainter(ImDrawList& list,
               const Session& session,
               const SeenRows& seen,
               const Columns& columns,
               const SheetLook& look,
               const ByteSelection& selection,
               const std::vector<SeenMark>& marks,
               const std::vector<session::Highlight>& rules,
               std::vector<SeenTag>& tags,
               HexRow& scratch)
        : list_(list),
          session_(session),
          seen_(seen),
          columns_(columns),
          look_(look),
          selection_(selection),
          marks_(marks),
          rules_(rules),
          tags_(tags),
          scratch_(scratch) {}

    void paint(std::size_t number, ImVec2 at) {
        const SeenRow& row = seen_.rows[number];
        const SeenRun& run = seen_.run_of(row);
        const bool is_top = number == 0;
        const bool begins =
            row.row.is_heading || (row.row.offset_in_item == 0 && look_.mode != ViewMode::kMixed);
        paint_ground(run.item, at, begins && !is_top, row.row.is_heading);
        if (row.row.is_heading) {
            paint_head(run, at, true);
            paint_heading_words(run, at);
            return;
        }
        if (look_.mode != ViewMode::kMixed) paint_head(run, at, begins || is_top);
        paint_offset(row, run, at);
        if (run.item.is_gap) {
            paint_words(at, gap_words(session_, run.item), Role::kWarning);
        } else if (row.row.bytes == 0) {
            if (look_.mode != ViewMode::kMixed) paint_words(at, "no bytes", Role::kMuted);
        } else if (row.shown == 0) {
            // Once for rows that follow each other.
            const SeenRow* const above = is_top ? nullptr : &seen_.rows[number - 1];
            if (above == nullptr || above->run != row.run || above->row.is_heading ||
                above->shown != 0)
                paint_words(at, unreadable_words(row.error),
                            row.error == -ESTALE ? Role::kMuted : Role::kError);
        } else {
            paint_marks(row, run, at);
            paint_selection(row, run, at);
            paint_bytes(row, at);
        }
        float right = std::min(at.x + look_.width, look_.right) - columns_.character / 2;
        if (row.row.offset_in_item == 0 && look_.mode == ViewMode::kMessages)
            right = paint_status(run.item, at);
        if (row.shown != 0) paint_tags(row, run, at, is_top, right);
    }

  private:
    [[nodiscard]] float text_y(ImVec2 at) const { return at.y + px(1); }

    void paint_ground(const Item& item, ImVec2 at, bool has_line, bool is_heading) {
        const bool is_sent = item.direction == Direction::kSent;
        const Role role = direction_role(item);
        list_.AddRectFilled(at, {at.x + look_.width, at.y + look_.line},
                            tint_u32(role, is_heading ? 0.13F
                                           : is_sent  ? 0.055F
                                                      : 0.03F));
        if (has_line)
            list_.AddLine({at.x, at.y}, {at.x + look_.width, at.y}, tint_u32(Role::kBorder, 0.55F),
                          1.0F);
        list_.AddRectFilled(at, {at.x + px(3), at.y + look_.line}, color_u32(role));
    }

    void paint_head(const SeenRun& run, ImVec2 at, bool is_first) {
        const bool is_sent = run.item.direction == Direction::kSent;
        const Role role = direction_role(run.item);
        const float y = text_y(at);
        if (is_first) {  // the topmost row says whose it is even in mid-read
            draw_text(list_, {at.x + columns_.time, y}, color_u32(Role::kMuted),
                      item_time_text(run, look_, columns_.time_digits));
            if (columns_.has_word)
                draw_text(list_, {at.x + columns_.word, y}, color_u32(role),
                          is_sent ? "sent" : "recv");
        }
        const float size = std::round(look_.line * 0.62F);
        arrow_shape(list_, {at.x + columns_.arrow, at.y + std::round((look_.line - size) / 2)},
                    size, is_sent, is_first ? color_u32(role) : mix_u32(Role::kField, role, 0.5F));
        if (columns_.has_connection && is_first) {
            draw_text(list_, {at.x + columns_.connection, y}, color_u32(Role::kText),
                      "#" + std::to_string(net::channel::number(run.item.connection)));
        }
    }

    void paint_heading_words(const SeenRun& run, ImVec2 at) {
        float x = columns_.has_connection ? columns_.connection + columns_.character * 8
                                          : (columns_.has_word ? columns_.word : columns_.arrow) +
                                                columns_.character * 6;
        const auto word = [&](std::string_view words, Role role) {
            draw_text(list_, {at.x + x, text_y(at)}, color_u32(role), words);
            x += text_width(words) + columns_.character * 2;
        };
        const Item& item = run.item;
        if (item.is_gap)
            word(gap_words(session_, item), Role::kWarning);
        else
            word(counted(item.bytes, "byte"), Role::kText);
        if (const std::string_view words = status_words(item.status); !words.empty())
            word(words, status_role(item.status));
    }

    void paint_offset(const SeenRow& row, const SeenRun& run, ImVec2 at) {
        if (!columns_.has_offset) return;
        if (look_.mode == ViewMode::kMessages) {
            const std::string size = run.item.is_gap ? std::string() : size_text(run.item.bytes);
            const float x =
                columns_.offset + columns_.character * (static_cast<float>(kSizeCharacters) -
                                                        static_cast<float>(size.size()));
            draw_text(list_, {at.x + x, text_y(at)}, color_u32(Role::kMuted), size);
            return;
        }
        draw_text(list_, {at.x + columns_.offset, text_y(at)}, color_u32(Role::kMuted),
                  format_offset(run.item.stream_offset + row.row.offset_in_item).view());
    }

    // What stands in a row in place of bytes, so that it cannot be taken for any.
    void paint_words(ImVec2 at, std::string_view words, Role role) {
        const float x = columns_.has_hex ? columns_.hex : columns_.text;
        list_.AddRectFilled({at.x + x - px(4), at.y}, {at.x + look_.width, at.y + look_.line},
                            tint_u32(role, 0.10F));
        draw_text(list_, {at.x + x, text_y(at)}, color_u32(role), words);
    }

    // At the right end, over what a long message has there. Where that is free up to.
    float paint_status(const Item& item, ImVec2 at) {
        const std::string_view words = status_words(item.status);
        const float right = std::min(at.x + look_.width, look_.right) - columns_.character / 2;
        if (words.empty()) return right;
        const Role role = status_role(item.status);
        const float width = text_width(words) + columns_.character;
        list_.AddRectFilled({right - width, at.y + 1}, {right, at.y + look_.line - 1},
                            mix_u32(Role::kField, role, 0.22F), px(3));
        draw_text(list_, {right - width + columns_.character / 2, text_y(at)}, color_u32(role),
                  words);
        return right - width - columns_.character / 2;
    }

    // The labels of the highlights that begin in the row (or reach into the topmost), behind its text.
    void paint_tags(const SeenRow& row, const SeenRun& run, ImVec2 at, bool is_top, float right) {
        std::array<std::size_t, kMostTagsARow> rules{};
        std::size_t count = 0;
        const std::uint64_t base = row.row.offset_in_item - run.offset;
        for (const SeenMark& mark : marks_) {
            if (mark.rule == SeenMark::kNoRule || mark.run != row.run || mark.end <= base ||
                mark.begin >= base + row.shown || rules_[mark.rule].label.empty())
                continue;
            const bool is_known =
                std::find(rules.begin(), rules.begin() + static_cast<std::ptrdiff_t>(count),
                          mark.rule) != rules.begin() + static_cast<std::ptrdiff_t>(count);
            if (is_known || (mark.begin < base && !is_top)) continue;
            if (count < rules.size()) rules[count++] = mark.rule;
        }
        if (count == 0) return;
        const std::uint32_t text_columns =
            columns_.has_hex ? columns_.layout.bytes_per_row : row.text.line.columns;
        float width = 0;
        std::array<std::string, kMostTagsARow> words;
        for (std::size_t i = 0; i < count; ++i) {
            words[i] = net::bytes::printable(rules_[rules[i]].label, kMostTagBytes);
            width += text_width(words[i]) + columns_.character * 1.5F;
        }
        float x = at.x + columns_.text + columns_.character * static_cast<float>(text_columns + 1);
        // Over bytes that are in sight there is no label, only its colour: it tells the rest on hover.
        const bool has_room = x + width <= right;
        if (!has_room) {
            words = {};
            x = std::min(x, right - static_cast<float>(count) * columns_.character * 1.5F);
        }
        for (std::size_t i = 0; i < count; ++i) {
            const ImVec2 from{x, at.y + 1};
            const ImVec2 to{x + text_width(words[i]) + columns_.character, at.y + look_.line - 1};
            list_.AddRectFilled(from, to, color_u32(Role::kField), px(3));
            list_.AddRectFilled(
                from, to, highlight_tint(rules_[rules[i]].color, has_room ? 0.30F : 0.80F), px(3));
            list_.AddRect(from, to, highlight_tint(rules_[rules[i]].color, 1), px(3));
            draw_text(list_, {x + columns_.character / 2, text_y(at)}, color_u32(Role::kText),
                      words[i]);
            tags_.push_back({.rect = ImRect(from, to), .rule = rules[i]});
            x = to.x + columns_.character / 2;
        }
    }

    // The rectangles behind bytes [begin, end) of the row, beside the digits and in the text.
    template <typename Paint>
    void over_bytes(
        const SeenRow& row, ImVec2 at, std::uint32_t begin, std::uint32_t end, Paint&& paint) {
        end = std::min(end, row.shown);
        if (begin >= end) return;
        const float top = at.y;
        const float bottom = at.y + look_.line;
        if (columns_.has_hex) {
            const float half = columns_.character / 2;
            const float from =
                columns_.character * static_cast<float>(columns_.layout.column(begin));
            const float to =
                columns_.character * static_cast<float>(columns_.layout.column(end - 1) + 2);
            const float left = at.x + columns_.hex;
            paint(ImVec2{left + from - (begin == 0 ? 0 : half) + half / 2, top},
                  ImVec2{left + to + half / 2, bottom}, false);
        }
        const TextSpan span = text_span(seen_, row, begin, end, columns_.has_hex);
        if (span.begin < span.end) {
            const float left = at.x + columns_.text;
            paint(ImVec2{left + columns_.character * static_cast<float>(span.begin), top},
                  ImVec2{left + columns_.character * static_cast<float>(span.end), bottom}, true);
        }
    }

    void paint_marks(const SeenRow& row, const SeenRun& run, ImVec2 at) {
        const std::uint64_t base = row.row.offset_in_item - run.offset;
        for (const SeenMark& mark : marks_) {
            if (mark.run != row.run || mark.end <= base || mark.begin >= base + row.shown) continue;
            const auto begin = static_cast<std::uint32_t>(std::max(mark.begin, base) - base);
            const auto end =
                static_cast<std::uint32_t>(std::min<std::uint64_t>(mark.end - base, row.shown));
            over_bytes(row, at, begin, end, [&](ImVec2 from, ImVec2 to, bool /*is_text*/) {
                list_.AddRectFilled(from, to, mark.tint, px(2));
                if (mark.is_outlined)
                    list_.AddRect(from, to, color_u32(Role::kWarning), px(2), 0, px(1));
            });
        }
    }

    void paint_selection(const SeenRow& row, const SeenRun& run, ImVec2 at) {
        if (selection_.is_empty()) return;
        const SheetPlace first{.item = run.number, .offset = row.row.offset_in_item};
        const SheetPlace end{.item = run.number, .offset = row.row.offset_in_item + row.shown};
        const SheetPlace begin = selection_.begin();
        const SheetPlace last = selection_.last();
        const SheetPlace cursor = *selection_.cursor();
        if (selection_.is_range() && begin < end && last >= first) {
            const auto from =
                static_cast<std::uint32_t>(begin <= first ? 0 : begin.offset - first.offset);
            const auto to = static_cast<std::uint32_t>(
                last >= end ? row.shown : last.offset - first.offset + 1);
            over_bytes(row, at, from, to, [&](ImVec2 a, ImVec2 b, bool /*is_text*/) {
                list_.AddRectFilled(a, b, tint_u32(Role::kAccent, look_.has_focus ? 0.42F : 0.28F));
            });
        }
        if (cursor < first || cursor >= end) return;
        const auto column = static_cast<std::uint32_t>(cursor.offset - first.offset);
        over_bytes(row, at, column, column + 1, [&](ImVec2 a, ImVec2 b, bool is_text) {
            const bool is_here = is_text == (look_.cursor_is_in_text || !columns_.has_hex);
            if (is_here) list_.AddRectFilled(a, b, tint_u32(Role::kAccent, 0.35F), px(2));
            list_.AddRect(a, b, tint_u32(Role::kAccent, is_here && look_.has_focus ? 1.0F : 0.6F),
                          px(2), 0, px(1));
        });
    }

    void paint_bytes(const SeenRow& row, ImVec2 at) {
        const ImVec2 text_at{at.x + columns_.text, text_y(at)};
        if (columns_.has_hex) {
            format_hex_row(columns_.layout, seen_.bytes_of(row), scratch_);
            const ImVec2 hex_at{at.x + columns_.hex, text_y(at)};
            const auto draw = [&](Role role, const std::string& words) {
                list_.AddText(hex_at, color_u32(role), words.data(), words.data() + words.size());
            };
            draw(Role::kText, scratch_.hex_strong);
            if (scratch_.has_faint) draw(Role::kMuted, scratch_.hex_faint);
            log_text(hex_at, scratch_.hex);
        }
        const auto dots = [&](Role role, const std::string& words) {
            if (!words.empty())
                list_.AddText(text_at, color_u32(role), words.data(), words.data() + words.size());
        };
        dots(Role::kMuted, row.text.dots);
        dots(Role::kError, row.text.invalid);
        draw_glyph_line(list_, text_at, columns_.character, row.text.line);
        if (ImGui::GetCurrentContext()->LogEnabled) log_text(text_at, words_of(row.text));
    }

    ImDrawList& list_;
    const Session& session_;
    const SeenRows& seen_;
    const Columns& columns_;
    const SheetLook& look_;
    const ByteSelection& selection_;
    const std::vector<SeenMark>& marks_;
    const std::vector<session::Highlight>& rules_;
    std::vector<SeenTag>& tags_;
    HexRow& scratch_;
};

}  // namespace

std::string span_text(std::int64_t from_ns, std::int64_t to_ns, int digits) {
    const bool is_negative = to_ns < from_ns;
    const std::uint64_t forward =
        static_cast<std::uint64_t>(to_ns) - static_cast<std::uint64_t>(from_ns);
    const std::uint64_t ns = is_negative ? std::uint64_t{0} - forward : forward;
    std::array<char, 48> text{};
    const auto seconds = static_cast<unsigned long long>(ns / 1'000'000'000);
    const auto rest = static_cast<unsigned>(ns % 1'000'000'000);
    const char sign = is_negative ? '-' : '+';
    if (digits == 6)
        std::snprintf(text.data(), text.size(), "%c%llu.%06u", sign, seconds, rest / 1000);
    else if (digits == 3)
        std::snprintf(text.data(), text.size(), "%c%llu.%03u", sign, seconds, rest / 1'000'000);
    else
        std::snprintf(text.data(), text.size(), "%c%llu", sign, seconds);
    return text.data();
}

std::string item_time_text(const SeenRun& run, const SheetLook& look, int digits) {
    switch (look.time_form) {
        case session::TimeForm::kRelative:
            return span_text(look.first_ns, run.item.time_ns, digits);
        case session::TimeForm::kDelta: return span_text(run.previous_ns, run.item.time_ns, digits);
        case session::TimeForm::kAbsolute: break;
    }
    return time_text(run.item.time_ns, digits);
}

void draw_sheet_heading(ImDrawList& list,
                        ImVec2 at,
                        const Columns& columns,
                        const SheetLook& look) {
    const ImU32 tint = color_u32(Role::kMuted);
    const auto word = [&](float x, std::string_view words) {
        draw_text(list, {at.x + x, at.y}, tint, words);
    };
    if (look.mode != ViewMode::kMixed) {
        word(columns.time, look.time_form == session::TimeForm::kAbsolute   ? "Time"
                           : look.time_form == session::TimeForm::kRelative ? "Since first"
                                                                            : "Delta");
        if (columns.has_connection) word(columns.connection, "#");
    }
    if (columns.has_offset) {
        if (look.mode == ViewMode::kMessages)
            word(columns.offset + columns.character * (kSizeCharacters - 4), "Size");
        else
            word(columns.offset, "Offset");
    }
    if (columns.has_hex) word(columns.hex, hex_heading(columns.layout));
    word(columns.text, "Text");
}

void draw_seen_rows(ImDrawList& list,
                    ImVec2 at,
                    const Session& session,
                    const SeenRows& seen,
                    const Columns& columns,
                    const SheetLook& look,
                    const ByteSelection& selection,
                    const std::vector<SeenMark>& marks,
                    const std::vector<session::Highlight>& rules,
                    std::vector<SeenTag>& tags,
                    HexRow& scratch) {
    tags.clear();
    RowPainter painter(list, session, seen, columns, look, selection, marks, rules, tags, scratch);
    for (std::size_t i = 0; i < seen.count; ++i)
        painter.paint(i, {at.x, at.y + look.line * static_cast<float>(i)});
}

}  // namespace app::ui
