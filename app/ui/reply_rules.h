// The rules in the editor of replies: the list with its hits, and the fields of the one that is chosen. Only replies_panel.cpp and its tests include this.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/ui/replies_panel.h"

#include <array>
#include <span>
#include <string_view>

namespace app::ui {

// What can be put into a text: its name in the menu, and what is typed for it.
struct ReplyPlaceName {
    const char* name;
    std::string_view text;
};
inline constexpr std::array<ReplyPlaceName, 2> kWelcomePlaces{
    {{"Peer's address", "\\{peer}"}, {"Time", "\\{time}"}}};
inline constexpr std::array<ReplyPlaceName, 3> kRelayPlaces{
    {{"The message", "\\{message}"}, {"Sender's address", "\\{peer}"}, {"Time", "\\{time}"}}};
inline constexpr std::array<ReplyPlaceName, 3> kLeftPlaces{
    {{"Peer's address", "\\{peer}"}, {"Why it left", "\\{reason}"}, {"Time", "\\{time}"}}};

// A text with places to fill in: caption, kind, field, a menu that puts places at its end. True: edited.
[[nodiscard]] bool draw_reply_text(const char* label,
                                   const char* hint,
                                   net::channel::ReplyText& text,
                                   std::string_view error,
                                   std::span<const ReplyPlaceName> places);

[[nodiscard]] bool draw_rules(RepliesPanel& panel,
                              const RepliesErrors& errors,
                              const session::ReplyFacts* facts);

}  // namespace app::ui
