// Searches the bytes of a capture beside everything else: from its first read to the newest, and on as more come.
//
// The worker walks the published reads in order, reads the files in large stretches, and keeps one stream of the search for each connection and direction, so that a
// match may span reads and never connections; a gap (bytes that are missing) ends it. What it finds goes into a MatchStore, in batches.
// Bounded: the streams' states have kMostStateBytes; what was not used for longest is compressed beyond that. A file that was released (a ring) is
// passed over, which the remark says.
//
// Thread: the public functions on the frame thread, the search on its worker. The frame side never waits, but in the destructor, for a slice.
#pragma once

#include "app/session/byte_search.h"
#include "net/capture/file_table.h"
#include "net/capture/index.h"

#include <functional>
#include <memory>
#include <string>

namespace app::jobs {

class ByteSearch {
  public:
    // `files` and `index` outlive this. `directory`: where captures are kept; the matches go into an unnamed file there.
    // `wake_frame` is called on the worker when there is more to show, a few times a second while it runs.
    ByteSearch(const net::capture::FileTable& files,
               const net::capture::ReadIndex& index,
               std::string directory,
               std::function<void()> wake_frame);
    ~ByteSearch();  // cancels and joins
    ByteSearch(const ByteSearch&) = delete;
    ByteSearch& operator=(const ByteSearch&) = delete;

    void start(session::SearchWish wish);
    // Stops where it is; what was found stays.
    void cancel();
    // Forgets all of it: generation 0.
    void clear();
    // Once a frame, after events were folded: takes in what came, lets the worker go on where more was recorded.
    const session::SearchFacts& update();
    [[nodiscard]] const session::SearchFacts& facts() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
