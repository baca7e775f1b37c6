// What the cards of servers and clients have in common: words for states, numbers in fields, names.
//
// Thread: frame thread; no drawing but what says so.
#pragma once

#include "app/session/session.h"
#include "app/ui/theme.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace app::ui {

// "127.0.0.1:9000", "[::1]:9000": what the user typed in two fields as one name.
[[nodiscard]] std::string endpoint_name(std::string_view host, std::string_view port);

// A number typed in a field: decimal digits, least to most. Empty text is `when_empty` where there is one.
struct NumberField {
    std::optional<std::int64_t> value;
    std::string error;
};
[[nodiscard]] NumberField parse_number(std::string_view text,
                                       std::int64_t least,
                                       std::int64_t most,
                                       std::optional<std::int64_t> when_empty);

// What is wrong with a text that was read; empty: nothing.
[[nodiscard]] std::string_view wrong(const auto& parsed) {
    return parsed ? std::string_view{} : std::string_view{parsed.error.message};
}

// A card's fields: they can be edited, and say what is wrong, while its endpoint is at rest.
struct CardFields {
    bool is_at_rest = true;
    bool is_edited = false;  // by any of them

    void field(const char* label,
               std::string& value,
               const char* hint,
               std::string_view error,
               float width);
    // A narrow one beside the one before, with the errors of both below: an address and its port.
    void pair(const char* label,
              std::string& value,
              const char* hint,
              std::string_view error,
              std::string& port,
              std::string_view port_error);
    // Below the fields of a line.
    void error(std::string_view words) const;
    void checkbox(const char* label, bool& value);
};

// Of a number or a port in a card, in pixels.
[[nodiscard]] float narrow_field();

// It holds nothing and can be started (again).
[[nodiscard]] bool is_at_rest(const session::Endpoint* endpoint);

// The card's first line: a dot in the state's colour and shape, the state in words, and what there is to add in a line below.
void draw_state_line(Role role, bool is_filled, std::string_view words, std::string_view detail);

// Of a saved capture: a card for each endpoint of that kind, with its name and what became of it, nothing to press.
void draw_saved_cards(const session::Session& session, session::EndpointKind kind);

// A panel's heading, with a button at its right end. True: it was pressed.
[[nodiscard]] bool draw_add_button(const char* label);

// The last line of a card: the button that says what it will do, and one that takes the card away.
struct CardButtons {
    const char* label = "";
    bool is_primary = false;
    std::string_view why_not;  // in words; empty: it can be pressed
    const char* hint = "";     // on hover, where it can be pressed
    bool can_remove = false;
    const char* remove_hint = "";
};
struct CardPress {
    bool is_pressed = false;
    bool is_removed = false;
};
[[nodiscard]] CardPress draw_card_buttons(const CardButtons& buttons);

}  // namespace app::ui
