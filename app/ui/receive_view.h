// The bytes: hex and text of one connection or of all interleaved, each read beginning a row of its own.
//
// The sheet has 64-bit rows (RowMap says which read and which bytes a row shows); only the rows in sight are read from the capture and formatted.
// Thread: frame thread.
#pragma once

#include "app/session/session.h"
#include "app/ui/frame_info.h"
#include "app/ui/row_scroll.h"
#include "app/ui/selection.h"
#include "net/capture/file_table.h"
#include "net/capture/index.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

// A sheet over one connection, or over all (kNone): its rows and where it stands.
struct Sheet {
    ConnectionId connection{};
    std::unique_ptr<net::capture::RowMap> rows{};
    RowScroll scroll{};
    std::uint64_t reads_when_left = 0;  // the tail: reads there were when it was left
    bool is_up_to_date = true;
};

struct ReceiveView {
    enum class Scope : std::uint8_t {
        kFollowSelection,  // the selected connection; all while none is selected
        kAll,
        kPinned,
    };
    Scope scope = Scope::kFollowSelection;
    ConnectionId pinned{};
    Sheet all;
    Sheet one;
    bool is_catching_up = false;  // the sheet drawn last; the other one may stand behind for ever
    const net::capture::ReadIndex* index = nullptr;
    std::vector<std::uint8_t> bytes;  // scratch: of one run of rows
    bool wants_focus = false;
    bool has_focus = false;
};

void draw_receive_view(const session::Session& session,
                       const net::capture::FileTable& files,
                       ReceiveView& view,
                       const Selection& selection,
                       const FrameInfo& frame);

// The rows in sight of the last frame are behind the index: draw another frame.
[[nodiscard]] bool is_catching_up(const ReceiveView& view);

}  // namespace app::ui
