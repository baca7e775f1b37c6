// What is remembered between runs and can be changed: how much of the disk a capture may take.
//
// Thread: frame thread.
#pragma once

#include "app/session/desk.h"
#include "app/ui/panel.h"

#include <optional>
#include <string>

namespace app::ui {

struct SettingsPanel {
    Panel panel;
    // As typed.
    std::string least_free;
    bool has_ring = false;
    std::string ring_files;
    std::string ring_size;
};

// With what holds now.
void open_settings(SettingsPanel& panel, const session::Settings& settings);
void draw_settings_panel(SettingsPanel& panel,
                         const session::DeskFacts& facts,
                         session::DeskWishes& wishes);

// What the fields say; nullopt: one of them is wrong.
[[nodiscard]] std::optional<net::channel::CaptureBounds> bounds_of(const SettingsPanel& panel);

}  // namespace app::ui
