#include "app/ui/search_bar.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace app::ui {

namespace {

using net::bytes::ParseError;
using net::capture::BytePattern;
using net::capture::PatternKind;
using session::SearchFacts;
using Kind = SearchBarEvent::Kind;

constexpr char kRecentMenu[] = "##Recent searches menu";
constexpr float kLeastField = 160;
constexpr float kProgressWidth = 90;
constexpr double kBlinkS = 0.15;

const char* hint_of(PatternKind kind) {
    switch (kind) {
        case PatternKind::kText: return "Find text; \\r \\n \\t \\0 \\\\ and \\xNN are escapes";
        case PatternKind::kHex: return "Find bytes, as in 48 ?? 6c 4?";
        case PatternKind::kRegex: return "Find what a regular expression over bytes matches";
    }
    return "";
}

// As it would be searched for: what has no meaning for its kind is put to rest, so that equal searches are equal.
BytePattern meant(const SearchBar& bar, net::bytes::TextEncoding encoding) {
    BytePattern pattern = bar.pattern;
    pattern.encoding = encoding;
    if (pattern.kind == PatternKind::kHex) {
        pattern.matches_case = false;
        pattern.encoding = {};
    }
    return pattern;
}

void check(SearchBar& bar, const BytePattern& pattern) {
    if (bar.checked == pattern) return;
    bar.checked = pattern;
    bar.wrong.reset();
    if (pattern.text.empty()) return;
    if (const auto expression = net::capture::expression_of(pattern); !expression)
        bar.wrong = expression.error;
}

void remember(SearchBar& bar, const BytePattern& pattern) {
    std::erase(bar.recent, pattern);
    bar.recent.insert(bar.recent.begin(), pattern);
    if (bar.recent.size() > SearchBar::kMostRecent) bar.recent.resize(SearchBar::kMostRecent);
}

Kind search(SearchBar& bar, const BytePattern& pattern) {
    if (pattern.text.empty() || bar.wrong) return Kind::kNone;
    bar.searched = pattern;
    bar.current.reset();
    remember(bar, pattern);
    return Kind::kSearch;
}

void draw_kinds(SearchBar& bar) {
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    const auto choice = [&](const char* label, PatternKind kind, std::string_view words) {
        if (segment(label, bar.pattern.kind == kind) && bar.pattern.kind != kind) {
            bar.pattern.kind = kind;
            bar.wants_focus = true;
        }
        hover_text(words);
        ImGui::SameLine();
    };
    choice("Text##search kind", PatternKind::kText, "Text, in the encoding of the view");
    choice("Hex##search kind", PatternKind::kHex,
           "Bytes in hex; ? stands for any digit, as in 48 ?? 6c 4?");
    choice("Regex##search kind", PatternKind::kRegex,
           "A regular expression over bytes; ^ and $ are the ends of lines, . is any byte but a "
           "line feed");
    ImGui::PopStyleVar();
    ImGui::BeginDisabled(bar.pattern.kind == PatternKind::kHex);
    if (segment("Aa", bar.pattern.matches_case && bar.pattern.kind != PatternKind::kHex))
        bar.pattern.matches_case = !bar.pattern.matches_case;
    ImGui::EndDisabled();
    hover_text("Capital and small letters are different");
}

// "12 of 3,456", "3,456 so far", "none".
std::string count_words(const SearchBar& bar, const SearchFacts& facts) {
    if (facts.generation == 0 || facts.error) return {};
    if (facts.matches == nullptr) return "compiling";
    if (facts.counted == 0) return facts.is_running ? "none yet" : "none";
    std::string words = bar.current
                            ? count_text(*bar.current + 1) + " of " + count_text(facts.counted)
                            : counted(facts.counted, "match");
    if (!bar.current && facts.counted != 1) words = count_text(facts.counted) + " matches";
    return words;
}

std::string_view why_not_go(const SearchFacts& facts) {
    if (facts.generation == 0) return "Nothing was searched for yet";
    return facts.stored == 0 ? "There is no match to go to" : "";
}

void draw_progress(const SearchFacts& facts) {
    std::array<char, 16> words{};
    std::snprintf(words.data(), words.size(), "%.0f %%", facts.progress * 100);
    ImGui::ProgressBar(static_cast<float>(facts.progress),
                       {px(kProgressWidth), ImGui::GetFrameHeight()}, words.data());
}

void draw_recent(SearchBar& bar) {
    if (!ImGui::BeginPopup(kRecentMenu)) return;
    for (std::size_t i = 0; i < bar.recent.size(); ++i) {
        const BytePattern& one = bar.recent[i];
        push_id(i);
        const ImVec2 at = ImGui::GetCursorScreenPos();
        if (ImGui::Selectable("##recent search", false, ImGuiSelectableFlags_None,
                              {px(320), ImGui::GetTextLineHeight()})) {
            bar.pattern = one;
            bar.wants_focus = true;
        }
        constexpr std::array<std::string_view, 3> kKinds{"Text   ", "Hex    ", "Regex  "};
        draw_text(*ImGui::GetWindowDrawList(), at, color_u32(Role::kText),
                  std::string(kKinds[static_cast<std::size_t>(one.kind)]) +
                      net::bytes::printable(one.text, 60));
        ImGui::PopID();
    }
    if (bar.recent.empty()) text("Nothing was searched for yet", Role::kMuted);
    ImGui::EndPopup();
}

// What is wrong, its place first, and the wrong part of what was typed in its own colour.
void draw_error(const BytePattern& pattern, const ParseError& error) {
    constexpr std::size_t kBefore = 24;
    constexpr std::size_t kWrong = 24;
    const std::string_view typed = pattern.text;
    const std::size_t at = std::min(error.offset, typed.size());
    if (error.length > 0 || at > 0) {
        // The words say where by the character's number, the excerpt shows it.
        std::size_t from = at > kBefore ? at - kBefore : 0;
        while (from > 0 && (static_cast<unsigned char>(typed[from]) & 0xC0U) == 0x80U)
            --from;
        small_text((from > 0 ? "... " : "") + net::bytes::printable(typed.substr(from, at - from)),
                   Role::kMuted);
        ImGui::SameLine(0, 0);
        const std::string wrong =
            error.length == 0 || at == typed.size()
                ? std::string("_")
                : net::bytes::printable(typed.substr(at, error.length), kWrong);
        small_text(wrong, Role::kError);
        const ImVec2 low = ImGui::GetItemRectMin();
        const ImVec2 high = ImGui::GetItemRectMax();
        ImGui::GetWindowDrawList()->AddLine({low.x, high.y}, {high.x, high.y},
                                            color_u32(Role::kError), px(1));
        ImGui::SameLine(0, px(kSpace3));
    }
    std::string words = error.message;
    if (!words.empty() && words[0] >= 'a' && words[0] <= 'z')
        words[0] = static_cast<char>(words[0] - 'a' + 'A');
    if (error.offset > 0) words = "At byte " + count_text(error.offset + 1) + ": " + error.message;
    field_error(words);
}

}  // namespace

SearchBarEvent search_keys(const SearchBar& bar) {
    if (!has_keyboard() || !bar.searched) return {};
    const ImGuiInputFlags flags = ImGuiInputFlags_Repeat | ImGuiInputFlags_RouteGlobal;
    if (ImGui::Shortcut(ImGuiMod_Shift | ImGuiKey_F3, flags)) return {Kind::kPrevious};
    if (ImGui::Shortcut(ImGuiKey_F3, flags)) return {Kind::kNext};
    return {};
}

SearchBarEvent draw_search_bar(SearchBar& bar,
                               const SearchFacts& facts,
                               net::bytes::TextEncoding encoding) {
    SearchBarEvent event;
    const BytePattern before = meant(bar, encoding);
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const std::string count = count_words(bar, facts);

    draw_kinds(bar);
    ImGui::SameLine();
    // What has just come is searched in no time, and moves nothing in the bar.
    if (!facts.is_running) {
        bar.runs_since_s = -1;
    } else if (bar.runs_since_s < 0) {
        bar.runs_since_s = ImGui::GetTime();
    }
    const bool shows_progress = facts.is_running && facts.matches != nullptr &&
                                ImGui::GetTime() - bar.runs_since_s >= kBlinkS;
    float right = text_width(count) + button_width("Previous") + button_width("Next") +
                  button_width("List") + button_width("Close") + button_width("v") + 6 * spacing;
    if (shows_progress) right += px(kProgressWidth) + button_width("Stop") + 2 * spacing;
    const float room = ImGui::GetContentRegionAvail().x - right;
    ImGui::SetNextItemWidth(std::max(room, px(kLeastField)));
    if (bar.wants_focus) {
        ImGui::SetKeyboardFocusHere();
        bar.wants_focus = false;
    }
    // Of what is typed, as it is then: it becomes another within the frame.
    const auto wrong_with = [&](const BytePattern& pattern) {
        check(bar, pattern);
        return !bar.wrong && facts.error && bar.searched == pattern ? facts.error : bar.wrong;
    };
    const std::optional<ParseError> wrong = wrong_with(before);
    if (wrong) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    const bool is_entered = ImGui::InputTextWithHint(
        "##Search for", hint_of(bar.pattern.kind), &bar.pattern.text,
        ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    if (wrong) ImGui::PopStyleColor();
    const bool is_field_left = ImGui::IsItemDeactivated();
    const BytePattern now = meant(bar, encoding);
    const std::optional<ParseError> wrong_now = wrong_with(now);
    if (is_entered) {
        if (bar.searched == now && facts.generation != 0 && !facts.was_cancelled) {
            event.kind = ImGui::GetIO().KeyShift ? Kind::kPrevious : Kind::kNext;
        } else {
            event.kind = search(bar, now);
        }
        // Enter goes on to the next one as long as it is pressed.
        bar.wants_focus = true;
    } else if (is_field_left && ImGui::IsKeyPressed(ImGuiKey_Escape, false)) {
        event.kind = Kind::kClose;
    } else if (bar.searched && bar.searched->text == now.text && bar.searched != now &&
               (now.kind != before.kind || now.matches_case != bar.searched->matches_case) &&
               now.kind == bar.searched->kind) {
        event.kind = search(bar, now);  // the same text, with regard to case or without
    }
    ImGui::SameLine();
    ImGui::BeginDisabled(bar.recent.empty());
    if (ImGui::ArrowButton("##Recent searches", ImGuiDir_Down)) ImGui::OpenPopup(kRecentMenu);
    ImGui::EndDisabled();
    hover_text("Earlier searches");
    draw_recent(bar);
    if (!count.empty()) {
        ImGui::SameLine();
        text(count, facts.counted == 0 && !facts.is_running ? Role::kWarning : Role::kMuted);
        if (facts.counted > facts.stored)
            hover_text("The first " + count_text(facts.stored) +
                       " can be listed and gone to; the others are only counted");
    }
    if (shows_progress) {
        ImGui::SameLine();
        draw_progress(facts);
        ImGui::SameLine();
        if (button("Stop##search")) event.kind = Kind::kCancel;
    }
    ImGui::SameLine();
    if (button("Previous##search", ButtonKind::kPlain, why_not_go(facts)))
        event.kind = Kind::kPrevious;
    ImGui::SameLine();
    if (button("Next##search", ButtonKind::kPlain, why_not_go(facts))) event.kind = Kind::kNext;
    ImGui::SameLine();
    if (segment("List##search", bar.is_list_open)) bar.is_list_open = !bar.is_list_open;
    ImGui::SameLine();
    if (button("Close##search", ButtonKind::kQuiet)) event.kind = Kind::kClose;

    if (wrong_now) {
        draw_error(now, *wrong_now);
    } else if (!facts.remark.empty() && bar.searched == now) {
        small_wrapped_text(facts.remark, Role::kWarning);
    } else if (facts.was_cancelled && bar.searched == now) {
        small_text("Stopped; Enter searches again", Role::kMuted);
    }
    if (event.kind == Kind::kClose) bar.is_open = false;
    return event;
}

}  // namespace app::ui
