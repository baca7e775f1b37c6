// Whether a saved capture is one of ours, so that the auditor can count it.
//
// Thread: any. Looks at the file's first block only.
#pragma once

#include "net/capture/file_table.h"
#include "net/channel/ids.h"

namespace app::jobs {

// True: its section header carries our signature, in this machine's byte order.
[[nodiscard]] bool is_own_capture(const net::capture::FileTable& files, net::channel::FileId file);

}  // namespace app::jobs
