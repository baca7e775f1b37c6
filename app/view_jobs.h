// The long work that the view of one document's bytes asks for: splitting into messages or lines, searching. Carries out wishes, makes facts.
//
// Each turn of the window's loop: turn(), draw facts(), carry_out(). What runs beside it only rings `wake_frame`; when nothing runs and nothing comes, nothing is asked for.
// Reads of a closed connection are told before its closing, so what is unfinished there then is cut by the end.
// Thread: the frame thread. The jobs end with this, before the session and the files they read.
#pragma once

#include "app/jobs/byte_search.h"
#include "app/jobs/segmentation.h"
#include "app/session/session.h"
#include "app/session/view.h"
#include "net/capture/file_table.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace app {

class ViewJobs {
  public:
    // `session` and `files` outlive this. `directory`: where captures are kept; what the jobs find goes into unnamed files there.
    ViewJobs(const session::Session& session,
             const net::capture::FileTable& files,
             std::string directory,
             std::function<void()> wake_frame);
    ViewJobs(const ViewJobs&) = delete;
    ViewJobs& operator=(const ViewJobs&) = delete;

    void carry_out(session::SplitWish&& wish);
    void carry_out(session::SearchWish&& wish);
    void carry_out(const session::CancelSearchWish& wish);
    void carry_out(const session::ClearSearchWish& wish);

    // What was recorded goes to the jobs, what they found into facts().
    void turn();
    [[nodiscard]] const session::ViewFacts& facts() const { return facts_; }
    // A job reads the files of the capture.
    [[nodiscard]] bool is_at_work() const;

  private:
    // Of the connections whose reads have come since: how each is split.
    [[nodiscard]] std::vector<jobs::StreamChoice> new_streams();
    [[nodiscard]] std::uint32_t splitting_of(net::channel::ConnectionId connection) const;
    [[nodiscard]] bool is_wanted(net::channel::ConnectionId connection) const;
    // Of the connections that have closed since; when the capture itself has ended, of all. Call new_streams() before.
    [[nodiscard]] std::vector<jobs::StreamEnd> new_ends();
    void turn_split();
    void turn_search();

    const session::Session& session_;
    const net::capture::FileTable& files_;
    const std::string directory_;
    const std::function<void()> wake_frame_;

    std::unique_ptr<jobs::Segmentation> segmentation_;  // while something is split
    std::vector<bool> seen_slots_;                      // of the index
    std::uint64_t walked_ = 0;                          // reads whose slots are in it
    std::uint64_t told_reads_ = 0;
    std::size_t told_closings_ = 0;
    bool is_end_told_ = false;  // of the capture

    std::unique_ptr<jobs::ByteSearch> search_;  // once something was searched for
    session::ViewFacts facts_;
};

}  // namespace app
