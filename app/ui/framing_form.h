// The form in which a framing is chosen: the kind, and its fields as they are being typed.
//
// Thread: frame thread, within a frame; framing_of() and fill_form() are pure.
#pragma once

#include "net/bytes/framing.h"

#include <optional>
#include <string>
#include <vector>

namespace app::ui {

struct FramingForm {
    net::bytes::FramingKind kind = net::bytes::FramingKind::kNone;
    bool delimiters_are_hex = false;
    std::vector<std::string> delimiters{"\\n"};
    std::string fixed_bytes = "16";
    std::uint8_t length_bytes = 4;
    bool is_big_endian = true;
    bool counts_itself = false;
    bool counts_before = false;
    std::string length_offset = "0";
    std::string most_message_bytes = "16777216";
    std::string idle_gap_ms = "20";
};

// What is wrong, by field; an error without a field of its own stands under the kind.
struct FramingErrors {
    std::vector<std::string> delimiters;  // one each
    std::string number;                   // of the field that the kind has
    std::string offset;
    std::string most;
    std::string whole;

    [[nodiscard]] bool is_any() const;
};

[[nodiscard]] FramingForm form_of(const net::bytes::Framing& framing);
// Nothing: a field is wrong.
[[nodiscard]] std::optional<net::bytes::Framing> framing_of(const FramingForm& form,
                                                            FramingErrors& errors);

// True: edited.
bool draw_framing_form(FramingForm& form);

}  // namespace app::ui
