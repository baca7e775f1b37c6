// A text file of ours that several windows may have open at once, such as the saved sends: none of them loses what another has written.
//
// Before a write the file is read again, under a lock (flock(2) of PATH.lock). Is it no longer what this window knows, the two are merged; what then stands in the file
// comes back as a result. A file that was damaged meanwhile is set aside, and that is said.
//
// Thread: frame; work on its own worker.
#pragma once

#include "net/channel/failure.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace app::jobs {

struct SharedFileConfig {
    std::string path;  // absolute
    std::string what;  // "the saved sends", for sentences
    std::size_t most_bytes = std::size_t{1} << 20U;
    // Called on the worker: `ours` with what `theirs` has that `base`, from which both began, had not. Nullopt: `theirs` is damaged.
    std::function<std::optional<std::string>(
        const std::string& base, const std::string& ours, const std::string& theirs)>
        merge;
};

struct SharedFileResult {
    std::string text;                              // what the file holds now: as asked, or merged
    std::optional<net::channel::Failure> failure;  // then it was not written
    std::string remark;  // a sentence: a damaged file was set aside; empty: none
};

class SharedFile {
  public:
    SharedFile(SharedFileConfig config, std::function<void()> wake_frame);
    ~SharedFile();  // writes what is still to be written, joins
    SharedFile(const SharedFile&) = delete;
    SharedFile& operator=(const SharedFile&) = delete;

    // `base`: what the file held when this window last looked: as it was read, or the last result's text. One at a time: the next one after the result of this one. (A last one
    // at the end may follow at once.)
    void write(std::string base, std::string text);
    [[nodiscard]] std::optional<SharedFileResult> take_result();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
