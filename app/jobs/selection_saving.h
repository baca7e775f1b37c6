// Writes the bytes of a selection of the view into a file, as they are, in the order of the view.
//
// Of reads: those of the index from one place to another that pass the filter. Of messages or lines: their records, and the bytes of each along its stream. The file is
// made as by capture_saving.h: hidden, synced, renamed at the end; a cancelled one leaves nothing. Bytes that cannot be read end it with a failure: nothing is left out silently.
//
// Thread: as capture_saving.h; of the index only what is published is touched. Index and files outlive this.
#pragma once

#include "app/jobs/capture_saving.h"
#include "app/session/view.h"
#include "net/capture/file_table.h"
#include "net/capture/index.h"

#include <functional>
#include <memory>
#include <optional>

namespace app::jobs {

class SelectionSaving {
  public:
    // The wish's filter names connections, no endpoints: who is of which endpoint is not known here.
    SelectionSaving(const net::capture::ReadIndex& index,
                    const net::capture::FileTable& files,
                    session::SaveSelectionWish wish,
                    std::function<void()> wake_frame);
    ~SelectionSaving();  // cancels and joins
    SelectionSaving(const SelectionSaving&) = delete;
    SelectionSaving& operator=(const SelectionSaving&) = delete;

    void cancel();
    [[nodiscard]] double progress() const;
    [[nodiscard]] std::optional<FileMade> take_result();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
