// The desk: the captures that lie on it (the live one, opened ones), the long work under way, what is remembered, and how the window ends. It makes
// session::DeskFacts and carries out session::DeskWishes; it knows no window and draws nothing.
//
// Each turn of the window's loop: drain(), turn(), draw facts(), carry_out(). What runs beside it only rings `wake_frame`.
//
// Thread: the frame thread.
#pragma once

#include "app/desk_jobs.h"
#include "app/document.h"
#include "app/jobs/folder_listing.h"
#include "app/jobs/left_captures.h"
#include "app/jobs/text_exchange.h"
#include "app/remembered.h"
#include "app/remembered_sends.h"
#include "app/session/desk.h"
#include "app/session/session_file.h"
#include "net/capture/file_table.h"
#include "net/channel/failure.h"
#include "net/service/service.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app {

struct DeskConfig {
    // Of a live capture. Its bounds come from the settings, and `ring` (--ring) wins over theirs.
    net::service::ServiceConfig service;
    std::optional<net::channel::CaptureBounds> ring;
    // --write: the capture is where the user wants it, as the user wants it: never unsaved, no ring from the settings.
    bool is_capture_named = false;
    DefaultPlace place;
    std::string settings_path;  // empty: nothing is remembered
    std::string home;           // what "~" stands for; empty: itself
    bool runs_demo = false;
    std::vector<std::uint8_t> demo_greeting;
    // Somebody sits in front of it: left captures are offered, and leaving with an unsaved one asks. Not with --demo or --screenshot.
    bool is_attended = true;
};

class Documents {
  public:
    // `files` outlives this.
    Documents(net::capture::FileTable& files, DeskConfig config, std::function<void()> wake_frame);
    // Cancels long work; a network thread that still runs is stopped as by Service's destructor.
    ~Documents();
    Documents(const Documents&) = delete;
    Documents& operator=(const Documents&) = delete;

    // ---- The first document, before everything else. ----

    [[nodiscard]] bool start_live(net::channel::Failure& failure);
    // `path`: absolute; "-": standard input.
    [[nodiscard]] bool start_saved(const std::string& path, net::channel::Failure& failure);
    // Starts what a session file holds, in the live document, without a question: the user has said so. `path`: for the notice.
    void start_session(session::SessionFile&& file, const std::string& path);

    // ---- Each turn. `monotonic_now_ns`: CLOCK_MONOTONIC. ----

    // Folds what has come, the document in sight first, for about `budget_ns` since `began_ns`. True: events are left.
    [[nodiscard]] bool drain(std::int64_t began_ns, std::int64_t budget_ns);
    // Ledgers, demos, commands, results of long work, the end. Then facts() is up to date.
    void turn(std::int64_t monotonic_now_ns);
    // When turn() next wants to be called without an event; the far future: never.
    [[nodiscard]] std::int64_t next_turn_ns(std::int64_t monotonic_now_ns) const;
    void carry_out(session::DeskWishes&& wishes);
    // Of the view of the document in sight.
    void carry_out(session::ViewWishes&& wishes);
    // Hands the commands of the document in sight to the network thread.
    void post() { active().post(); }

    [[nodiscard]] const session::DeskFacts& facts() const { return facts_; }
    [[nodiscard]] Document& active();
    [[nodiscard]] const Document& active() const;
    // The one whose network thread runs or ran; null: none.
    [[nodiscard]] Document* live();
    [[nodiscard]] const net::capture::FileTable& files() const { return files_; }

    // ---- The end. ----

    // The user wants to leave: closes the window. Asks first where something would be lost.
    void ask_to_quit();
    // There is nothing more to ask: the loop may end.
    [[nodiscard]] bool is_over() const { return is_over_; }
    // The last word, after the network thread was asked to stop: deletes the live capture in the default place if the user has discarded it, if nothing is in it, or
    // if a Save has copied all of it, to its very end, and that copy is still there. Nothing is deleted where the thread has not stopped (`has_stopped`): it may still
    // write. Lines about what went wrong.
    [[nodiscard]] std::vector<std::string> leave(bool has_stopped);

  private:
    // Carrying out: documents_wishes.cpp.
    void carry_out(session::OpenCaptureWish&& wish);
    void carry_out(session::OpenLiveWish&& wish);
    void carry_out(session::ActivateDocumentWish&& wish);
    void carry_out(session::CloseDocumentWish&& wish);
    void carry_out(session::SaveWish&& wish);
    void carry_out(session::ExportWish&& wish);
    void carry_out(session::CancelJobWish&& wish);
    void carry_out(session::DismissNoticeWish&& wish);
    void carry_out(session::ListFolderWish&& wish);
    void carry_out(session::LookForLeftWish&& wish);
    void carry_out(session::DiscardLeftWish&& wish);
    void carry_out(session::KeepLeftWish&& wish);
    void carry_out(session::ChangeSettingsWish&& wish);
    void carry_out(session::QuitWish&& wish);
    // documents_sends.cpp.
    void carry_out(session::ChangeSavedSendsWish&& wish);
    void carry_out(session::ImportSendsWish&& wish);
    void carry_out(session::ExportSendsWish&& wish);
    void carry_out(session::RememberSentWish&& wish);
    void carry_out(session::ForgetSentWish&& wish);
    void turn_sends();
    void take_import(const std::string& path, const std::string& text);
    void take_text(jobs::TextAnswer&& answer);
    void tell_sends();
    // documents_session.cpp.
    void carry_out(session::OpenSessionWish&& wish);
    void carry_out(session::AnswerSessionWish&& wish);
    void carry_out(session::SaveSessionWish&& wish);
    void take_session(const std::string& path, const std::string& text);
    [[nodiscard]] session::SessionFile session_of(Document& document) const;
    void carry_out(session::SaveSelectionWish&& wish);
    void carry_out(session::ChangeViewSettingsWish&& wish);

    enum class TextUse : std::uint8_t { kImport, kExport, kOpenSession, kSaveSession };

    [[nodiscard]] Document* find(session::DocumentId id);
    [[nodiscard]] Document* find_showing(const std::string& path);
    [[nodiscard]] bool is_offered(const session::LeftCapture& left);
    void look_what_to_offer();
    // Not to be offered at later starts, if it lies in the default place.
    void know_left(const std::vector<std::string>& paths);
    // Those that are no longer there need no remembering.
    void forget_known_left();
    // A live capture that goes on elsewhere has not crashed in the files before.
    void know_what_went_on();
    [[nodiscard]] std::string absolute(std::string path) const;
    // kNone: it cannot be now, and that was said.
    [[nodiscard]] session::JobId save(Document& document, std::string path, bool may_overwrite);
    // True: nothing can be written there now, and that was said. `what`: "save", "export".
    [[nodiscard]] bool is_refused(const std::string& what,
                                  const Document* document,
                                  const std::vector<jobs::CapturePart>& parts,
                                  const std::string& path);
    void remember_use_of(const std::string& path);
    // `about`: whose log has it as well; null: the active document's.
    void notice(session::Severity severity, std::string text, Document* about = nullptr);

    void take_results();
    void take_ended(DeskJobs::Ended&& ended);
    void turn_quitting(std::int64_t monotonic_now_ns);
    void turn_saving(std::int64_t monotonic_now_ns);
    void set_quit(session::QuitState state);
    // To the next question, the next wait, or the end.
    void go_on_quitting();
    // The first document that would lose something; null: none.
    [[nodiscard]] Document* unsaved();
    [[nodiscard]] bool has_unsaved(const Document& document) const;
    [[nodiscard]] bool is_discarded(const Document& document) const;
    void tell_at_stake(const Document& document, session::DocumentFact& fact) const;
    void update_facts();
    void changed() { ++facts_.version; }

    net::capture::FileTable& files_;
    const DeskConfig config_;
    const std::function<void()> wake_frame_;
    Remembered remembered_;
    RememberedSends sends_;
    net::channel::CaptureBounds bounds_;  // in force
    std::uint64_t next_document_ = 1;
    std::uint64_t next_notice_ = 1;
    std::vector<std::unique_ptr<Document>>
        documents_;  // never empty once started; the live one first
    session::DocumentId active_{};
    session::DeskFacts facts_;
    bool has_looked_for_left_ = false;
    std::string went_on_in_;    // the live capture's newest file
    std::string folder_asked_;  // the last ListFolderWish ...
    std::string folder_given_;  // ... and the path it stands for
    // The end.
    bool is_over_ = false;
    std::vector<session::DocumentId> discarded_;  // each by its own answer
    session::QuitWish quit_wish_;                 // kSave: where to ...
    session::DocumentId quit_document_{};         // ... and which
    session::JobId quit_job_{};  // the saving; of the live one once the network thread has stopped
    bool is_quit_cancelled_ = false;  // while quit_job_ was at its end
    std::int64_t stop_limit_ns_ = 0;
    std::uint64_t next_text_ = 1;
    std::vector<std::pair<std::uint64_t, TextUse>> texts_;  // asked of text_exchange_, and what for
    jobs::TextExchange text_exchange_;
    session::SessionFile asked_session_;  // what session_question is about ...
    std::string asked_session_path_;      // ... and where it lies
    // Read the documents' files, so they end before those do.
    jobs::FolderListing folder_;
    jobs::LeftCaptures left_;
    DeskJobs jobs_;
};

}  // namespace app
