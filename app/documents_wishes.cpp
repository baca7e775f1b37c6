// What the user asks of the desk (app/session/desk.h).
#include "app/documents.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace app {

void Documents::carry_out(session::DeskWishes&& wishes) {
    for (session::DeskWish& wish : wishes)
        std::visit([this](auto& what) { carry_out(std::move(what)); }, wish);
    if (!wishes.empty()) update_facts();
}

void Documents::carry_out(session::ViewWishes&& wishes) {
    for (session::ViewWish& wish : wishes) {
        std::visit(
            [this](auto& what) {
                using Wish = std::decay_t<decltype(what)>;
                if constexpr (std::is_same_v<Wish, session::SaveSelectionWish> ||
                              std::is_same_v<Wish, session::ChangeViewSettingsWish>)
                    carry_out(std::move(what));
                else
                    active().view().carry_out(std::move(what));
            },
            wish);
    }
    if (!wishes.empty()) update_facts();
}

void Documents::carry_out(session::ChangeViewSettingsWish&& wish) {
    session::Settings settings = remembered_.settings();
    settings.view = std::move(wish.settings);
    remembered_.change(std::move(settings));
}

void Documents::carry_out(session::SaveSelectionWish&& wish) {
    wish.path = absolute(std::move(wish.path));
    Document* const document = find(wish.document);
    if (is_refused("save the selection", document,
                   document == nullptr ? std::vector<jobs::CapturePart>{} : document->parts(),
                   wish.path))
        return;
    const session::Session& session = document->session();
    const session::SplitFact& split = document->view().facts().split;
    if (wish.segments == split.segments) wish.pending = split.pending;
    // Who is of which endpoint is known here, and not to the job.
    if (!wish.filter.endpoints.empty()) {
        std::vector<net::channel::ConnectionId> connections;
        for (const net::channel::ConnectionId id :
             wish.filter.connections.empty() ? session.connections() : wish.filter.connections) {
            const session::Connection* const connection = session.connection(id);
            const auto& wanted = wish.filter.endpoints;
            if (connection != nullptr &&
                std::find(wanted.begin(), wanted.end(), connection->endpoint) != wanted.end())
                connections.push_back(id);
        }
        if (connections.empty()) {
            // An empty list would be all connections.
            notice(session::Severity::kWarning,
                   "save the selection to " + net::bytes::printable(wish.path) +
                       ": its connections were cleared from the list meanwhile, so nobody knows of "
                       "which endpoint they were; take the endpoint out of the filter and select "
                       "again");
            return;
        }
        std::sort(connections.begin(), connections.end());
        wish.filter.connections = std::move(connections);
        wish.filter.endpoints.clear();
    }
    jobs_.save_selection(document->id(), session.reads(), std::move(wish));
}

std::string Documents::absolute(std::string path) const {
    if (config_.home.empty()) return path;
    if (path == "~" || path.starts_with("~/")) return config_.home + path.substr(1);
    return path;
}

void Documents::carry_out(session::OpenCaptureWish&& wish) {
    const std::string path = absolute(std::move(wish.path));
    if (const Document* const document = find_showing(path)) {
        active_ = document->id();
        return;
    }
    net::channel::Failure failure;
    if (start_saved(path, failure)) {
        know_left({path});
        look_what_to_offer();
        return;
    }
    notice(session::Severity::kError, failure.message);
    if (failure.code == "ENOENT") {
        // It will not come back by asking again.
        session::Settings settings = remembered_.settings();
        std::erase(settings.recent, path);
        remembered_.change(std::move(settings));
    }
}

void Documents::carry_out(session::OpenLiveWish&& /*wish*/) {
    if (Document* const document = live()) {
        active_ = document->id();
        return;
    }
    net::channel::Failure failure;
    if (!start_live(failure)) notice(session::Severity::kError, failure.message);
}

void Documents::carry_out(session::ActivateDocumentWish&& wish) {
    if (find(wish.id) != nullptr) active_ = wish.id;
}

void Documents::carry_out(session::CloseDocumentWish&& wish) {
    const auto it = std::find_if(documents_.begin(), documents_.end(),
                                 [&](const auto& document) { return document->id() == wish.id; });
    if (it == documents_.end() || (*it)->is_live()) return;
    if (documents_.size() == 1) {
        // Nothing would be left to look at.
        ask_to_quit();
        return;
    }
    const bool was_active = (*it)->id() == active_;
    auto next = std::next(it) != documents_.end() ? std::next(it) : std::prev(it);
    if (was_active) active_ = (*next)->id();
    jobs_.end_selections_of(wish.id);
    documents_.erase(it);
}

bool Documents::is_refused(const std::string& what,
                           const Document* document,
                           const std::vector<jobs::CapturePart>& parts,
                           const std::string& path) {
    std::string why;
    if (document == nullptr) {
        why = "the capture was closed meanwhile; open it again";
    } else if (parts.empty()) {
        why = "nothing has been recorded yet; try again once something was";
    } else if (jobs_.is_making(path)) {
        why =
            "this file is being written already; wait for that, cancel it, or choose another "
            "name";
    }
    if (why.empty()) return false;
    notice(session::Severity::kWarning, what + " to " + net::bytes::printable(path) + ": " + why);
    return true;
}

session::JobId Documents::save(Document& document, std::string path, bool may_overwrite) {
    std::vector<jobs::CapturePart> parts = document.parts();
    if (is_refused("save", &document, parts, path)) return session::JobId::kNone;
    return jobs_.save(document.id(),
                      {.parts = std::move(parts),
                       .notes = document.notes(),
                       .path = std::move(path),
                       .may_overwrite = may_overwrite},
                      document.notes_version());
}

void Documents::carry_out(session::SaveWish&& wish) {
    Document* const document = find(wish.id);
    std::string path = absolute(std::move(wish.path));
    if (document == nullptr) {
        static_cast<void>(is_refused("save", nullptr, {}, path));
        return;
    }
    static_cast<void>(save(*document, std::move(path), wish.may_overwrite));
}

void Documents::carry_out(session::ExportWish&& wish) {
    const Document* const document = find(wish.id);
    jobs::ExportRequest request{.connections = std::move(wish.connections),
                                .wants_received = wish.wants_received,
                                .wants_sent = wish.wants_sent,
                                .format = wish.format,
                                .byte_text = wish.byte_text,
                                .path = absolute(std::move(wish.path)),
                                .may_overwrite = wish.may_overwrite};
    if (document != nullptr) request.parts = document->parts();
    if (is_refused("export", document, request.parts, request.path)) return;
    jobs_.export_selection(document->id(), std::move(request));
}

void Documents::carry_out(session::CancelJobWish&& wish) {
    jobs_.cancel(wish.id);
}

void Documents::carry_out(session::DismissNoticeWish&& wish) {
    std::erase_if(facts_.notices,
                  [&](const session::NoticeFact& notice) { return notice.id == wish.id; });
    changed();
}

void Documents::carry_out(session::ListFolderWish&& wish) {
    folder_asked_ = wish.path;
    std::string path = std::move(wish.path);
    if (path.empty()) path = remembered_.settings().last_folder;
    if (path.empty()) path = config_.home;
    if (path.empty()) path = "/";
    folder_given_ = path;
    folder_.list(std::move(path));
}

void Documents::carry_out(session::LookForLeftWish&& /*wish*/) {
    left_.look(true);
}

void Documents::carry_out(session::DiscardLeftWish&& wish) {
    left_.discard(std::move(wish.path));
}

void Documents::carry_out(session::KeepLeftWish&& /*wish*/) {
    std::vector<std::string> paths;
    for (const session::LeftCapture& left : facts_.left)
        if (is_offered(left)) paths.push_back(left.path);
    know_left(paths);
    look_what_to_offer();
    changed();
}

void Documents::carry_out(session::ChangeSettingsWish&& wish) {
    session::Settings settings = std::move(wish.settings);
    // Chosen elsewhere, perhaps since the panel was opened.
    settings.view = remembered_.settings().view;
    const net::channel::CaptureBounds before = std::exchange(bounds_, settings.bounds);
    // What --ring and --write have set is not the user's choice for other runs: only what was changed here is remembered.
    settings.bounds = remembered_.settings().bounds;
    const bool is_ring_as_before =
        bounds_.ring_files == before.ring_files &&
        (bounds_.ring_files == 0 || bounds_.ring_file_bytes == before.ring_file_bytes);
    if (!is_ring_as_before) {
        settings.bounds.ring_files = bounds_.ring_files;
        settings.bounds.ring_file_bytes = bounds_.ring_file_bytes;
    }
    if (bounds_.least_free_bytes != before.least_free_bytes)
        settings.bounds.least_free_bytes = bounds_.least_free_bytes;
    remembered_.change(std::move(settings));
    Document* const document = bounds_ == before ? nullptr : live();
    if (document == nullptr) return;
    session::Intents intents;
    intents.emplace_back(session::SetCaptureBoundsIntent{.bounds = bounds_});
    document->session().apply(std::move(intents), realtime_ns());
    document->post();
}

void Documents::carry_out(session::QuitWish&& wish) {
    using How = session::QuitWish::How;
    using State = session::QuitState;
    const bool is_asking = facts_.quit == State::kAsking;
    // Never without the question, and never about what it was not asked about.
    Document* const asked_about = is_asking ? find(wish.document) : nullptr;
    const bool is_answer = asked_about != nullptr && has_unsaved(*asked_about);
    switch (wish.how) {
        case How::kAsk: ask_to_quit(); break;
        case How::kDiscard:
            if (!is_answer) break;
            discarded_.push_back(asked_about->id());
            go_on_quitting();
            break;
        case How::kCancel:
            if (is_asking || facts_.quit == State::kFinishing) {
                set_quit(State::kNo);
            } else if (facts_.quit != State::kSaving) {
                break;
            } else if (quit_job_ == session::JobId::kNone) {
                set_quit(State::kAsking);
            } else {
                // The question comes back when the saving has ended.
                is_quit_cancelled_ = true;
                jobs_.cancel(quit_job_);
            }
            break;
        case How::kSave:
            if (!is_answer) break;
            quit_document_ = asked_about->id();
            quit_wish_ = std::move(wish);
            quit_wish_.path = absolute(std::move(quit_wish_.path));
            stop_limit_ns_ = 0;
            is_quit_cancelled_ = false;
            set_quit(State::kSaving);
            asked_about->end_input();
            break;
        case How::kStopJobs:
            if (facts_.quit == State::kFinishing) jobs_.cancel_all();
            break;
    }
}

}  // namespace app
