// What the user asks of the desk (app/session/desk.h).
#include "app/documents.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace app {

void Documents::carry_out(session::DeskWishes&& wishes) {
    for (session::DeskWish& wish : wishes)
        std::visit([this](auto& what) { carry_out(std::move(what)); }, wish);
    if (!wishes.empty()) update_facts();
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
    closed_.push_back(std::move(*it));
    documents_.erase(it);
    end_closed();
}

session::JobId Documents::save(Document& document, std::string path, bool may_overwrite) {
    std::vector<jobs::CapturePart> parts = document.parts();
    if (parts.empty()) {
        notice(session::Severity::kWarning,
               "save to " + net::bytes::printable(path) +
                   ": nothing has been recorded yet; try again once something was");
        return session::JobId::kNone;
    }
    return jobs_.save(document.id(),
                      {.parts = std::move(parts),
                       .notes = document.notes(),
                       .path = std::move(path),
                       .may_overwrite = may_overwrite},
                      document.notes_version());
}

void Documents::carry_out(session::SaveWish&& wish) {
    Document* const document = find(wish.id);
    if (document == nullptr) return;
    static_cast<void>(save(*document, absolute(std::move(wish.path)), wish.may_overwrite));
}

void Documents::carry_out(session::ExportWish&& wish) {
    const Document* const document = find(wish.id);
    if (document == nullptr) return;
    jobs::ExportRequest request{.parts = document->parts(),
                                .connections = std::move(wish.connections),
                                .wants_received = wish.wants_received,
                                .wants_sent = wish.wants_sent,
                                .format = wish.format,
                                .byte_text = wish.byte_text,
                                .path = absolute(std::move(wish.path)),
                                .may_overwrite = wish.may_overwrite};
    if (request.parts.empty()) {
        notice(session::Severity::kWarning,
               "export to " + net::bytes::printable(request.path) +
                   ": nothing has been recorded yet; try again once something was");
        return;
    }
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
    left_.look();
}

void Documents::carry_out(session::DiscardLeftWish&& wish) {
    left_.discard(std::move(wish.path));
}

void Documents::carry_out(session::ChangeSettingsWish&& wish) {
    session::Settings settings = std::move(wish.settings);
    if (settings.bounds == bounds_) {
        // What --ring has set is not the user's choice for other runs.
        settings.bounds = remembered_.settings().bounds;
    } else {
        bounds_ = settings.bounds;
        if (Document* const document = live()) {
            session::Intents intents;
            intents.emplace_back(session::SetCaptureBoundsIntent{.bounds = bounds_});
            document->session().apply(std::move(intents), realtime_ns());
            document->post();
        }
    }
    remembered_.change(std::move(settings));
}

void Documents::carry_out(session::QuitWish&& wish) {
    using How = session::QuitWish::How;
    const bool is_asking = facts_.quit == session::QuitState::kAsking;
    switch (wish.how) {
        case How::kAsk: ask_to_quit(); break;
        case How::kDiscard:
            // Never without the question.
            if (!is_asking) break;
            is_over_ = true;
            deletes_at_end_ |= live() != nullptr && has_unsaved(*live());
            break;
        case How::kCancel:
            if (is_asking) set_quit(session::QuitState::kNo);
            if (facts_.quit != session::QuitState::kSaving) break;
            // The question comes back, at the latest when the saving has ended.
            if (quit_job_ != session::JobId::kNone) {
                is_quit_cancelled_ = true;
                jobs_.cancel(quit_job_);
            } else {
                set_quit(session::QuitState::kAsking);
            }
            break;
        case How::kSave:
            if (!is_asking) break;
            quit_document_ = session::DocumentId::kNone;
            quit_wish_ = std::move(wish);
            quit_wish_.path = absolute(std::move(quit_wish_.path));
            stop_limit_ns_ = 0;
            is_quit_cancelled_ = false;
            set_quit(session::QuitState::kSaving);
            if (Document* const document = unsaved()) {
                quit_document_ = document->id();
                if (!document->is_live()) break;
                document->session().stop();
                document->post();
            }
            break;
    }
}

}  // namespace app
