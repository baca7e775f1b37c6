#include "app/ui/framing_form.h"

#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace app::ui {

namespace {

using net::bytes::Framing;
using net::bytes::FramingKind;

struct KindLook {
    FramingKind kind;
    const char* name;
    std::string_view meaning;
};
constexpr std::array<KindLook, 8> kKinds{{
    {FramingKind::kNone, "Each read", "Every read is a message of its own."},
    {FramingKind::kDelimiter, "Delimiter", "A message ends with these bytes, which belong to it."},
    {FramingKind::kFixed, "Fixed length", "Every message has the same length."},
    {FramingKind::kLengthPrefix, "Length prefix",
     "A number before the message says how long it is."},
    {FramingKind::kLeb128, "LEB128 length",
     "As .NET's BinaryWriter.Write(string) sends: 7 bits a byte, the lowest first."},
    {FramingKind::kIdleGap, "Idle gap", "A message ends where nothing came for a while."},
    {FramingKind::kSlip, "SLIP", "RFC 1055: frames end with C0."},
    {FramingKind::kCobs, "COBS", "Consistent overhead byte stuffing: frames end with 00."},
}};

constexpr std::int64_t kMillisecondNs = 1'000'000;

template <typename T>
std::optional<T> whole_number(const std::string& text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, 10);
    if (text.empty() || stop != end || error != std::errc{}) return std::nullopt;
    return value;
}

template <typename T>
void read_number(const std::string& text, T& value, std::string& error) {
    if (const auto number = whole_number<T>(text)) {
        value = *number;
    } else {
        error = "not a whole number";
    }
}

// With a fraction: 0.5
void read_gap(const std::string& text, std::int64_t& gap_ns, std::string& error) {
    const std::size_t point = text.find('.');
    const auto whole = whole_number<std::int64_t>(text.substr(0, point));
    std::int64_t part_ns = 0;
    bool is_good = whole && *whole >= 0 && *whole <= net::bytes::kMostIdleGapNs / kMillisecondNs;
    if (is_good && point != std::string::npos) {
        std::string part = text.substr(point + 1);
        is_good = !part.empty() && part.size() <= 6;
        part.resize(6, '0');
        const auto rest = whole_number<std::int64_t>(part);
        is_good = is_good && rest && *rest >= 0;
        part_ns = is_good ? *rest : 0;
    }
    if (is_good) {
        gap_ns = *whole * kMillisecondNs + part_ns;
    } else {
        error = "not a time in milliseconds, such as 20 or 0.5";
    }
}

void read_delimiters(const FramingForm& form, Framing& framing, FramingErrors& errors) {
    errors.delimiters.resize(form.delimiters.size());
    for (std::size_t i = 0; i < form.delimiters.size(); ++i) {
        const std::string& typed = form.delimiters[i];
        const auto parsed = form.delimiters_are_hex ? net::bytes::parse_hex(typed)
                                                    : net::bytes::parse_escaped(typed);
        if (!parsed) {
            errors.delimiters[i] = parsed.error.message;
        } else if (parsed->empty()) {
            errors.delimiters[i] = "a delimiter has at least one byte";
        } else {
            framing.delimiters.push_back(*parsed);
        }
    }
}

std::string gap_text(std::int64_t gap_ns) {
    std::string text = std::to_string(gap_ns / kMillisecondNs);
    if (const std::int64_t part = gap_ns % kMillisecondNs; part != 0) {
        std::string digits = std::to_string(part);
        digits.insert(0, 6 - digits.size(), '0');
        while (digits.ends_with('0'))
            digits.pop_back();
        text += "." + digits;
    }
    return text;
}

const KindLook& look_of(FramingKind kind) {
    return *std::find_if(kKinds.begin(), kKinds.end(),
                         [&](const KindLook& look) { return look.kind == kind; });
}

bool draw_kind(FramingForm& form) {
    bool is_edited = false;
    small_text("A message is");
    ImGui::SetNextItemWidth(-FLT_MIN);
    if (ImGui::BeginCombo("##Framing kind", look_of(form.kind).name, ImGuiComboFlags_HeightLarge)) {
        for (const KindLook& look : kKinds) {
            if (ImGui::Selectable(look.name, look.kind == form.kind)) {
                form.kind = look.kind;
                is_edited = true;
            }
            hover_text(look.meaning);
        }
        ImGui::EndCombo();
    }
    name_last_item("Framing kind");
    small_wrapped_text(look_of(form.kind).meaning);
    return is_edited;
}

bool draw_delimiters(FramingForm& form, const FramingErrors& errors) {
    bool is_edited = false;
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    if (segment("Text###delimiter text", !form.delimiters_are_hex)) {
        form.delimiters_are_hex = false;
        is_edited = true;
    }
    hover_text("With the escapes of the send box: \\r \\n \\t \\0 \\\\ \\xNN");
    ImGui::SameLine();
    if (segment("Hex###delimiter hex", form.delimiters_are_hex)) {
        form.delimiters_are_hex = true;
        is_edited = true;
    }
    ImGui::PopStyleVar();
    std::optional<std::size_t> removed;
    for (std::size_t i = 0; i < form.delimiters.size(); ++i) {
        push_id(i);
        const std::string& error = i < errors.delimiters.size() ? errors.delimiters[i] : "";
        const float remove = form.delimiters.size() > 1
                                 ? button_width("Remove") + ImGui::GetStyle().ItemSpacing.x
                                 : 0;
        const std::string caption = i == 0 ? "Delimiter" : "or";
        is_edited |= text_field(caption.c_str(), form.delimiters[i],
                                {.hint = form.delimiters_are_hex ? "0d 0a" : "\\r\\n",
                                 .error = error,
                                 .width = ImGui::GetContentRegionAvail().x - remove});
        if (remove > 0) {
            ImGui::SameLine();
            ImGui::SetCursorPosY(ImGui::GetCursorPosY() + ImGui::GetTextLineHeight());
            if (button("Remove", ButtonKind::kQuiet)) removed = i;
        }
        field_error(error);
        ImGui::PopID();
    }
    if (removed) {
        form.delimiters.erase(form.delimiters.begin() + static_cast<std::ptrdiff_t>(*removed));
        is_edited = true;
    }
    if (form.delimiters.size() < net::bytes::kMostDelimiters &&
        button("Add another", ButtonKind::kQuiet)) {
        form.delimiters.emplace_back(form.delimiters_are_hex ? "0d" : "\\r");
        is_edited = true;
    }
    return is_edited;
}

bool draw_field(const char* label, std::string& value, std::string_view error) {
    const bool is_edited = text_field(label, value, {.error = error});
    field_error(error);
    return is_edited;
}

bool draw_length_prefix(FramingForm& form, const FramingErrors& errors) {
    bool is_edited = false;
    small_text("Bytes of the length");
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    constexpr std::array<std::pair<std::uint8_t, const char*>, 4> kSizes{
        {{1, "1###length 1"}, {2, "2###length 2"}, {4, "4###length 4"}, {8, "8###length 8"}}};
    for (const auto& [size, label] : kSizes) {
        if (size != 1) ImGui::SameLine();
        if (segment(label, form.length_bytes == size)) {
            form.length_bytes = size;
            is_edited = true;
        }
    }
    ImGui::SameLine(0, px(kSpace3));
    if (segment("Big-endian", form.is_big_endian)) {
        form.is_big_endian = true;
        is_edited = true;
    }
    ImGui::SameLine();
    if (segment("Little-endian", !form.is_big_endian)) {
        form.is_big_endian = false;
        is_edited = true;
    }
    ImGui::PopStyleVar();
    is_edited |= draw_field("Bytes before the length", form.length_offset, errors.offset);
    is_edited |= ImGui::Checkbox("It counts its own bytes", &form.counts_itself);
    is_edited |= ImGui::Checkbox("It counts the bytes before it", &form.counts_before);
    return is_edited;
}

}  // namespace

bool FramingErrors::is_any() const {
    return !number.empty() || !offset.empty() || !most.empty() || !whole.empty() ||
           std::any_of(delimiters.begin(), delimiters.end(),
                       [](const std::string& error) { return !error.empty(); });
}

FramingForm form_of(const Framing& framing) {
    FramingForm form;
    form.kind = framing.kind;
    if (framing.kind == FramingKind::kDelimiter && !framing.delimiters.empty()) {
        form.delimiters.clear();
        for (const auto& delimiter : framing.delimiters)
            form.delimiters.push_back(net::bytes::escape(delimiter));
    }
    if (framing.fixed_bytes != 0) form.fixed_bytes = std::to_string(framing.fixed_bytes);
    form.length_bytes = framing.length_bytes;
    form.is_big_endian = framing.is_big_endian;
    form.counts_itself = framing.counts_itself;
    form.counts_before = framing.counts_before;
    form.length_offset = std::to_string(framing.length_offset);
    form.most_message_bytes = std::to_string(framing.most_message_bytes);
    form.idle_gap_ms = gap_text(framing.idle_gap_ns);
    return form;
}

std::optional<Framing> framing_of(const FramingForm& form, FramingErrors& errors) {
    errors = {};
    Framing framing;
    framing.kind = form.kind;
    switch (form.kind) {
        case FramingKind::kDelimiter: read_delimiters(form, framing, errors); break;
        case FramingKind::kFixed:
            read_number(form.fixed_bytes, framing.fixed_bytes, errors.number);
            break;
        case FramingKind::kLengthPrefix:
            framing.length_bytes = form.length_bytes;
            framing.is_big_endian = form.is_big_endian;
            framing.counts_itself = form.counts_itself;
            framing.counts_before = form.counts_before;
            read_number(form.length_offset, framing.length_offset, errors.offset);
            read_number(form.most_message_bytes, framing.most_message_bytes, errors.most);
            break;
        case FramingKind::kLeb128:
            read_number(form.most_message_bytes, framing.most_message_bytes, errors.most);
            break;
        case FramingKind::kIdleGap:
            read_gap(form.idle_gap_ms, framing.idle_gap_ns, errors.number);
            break;
        case FramingKind::kNone:
        case FramingKind::kSlip:
        case FramingKind::kCobs: break;
    }
    if (errors.is_any()) return std::nullopt;
    if (auto wrong = net::bytes::check(framing)) {
        errors.whole = std::move(*wrong);
        return std::nullopt;
    }
    return framing;
}

bool draw_framing_form(FramingForm& form) {
    FramingErrors errors;
    static_cast<void>(framing_of(form, errors));
    bool is_edited = draw_kind(form);
    ImGui::Dummy({0, px(2)});
    switch (form.kind) {
        case FramingKind::kDelimiter: is_edited |= draw_delimiters(form, errors); break;
        case FramingKind::kFixed:
            is_edited |= draw_field("Bytes of a message", form.fixed_bytes, errors.number);
            break;
        case FramingKind::kLengthPrefix:
            is_edited |= draw_length_prefix(form, errors);
            is_edited |= draw_field("Longest message", form.most_message_bytes, errors.most);
            break;
        case FramingKind::kLeb128:
            is_edited |= draw_field("Longest message", form.most_message_bytes, errors.most);
            break;
        case FramingKind::kIdleGap:
            is_edited |= draw_field("Milliseconds", form.idle_gap_ms, errors.number);
            break;
        case FramingKind::kNone:
        case FramingKind::kSlip:
        case FramingKind::kCobs: break;
    }
    field_error(errors.whole);
    return is_edited;
}

}  // namespace app::ui
