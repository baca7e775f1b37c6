// The line over the bytes: whose they are, in which mode, how they are split and decoded, and what else can be opened.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/session/session.h"
#include "app/session/view.h"
#include "app/ui/framing_form.h"
#include "app/ui/selection.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

enum class ViewScope : std::uint8_t {
    kFollowSelection,  // the selected connections; all while none is selected
    kAll,
    kPinned,
};

// What the toolbar changes besides the settings.
struct ToolbarState {
    ViewScope scope = ViewScope::kFollowSelection;
    ConnectionId pinned{};
    bool is_paused = false;
    FramingForm framing_form;
    net::channel::EndpointId form_endpoint{};  // whose form it is
    bool is_form_filled = false;
};

struct ToolbarFacts {
    std::vector<net::channel::EndpointId> endpoints;  // whose bytes are shown, ascending
    bool is_live = true;
    std::optional<net::bytes::TextEncoding> hint;  // the bytes look like this encoding
    bool is_filter_open = false;
    bool is_filtered = false;
    bool is_search_open = false;
    bool is_side_open = false;
};

enum class ToolbarPress : std::uint8_t { kNone, kFilter, kSearch, kGoTo, kSide, kHighlights };

// `settings` are changed in place; whoever draws passes them on.
[[nodiscard]] ToolbarPress draw_view_toolbar(ToolbarState& state,
                                             session::ViewSettings& settings,
                                             const session::Session& session,
                                             const ToolbarFacts& facts);

// The framing that was chosen for an endpoint; a default one where none was.
[[nodiscard]] net::bytes::Framing framing_of(const session::ViewSettings& settings,
                                             const session::Session& session,
                                             net::channel::EndpointId endpoint);

}  // namespace app::ui
