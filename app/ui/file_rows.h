// The rows of the file chooser: a table with headings to sort by, the keyboard, and what a press means.
//
// Thread: frame thread. Ten thousand entries cost the rows in sight.
#pragma once

#include "app/session/desk.h"
#include "app/ui/frame_info.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace app::ui {

struct FileChooser;

// Places in FileChooser::order.
struct RowPress {
    std::optional<std::size_t> picked;     // clicked, or reached by keys
    std::optional<std::size_t> activated;  // double click, Enter
    bool goes_up = false;
    bool lists_again = false;
};

// `contents` null: nothing has been listed yet.
RowPress draw_file_rows(FileChooser& chooser,
                        const session::FolderContents* contents,
                        float height,
                        const FrameInfo& frame);

// A line in a menu that stands for a path: its name, and where it is. `id`: differs within the menu. True: pressed.
bool path_choice(std::uint64_t id, const std::string& path);
// "2025-01-31 14:02".
[[nodiscard]] std::string minute_text(std::int64_t time_ns);

}  // namespace app::ui
