#include "app/ui/settings_panel.h"

#include "app/ui/endpoint_form.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>

#include <string_view>

namespace app::ui {

namespace {

using net::channel::CaptureBounds;

constexpr std::uint64_t kMib = std::uint64_t{1} << 20;
constexpr std::int64_t kMostFreeMib = std::int64_t{1} << 30;  // a pebibyte
constexpr std::int64_t kLeastRingFiles = 2;
constexpr std::int64_t kMostRingFiles = 100'000;
// One file stays under 4 TiB, or its offsets would not fit the index.
constexpr std::int64_t kMostRingMib = std::int64_t{4} << 20;

struct Form {
    NumberField least_free;
    NumberField ring_files;
    NumberField ring_size;

    [[nodiscard]] bool is_right(bool has_ring) const {
        return least_free.value && (!has_ring || (ring_files.value && ring_size.value));
    }
};

Form read_form(const SettingsPanel& panel) {
    Form form;
    form.least_free = parse_number(panel.least_free, 0, kMostFreeMib, std::nullopt);
    form.ring_files = parse_number(panel.ring_files, kLeastRingFiles, kMostRingFiles, std::nullopt);
    form.ring_size = parse_number(panel.ring_size, 1, kMostRingMib, std::nullopt);
    return form;
}

std::string mib_text(std::uint64_t bytes) {
    return std::to_string((bytes + kMib - 1) / kMib);
}

void draw_free(SettingsPanel& panel, const Form& form) {
    text_field("Least free space (MiB)", panel.least_free,
               {.hint = "256", .error = form.least_free.error, .width = px(140)});
    field_error(form.least_free.error);
    small_wrapped_text(
        "With less than this free on the disk, reading pauses until there is more; nothing is "
        "lost. 0: the disk may fill up.");
}

void draw_ring(SettingsPanel& panel, const Form& form) {
    ImGui::Checkbox("Keep only the newest files (a ring)", &panel.has_ring);
    small_wrapped_text(
        panel.has_ring
            ? "The capture goes on in a new file when one is full, and the oldest beyond this "
              "many is deleted with its bytes."
            : "Off: everything is kept in one file while the disk has room.");
    if (!panel.has_ring) return;
    text_field("Files", panel.ring_files,
               {.hint = "10", .error = form.ring_files.error, .width = px(100)});
    ImGui::SameLine();
    text_field("MiB each", panel.ring_size,
               {.hint = "100", .error = form.ring_size.error, .width = px(140)});
    field_error(form.ring_files.error);
    field_error(form.ring_size.error);
    if (!form.is_right(true)) return;
    small_wrapped_text("At most about " +
                       size_text(static_cast<std::uint64_t>(*form.ring_files.value) *
                                 static_cast<std::uint64_t>(*form.ring_size.value) * kMib) +
                       " are kept.");
}

}  // namespace

void open_settings(SettingsPanel& panel, const session::Settings& settings) {
    constexpr std::uint64_t kUsualRingFiles = 10;
    constexpr std::uint64_t kUsualRingBytes = 100 * kMib;
    const CaptureBounds& bounds = settings.bounds;
    if (!panel.panel.is_open) {
        panel.least_free = mib_text(bounds.least_free_bytes);
        panel.has_ring = bounds.ring_files != 0;
        panel.ring_files =
            std::to_string(bounds.ring_files == 0 ? kUsualRingFiles : bounds.ring_files);
        panel.ring_size =
            mib_text(bounds.ring_file_bytes == 0 ? kUsualRingBytes : bounds.ring_file_bytes);
    }
    panel.panel.open();
}

std::optional<CaptureBounds> bounds_of(const SettingsPanel& panel) {
    const Form form = read_form(panel);
    if (!form.is_right(panel.has_ring)) return std::nullopt;
    CaptureBounds bounds;
    bounds.least_free_bytes = static_cast<std::uint64_t>(*form.least_free.value) * kMib;
    if (panel.has_ring) {
        bounds.ring_files = static_cast<std::uint32_t>(*form.ring_files.value);
        bounds.ring_file_bytes = static_cast<std::uint64_t>(*form.ring_size.value) * kMib;
    }
    return bounds;
}

void draw_settings_panel(SettingsPanel& panel,
                         const session::DeskFacts& facts,
                         session::DeskWishes& wishes) {
    if (!panel.panel.is_open) return;
    if (begin_panel(panel.panel, {.title = "Settings###settings", .width = 440})) {
        const Form form = read_form(panel);
        strong_text("How much of the disk a capture may take");
        if (panel.panel.wants_front) ImGui::SetKeyboardFocusHere();
        draw_free(panel, form);
        ImGui::Dummy({0, px(kSpace1)});
        draw_ring(panel, form);
        ImGui::Dummy({0, px(kSpace1)});
        const std::optional<CaptureBounds> bounds = bounds_of(panel);
        std::string_view why_not;
        if (!bounds) why_not = "A number above is not right yet";
        if (button("Apply", ButtonKind::kPrimary, why_not)) {
            session::Settings changed = facts.settings;
            changed.bounds = *bounds;
            wishes.emplace_back(session::ChangeSettingsWish{.settings = std::move(changed)});
            panel.panel.is_open = false;
        }
        ImGui::SameLine();
        if (button("Cancel")) panel.panel.is_open = false;
    }
    end_panel(panel.panel);
}

}  // namespace app::ui
