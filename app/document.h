// One capture on the desk: the session that folds it, and what feeds that session (the network thread, or the reading of a saved capture).
//
// Thread: the frame thread. What runs beside it (network, reading, the ledger's count) only rings `wake_frame`.
#pragma once

#include "app/demo.h"
#include "app/frame_side.h"
#include "app/jobs/capture_opening.h"
#include "app/jobs/capture_saving.h"
#include "app/jobs/ledger_audit.h"
#include "app/session/desk.h"
#include "app/session/session.h"
#include "app/view_jobs.h"
#include "net/capture/file_table.h"
#include "net/service/service.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app {

// Where captures are kept that nobody named: a capture there is the user's only once it has been saved.
struct DefaultPlace {
    std::string directory;  // absolute, without a slash at its end
    [[nodiscard]] bool holds(std::string_view path) const;
};

class Document {
  public:
    // Live. `demo` may be null. `directory`: where captures are kept.
    Document(session::DocumentId id,
             net::capture::FileTable& files,
             const std::string& directory,
             std::unique_ptr<net::service::Service> service,
             std::unique_ptr<Demo> demo,
             const std::function<void()>& wake_frame);
    // Saved. `path`: absolute; empty: it comes from standard input.
    Document(session::DocumentId id,
             net::capture::FileTable& files,
             const std::string& directory,
             std::unique_ptr<jobs::CaptureOpening> opening,
             std::string path,
             const std::function<void()>& wake_frame);
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    [[nodiscard]] session::DocumentId id() const { return id_; }
    [[nodiscard]] session::Session& session() { return session_; }
    [[nodiscard]] const session::Session& session() const { return session_; }
    [[nodiscard]] net::channel::Link& link() {
        return service_ ? service_->link() : opening_->link();
    }
    // The long work of the view of its bytes.
    [[nodiscard]] ViewJobs& view() { return view_; }
    [[nodiscard]] const ViewJobs& view() const { return view_; }
    [[nodiscard]] bool is_live() const { return service_ != nullptr; }
    [[nodiscard]] const Demo* demo() const { return demo_.get(); }
    // Of standard input, which ends when whoever feeds it says so.
    [[nodiscard]] bool is_stream() const { return opening_ != nullptr && path_.empty(); }
    [[nodiscard]] bool is_arriving() const { return is_stream() && !session_.is_stopped(); }
    // Ends what feeds it, live or a stream: session().is_stopped() once all that came has been told.
    void end_input();
    // 0..1 while it is being read, else negative; of a stream always so.
    [[nodiscard]] double opening_progress() const;
    // What frame_side.h's functions work on. Valid while this is.
    [[nodiscard]] FrameSide side();
    // The very file that is shown here, whatever its name is by now; not one that has taken its name since.
    [[nodiscard]] bool shows_file(const std::string& path) const;
    [[nodiscard]] std::string title() const;  // "Live", or the file's name; printable

    // What follows every drain.
    void turn(std::int64_t now_ns, std::int64_t monotonic_now_ns);
    // Commands did not fit into the queue: turn again soon.
    [[nodiscard]] bool has_commands() const { return has_commands_; }
    // Hands over what session() was asked for since the turn.
    void post() { has_commands_ = session_.post_to(link()); }

    // ---- What a Save copies, and what none has copied yet. ----

    // Whole blocks only: of what still grows up to what is known to be whole, once it has ended to the end. Empty: nothing to copy yet.
    [[nodiscard]] std::vector<jobs::CapturePart> parts() const;
    // `parts`: as they were asked for; `bytes`: of the copy; `notes`: notes_version() when the Save began.
    void note_saved(std::vector<jobs::CapturePart> parts,
                    std::string path,
                    std::uint64_t bytes,
                    std::uint64_t notes);
    [[nodiscard]] std::uint64_t notes_version() const { return session_.notes().unkept_version(); }
    // The notes that the copy is to hold; nothing: there are none, and never were.
    [[nodiscard]] std::optional<std::vector<jobs::SavedNote>> notes() const;
    [[nodiscard]] const std::string& saved_path() const { return saved_path_; }
    // A live capture that lies in the default place, or one from standard input, which lies nowhere, and holds something that the last saved copy lacks.
    // Or one with notes that are in no file.
    [[nodiscard]] bool has_unsaved(const DefaultPlace& place) const;
    // What has_unsaved() is about is nothing but notes: the capture itself is in a file.
    [[nodiscard]] bool has_unsaved_notes() const {
        return session_.notes().unkept_version() != saved_notes_;
    }
    // A live capture of which nothing is unsaved, and the copy is still there in its whole length. Asks the disk.
    [[nodiscard]] bool is_kept_elsewhere(const DefaultPlace& place) const;
    // The files that delete_files() is about, the newest first.
    [[nodiscard]] std::vector<std::string> files_in(const DefaultPlace& place) const;
    // Deletes this capture's files in the default place. Once the network thread has stopped. Empty, or what went wrong, a line each.
    [[nodiscard]] std::vector<std::string> delete_files(const DefaultPlace& place) const;

  private:
    const session::DocumentId id_;
    net::capture::FileTable& files_;
    session::Session session_;
    const std::string path_;
    std::unique_ptr<net::service::Service> service_;  // null: a saved capture
    std::unique_ptr<jobs::CaptureOpening> opening_;   // null: a live one
    std::unique_ptr<jobs::LedgerAudit> audit_;        // reads what the two above made: ends first
    std::unique_ptr<Demo> demo_;
    ViewJobs view_;                         // reads what all of the above made: ends first
    std::vector<jobs::CapturePart> saved_;  // what the last Save has copied
    std::uint64_t saved_notes_ = 0;         // what of Notes::unkept_version() a Save has copied
    std::string saved_path_;
    std::uint64_t saved_bytes_ = 0;
    bool has_commands_ = false;
};

}  // namespace app
