// Two properties of Unicode's characters, as tables: which stand on the one before them, and which are two columns wide.
//
// Pure. Thread: any.
#pragma once

namespace app::ui {

// General category Mn or Me: a combining mark that has no width of its own.
[[nodiscard]] bool is_mark(char32_t c);
// East Asian Width W or F, emoji among them.
[[nodiscard]] bool is_wide(char32_t c);

}  // namespace app::ui
