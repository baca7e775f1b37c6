// Selected bytes as text for the clipboard: gathered, formatted, and refused where they are too many.
//
// Thread: frame thread; preads recorded bytes.
#pragma once

#include "app/ui/byte_selection.h"
#include "app/ui/sheet.h"
#include "net/bytes/byte_formats.h"
#include "net/bytes/text_encoding.h"

#include <cstdint>
#include <optional>
#include <string>

namespace app::ui {

// A clipboard is for what a person reads or pastes; what is larger is a file. It is also what one frame can format in a tenth of a second.
inline constexpr std::uint64_t kMostClipboardBytes = std::uint64_t{16} << 20U;
inline constexpr std::uint64_t kMostClipboardReads = 50'000;

struct Copied {
    std::string text;
    std::uint64_t bytes = 0;    // of the selection
    std::string refusal;        // a sentence: why nothing was copied; empty: it was
    bool is_too_large = false;  // then saving is what helps
};

// What is selected in `sheet`, of which there are `bytes`.
[[nodiscard]] Copied copy_selection(const session::Session& session,
                                    const net::capture::FileTable& files,
                                    const Sheet& sheet,
                                    const SelectedBytes& selected,
                                    net::bytes::ByteFormat format,
                                    net::bytes::TextEncoding encoding);

}  // namespace app::ui
