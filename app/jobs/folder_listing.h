// What is in a folder, for the file chooser.
//
// Thread: as capture_saving.h; but the destructor waits a moment only: a worker that hangs in a file system which does not answer is left to itself (worker.h).
#pragma once

#include "app/session/desk.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace app::jobs {

class FolderListing {
  public:
    explicit FolderListing(std::function<void()> wake_frame);
    ~FolderListing();
    FolderListing(const FolderListing&) = delete;
    FolderListing& operator=(const FolderListing&) = delete;

    // The latest wish wins. A path that is a file lists the folder it is in; "~" at its beginning is the home folder ($HOME). FolderContents::asked is `path` as given.
    void list(std::string path);
    [[nodiscard]] std::optional<session::FolderContents> take_result();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
