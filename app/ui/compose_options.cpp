#include "app/ui/compose_options.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace app::ui {

namespace {

using net::bytes::ComposeText;
using net::bytes::LengthKind;
using net::bytes::LineEnding;

constexpr const char* kInsertMenu = "##insert menu";

template <typename T>
struct Choice {
    T value;
    const char* name;   // in the list
    const char* shown;  // where it is folded
};

constexpr std::array<Choice<LineEnding>, 6> kEndings{{
    {LineEnding::kNone, "No ending", "No ending"},
    {LineEnding::kLf, "LF (\\n)", "LF"},
    {LineEnding::kCrLf, "CR LF (\\r\\n)", "CR LF"},
    {LineEnding::kCr, "CR (\\r)", "CR"},
    {LineEnding::kNul, "NUL (\\0)", "NUL"},
    {LineEnding::kOwn, "Another", ""},
}};

constexpr std::array<Choice<LengthKind>, 6> kLengths{{
    {LengthKind::kNone, "No length", "No length"},
    {LengthKind::kU8, "1 byte", "Length, 1 byte"},
    {LengthKind::kU16, "2 bytes", "Length, 2 bytes"},
    {LengthKind::kU32, "4 bytes", "Length, 4 bytes"},
    {LengthKind::kU64, "8 bytes", "Length, 8 bytes"},
    {LengthKind::kLeb128, "LEB128 (.NET BinaryWriter)", "Length, LEB128"},
}};

struct Placeholder {
    const char* name;
    std::string_view text;
};
constexpr std::array<Placeholder, 9> kPlaceholders{{
    {"Counter: 1, 2, 3", "\\{counter}"},
    {"Counter with 8 digits", "\\{counter:08}"},
    {"Counter in 2 bytes, big-endian", "\\{counter:u16be}"},
    {"Counter in 4 bytes, little-endian", "\\{counter:u32le}"},
    {"Time, as 2025-01-31T14:02:33.123Z", "\\{time}"},
    {"Time, milliseconds since 1970", "\\{time:ms}"},
    {"Time in 4 bytes, big-endian", "\\{time:u32be}"},
    {"4 random bytes", "\\{random:4}"},
    {"16 random bytes", "\\{random:16}"},
}};

template <typename T, std::size_t kCount>
const Choice<T>& look_of(const std::array<Choice<T>, kCount>& choices, T value) {
    return *std::find_if(choices.begin(), choices.end(),
                         [&](const Choice<T>& one) { return one.value == value; });
}

// Pairs with ImGui::EndCombo() where it is true; end_list() after that in any case.
bool begin_list(const char* id, float width) {
    ImGui::SetNextItemWidth(width);
    return ImGui::BeginCombo(
        id, "", static_cast<int>(ImGuiComboFlags_CustomPreview) | ImGuiComboFlags_HeightLarge);
}

// What is chosen is text: own endings are anybody's.
void end_list(
    const char* id, const std::string& shown, bool is_default, float width, const char* words) {
    name_last_item(id);
    if (!ImGui::IsPopupOpen(id)) hover_text(words);
    if (!ImGui::BeginComboPreview()) return;
    text_elided(shown, is_default ? Role::kMuted : Role::kText,
                width - ImGui::GetFrameHeight() - px(kSpace2));
    ImGui::EndComboPreview();
}

template <typename T, std::size_t kCount>
bool draw_choices(const std::array<Choice<T>, kCount>& choices,
                  T& value,
                  ImGuiSelectableFlags flags) {
    bool is_edited = false;
    for (const Choice<T>& one : choices) {
        if (ImGui::Selectable(one.name, one.value == value, flags) && one.value != value) {
            value = one.value;
            is_edited = true;
        }
    }
    return is_edited;
}

bool draw_encoding(ComposeText& typed, float width) {
    using net::bytes::TextEncoding;
    constexpr const char* kList = "##Send encoding";
    bool is_edited = false;
    if (begin_list(kList, width)) {
        for (std::size_t i = 0; i < net::bytes::kTextEncodings; ++i) {
            const auto encoding = static_cast<TextEncoding>(i);
            const bool is_there = net::bytes::is_available(encoding);
            const std::string name(net::bytes::name(encoding));
            if (ImGui::Selectable(name.c_str(), typed.encoding == encoding,
                                  is_there ? 0 : ImGuiSelectableFlags_Disabled) &&
                typed.encoding != encoding) {
                typed.encoding = encoding;
                is_edited = true;
            }
        }
        ImGui::EndCombo();
    }
    end_list(kList, std::string(net::bytes::name(typed.encoding)),
             typed.encoding == TextEncoding::kUtf8, width, "The encoding in which text is sent");
    return is_edited;
}

bool draw_own_ending(Composer& composer, bool takes_focus) {
    const std::string error =
        composer.is_read && !composer.parsed.composition && composer.parsed.error_is_in_ending
            ? composer.parsed.composition.error.message
            : std::string{};
    if (takes_focus) ImGui::SetKeyboardFocusHere();
    const bool is_edited = text_field("Own ending", composer.typed.own_ending,
                                      {.hint = "<EOF>", .error = error, .width = px(200)});
    field_error(error);
    return is_edited;
}

bool draw_ending(Composer& composer, float width) {
    constexpr const char* kList = "##Ending";
    ComposeText& typed = composer.typed;
    bool is_edited = false;
    if (begin_list(kList, width)) {
        is_edited |= draw_choices(kEndings, typed.ending, ImGuiSelectableFlags_NoAutoClosePopups);
        if (typed.ending == LineEnding::kOwn) is_edited |= draw_own_ending(composer, is_edited);
        ImGui::EndCombo();
    }
    std::string shown = look_of(kEndings, typed.ending).shown;
    if (typed.ending == LineEnding::kOwn)
        shown = typed.own_ending.empty() ? "Own ending, empty"
                                         : "Ending " + net::bytes::printable(typed.own_ending, 40);
    end_list(kList, shown, typed.ending == LineEnding::kNone, width,
             "What is appended to the text");
    return is_edited;
}

bool draw_order(const char* big, const char* little, bool& is_big_endian) {
    bool is_edited = false;
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    if (segment(big, is_big_endian) && !is_big_endian) is_big_endian = is_edited = true;
    ImGui::SameLine();
    if (segment(little, !is_big_endian) && is_big_endian) {
        is_big_endian = false;
        is_edited = true;
    }
    ImGui::PopStyleVar();
    return is_edited;
}

bool draw_length(ComposeText& typed, float width) {
    constexpr const char* kList = "##Length";
    const auto has_order = [&] {
        return typed.length != LengthKind::kNone && typed.length != LengthKind::kU8 &&
               typed.length != LengthKind::kLeb128;
    };
    bool is_edited = false;
    if (begin_list(kList, width)) {
        is_edited |= draw_choices(kLengths, typed.length, ImGuiSelectableFlags_NoAutoClosePopups);
        if (has_order())
            is_edited |= draw_order("Big-endian###length big", "Little-endian###length little",
                                    typed.length_is_big_endian);
        if (typed.length != LengthKind::kNone)
            is_edited |= ImGui::Checkbox("It counts its own bytes", &typed.length_counts_itself);
        ImGui::EndCombo();
    }
    std::string shown = look_of(kLengths, typed.length).shown;
    if (has_order()) shown += typed.length_is_big_endian ? " BE" : " LE";
    end_list(kList, shown, typed.length == LengthKind::kNone, width,
             "A number in front that says how many bytes follow");
    return is_edited;
}

// A byte's number, kept as it is where what is typed is none. Empty: `when_empty`.
bool draw_byte_number(const char* label, std::uint32_t& value, std::uint32_t when_empty) {
    std::string typed = value == when_empty ? std::string{} : std::to_string(value);
    if (!text_field(label, typed, {.hint = when_empty == 0 ? "0" : "to the end", .width = px(110)}))
        return false;
    std::uint32_t number = when_empty;
    const char* const end = typed.data() + typed.size();
    if (!typed.empty()) {
        const auto [stop, error] = std::from_chars(typed.data(), end, number, 10);
        if (stop != end || error != std::errc{}) return false;
    }
    value = number;
    return true;
}

bool draw_checksum_range(ComposeText& typed) {
    bool is_edited = false;
    if (net::bytes::width_bytes(typed.checksum) > 1)
        is_edited |= draw_order("Big-endian###checksum big", "Little-endian###checksum little",
                                typed.checksum_is_big_endian);
    is_edited |= draw_byte_number("From byte", typed.checksum_first_byte, 0);
    ImGui::SameLine();
    is_edited |= draw_byte_number("To byte", typed.checksum_last_byte, net::bytes::kToTheEnd);
    small_text("Bytes are counted from 0, the length included");
    return is_edited;
}

bool draw_checksum(ComposeText& typed, float width) {
    using net::bytes::Checksum;
    constexpr const char* kList = "##Checksum";
    bool is_edited = false;
    if (begin_list(kList, width)) {
        if (ImGui::Selectable("No checksum", !typed.has_checksum,
                              ImGuiSelectableFlags_NoAutoClosePopups)) {
            is_edited = typed.has_checksum;
            typed.has_checksum = false;
        }
        for (std::size_t i = 0; i < net::bytes::kChecksums; ++i) {
            const auto one = static_cast<Checksum>(i);
            const std::string name(net::bytes::name(one));
            if (!ImGui::Selectable(name.c_str(), typed.has_checksum && typed.checksum == one,
                                   ImGuiSelectableFlags_NoAutoClosePopups))
                continue;
            typed.has_checksum = true;
            typed.checksum = one;
            is_edited = true;
        }
        if (typed.has_checksum) is_edited |= draw_checksum_range(typed);
        ImGui::EndCombo();
    }
    std::string shown = "No checksum";
    if (typed.has_checksum) {
        shown = net::bytes::name(typed.checksum);
        if (net::bytes::width_bytes(typed.checksum) > 1)
            shown += typed.checksum_is_big_endian ? " BE" : " LE";
    }
    end_list(kList, shown, !typed.has_checksum, width, "A checksum behind the text and its ending");
    return is_edited;
}

std::string_view draw_insert(Composer& composer, float width) {
    if (button("Insert", ButtonKind::kPlain, {}, {width, 0})) ImGui::OpenPopup(kInsertMenu);
    hover_text("Puts in what is made anew for each sending: counter, time, random bytes");
    std::string_view chosen;
    if (!ImGui::BeginPopup(kInsertMenu)) return chosen;
    for (const Placeholder& one : kPlaceholders)
        if (ImGui::MenuItem(one.name)) chosen = one.text;
    ImGui::Separator();
    const std::string again =
        "Count from 1 again (next: " + count_text(composer.next_count) + ")###count again";
    if (ImGui::MenuItem(again.c_str(), nullptr, false, composer.next_count != 1)) {
        composer.next_count = 1;
        composer.is_read = false;
    }
    ImGui::EndPopup();
    return chosen;
}

}  // namespace

std::string_view draw_compose_options(Composer& composer) {
    constexpr float kLists = 4;
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float insert = button_width("Insert");
    const float room = ImGui::GetContentRegionAvail().x - insert - kLists * spacing;
    const float width = std::floor(std::clamp(room / kLists, px(80), px(190)));
    ComposeText& typed = composer.typed;
    bool is_edited = draw_encoding(typed, width);
    ImGui::SameLine();
    is_edited |= draw_ending(composer, width);
    ImGui::SameLine();
    is_edited |= draw_length(typed, width);
    ImGui::SameLine();
    is_edited |= draw_checksum(typed, width);
    ImGui::SameLine();
    const std::string_view inserted = draw_insert(composer, insert);
    if (is_edited) composer.is_read = false;
    return inserted;
}

}  // namespace app::ui
