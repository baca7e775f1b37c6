#include "app/documents.h"

#include "app/jobs/new_file.h"
#include "app/pacing.h"
#include "net/bytes/escapes.h"
#include "net/capture/pcapng_writer.h"

#include <algorithm>
#include <cmath>
#include <unistd.h>
#include <utility>
#include <variant>

namespace app {

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

// A progress bar moves this often, and by no less than this.
constexpr std::int64_t kProgressNs = 100 * kNsPerMs;
constexpr double kProgressSteps = 200;
// Commands that did not fit into the queue are offered again.
constexpr std::int64_t kOutboxRetryNs = 4 * kNsPerMs;
// Before a capture is saved at the end: the service itself stops within a second whatever the peers do; then what is there is saved.
constexpr std::int64_t kStopLimitNs = 3'000 * kNsPerMs;
// Of the time for folding, what the documents out of sight get at least, in eighths: reading goes on there too.
constexpr std::int64_t kBackgroundEighths = 3;
constexpr std::size_t kMostNotices = 20;

// Empty: nothing is remembered.
std::string folder_beside(const std::string& settings_path) {
    return settings_path.empty() ? std::string() : jobs::folder_of(settings_path);
}

double in_steps(double progress) {
    return progress < 0 ? progress : std::floor(progress * kProgressSteps) / kProgressSteps;
}

}  // namespace

Documents::Documents(net::capture::FileTable& files,
                     DeskConfig config,
                     std::function<void()> wake_frame)
    : files_(files),
      config_(std::move(config)),
      wake_frame_(std::move(wake_frame)),
      remembered_(config_.settings_path, wake_frame_),
      sends_(folder_beside(config_.settings_path), wake_frame_),
      bounds_(remembered_.settings().bounds),
      text_exchange_(wake_frame_),
      folder_(wake_frame_),
      left_(config_.place.directory, wake_frame_),
      jobs_(files, wake_frame_) {
    if (config_.is_capture_named || config_.ring) {
        bounds_.ring_files = config_.ring ? config_.ring->ring_files : 0;
        bounds_.ring_file_bytes = config_.ring ? config_.ring->ring_file_bytes : 0;
    }
    if (config_.is_attended) left_.look(false);
    tell_sends();
}

Documents::~Documents() = default;

// ---- Documents ------------------------------------------------------------------------------------

bool Documents::start_live(net::channel::Failure& failure) {
    net::service::ServiceConfig config = config_.service;
    config.capture.files = &files_;
    config.capture.bounds = bounds_;
    auto service = std::make_unique<net::service::Service>(std::move(config), wake_frame_);
    if (!service->start(failure)) return false;
    auto demo = config_.runs_demo ? std::make_unique<Demo>(config_.demo_greeting) : nullptr;
    const session::DocumentId id{next_document_++};
    documents_.insert(documents_.begin(),
                      std::make_unique<Document>(id, files_, config_.place.directory,
                                                 std::move(service), std::move(demo), wake_frame_));
    active_ = id;
    update_facts();
    return true;
}

bool Documents::start_saved(const std::string& path, net::channel::Failure& failure) {
    const bool is_stream = path == "-";
    auto opening = is_stream ? jobs::CaptureOpening::start_stream(
                                   files_, STDIN_FILENO, config_.place.directory, wake_frame_,
                                   failure, bounds_.least_free_bytes)
                             : jobs::CaptureOpening::start(files_, path, wake_frame_, failure);
    if (opening == nullptr) return false;
    const session::DocumentId id{next_document_++};
    documents_.push_back(std::make_unique<Document>(id, files_, config_.place.directory,
                                                    std::move(opening),
                                                    is_stream ? std::string() : path, wake_frame_));
    active_ = id;
    if (!is_stream) remember_use_of(path);
    update_facts();
    return true;
}

Document* Documents::find(session::DocumentId id) {
    for (const auto& document : documents_)
        if (document->id() == id) return document.get();
    return nullptr;
}

Document* Documents::find_showing(const std::string& path) {
    for (const auto& document : documents_)
        if (document->shows_file(path)) return document.get();
    return nullptr;
}

Document& Documents::active() {
    return const_cast<Document&>(std::as_const(*this).active());
}

const Document& Documents::active() const {
    for (const auto& document : documents_)
        if (document->id() == active_) return *document;
    return *documents_.front();
}

Document* Documents::live() {
    for (const auto& document : documents_)
        if (document->is_live()) return document.get();
    return nullptr;
}

// ---- Turns ----------------------------------------------------------------------------------------

bool Documents::drain(std::int64_t began_ns, std::int64_t budget_ns) {
    const std::int64_t now_ns = realtime_ns();
    // Asked every session::kEventsAQuestion events, which is seldom enough for the clock.
    const auto fold = [&](Document& document, std::int64_t limit_ns) {
        return document.session().drain(document.link(), now_ns,
                                        [&] { return monotonic_ns() < limit_ns; });
    };
    Document& shown = active();
    const std::int64_t end_ns = began_ns + budget_ns;
    if (documents_.size() == 1) return fold(shown, end_ns);

    bool is_shown_left = fold(shown, end_ns - budget_ns * kBackgroundEighths / 8);
    bool is_other_left = false;
    // Each gets its part of what is left, and leaves the next one what it did not need.
    auto others = static_cast<std::int64_t>(documents_.size() - 1);
    for (const auto& document : documents_) {
        if (document.get() == &shown) continue;
        const std::int64_t now = monotonic_ns();
        is_other_left |= fold(*document, now + std::max<std::int64_t>(end_ns - now, 0) / others);
        --others;
    }
    if (is_shown_left) is_shown_left = fold(shown, end_ns);
    return is_shown_left || is_other_left;
}

void Documents::turn(std::int64_t monotonic_now_ns) {
    const std::int64_t now_ns = realtime_ns();
    for (const auto& document : documents_) {
        document->session().advance(monotonic_now_ns);
        document->turn(now_ns, monotonic_now_ns);
    }
    know_what_went_on();
    take_results();
    turn_quitting(monotonic_now_ns);
    update_facts();
}

std::int64_t Documents::next_turn_ns(std::int64_t monotonic_now_ns) const {
    std::int64_t due = kNeverNs;
    bool is_reading = false;
    for (const auto& document : documents_) {
        if (document->has_commands()) due = std::min(due, monotonic_now_ns + kOutboxRetryNs);
        if (document->demo() != nullptr) due = std::min(due, document->demo()->next_step_ns());
        is_reading |= document->opening_progress() >= 0;
    }
    if (const auto next = active().session().next_advance_ns()) due = std::min(due, *next);
    if (is_reading || !jobs_.is_empty()) due = std::min(due, monotonic_now_ns + kProgressNs);
    if (facts_.quit == session::QuitState::kSaving && quit_job_ == session::JobId::kNone)
        due = std::min(due, stop_limit_ns_);
    return due;
}

void Documents::take_results() {
    for (DeskJobs::Ended& ended : jobs_.take_ended())
        take_ended(std::move(ended));
    for (const std::string& trouble : remembered_.take_troubles())
        notice(session::Severity::kWarning, trouble);
    turn_sends();
    if (auto contents = folder_.take_result()) {
        // The answer names the wish, not what it was taken to mean.
        if (contents->asked == folder_given_) contents->asked = folder_asked_;
        facts_.folder = std::move(*contents);
        changed();
    }
    while (auto found = left_.take_result()) {
        if (found->failure) notice(session::Severity::kError, found->failure->message);
        facts_.left = std::move(found->captures);
        if (!std::exchange(has_looked_for_left_, true) && !found->failure) forget_known_left();
        look_what_to_offer();
        changed();
    }
}

bool Documents::is_offered(const session::LeftCapture& left) {
    const std::vector<std::string>& known = remembered_.settings().known_left;
    return config_.is_attended && !left.ended_in_order && config_.place.holds(left.path) &&
           std::find(known.begin(), known.end(),
                     left.path.substr(config_.place.directory.size() + 1)) == known.end() &&
           find_showing(left.path) == nullptr;
}

void Documents::look_what_to_offer() {
    facts_.offered_left = static_cast<std::size_t>(
        std::count_if(facts_.left.begin(), facts_.left.end(),
                      [this](const session::LeftCapture& left) { return is_offered(left); }));
}

void Documents::know_left(const std::vector<std::string>& paths) {
    session::Settings settings = remembered_.settings();
    for (const std::string& path : paths)
        if (config_.place.holds(path))
            settings.add_known_left(path.substr(config_.place.directory.size() + 1));
    remembered_.change(std::move(settings));
}

void Documents::forget_known_left() {
    session::Settings settings = remembered_.settings();
    std::erase_if(settings.known_left, [this](const std::string& name) {
        return std::none_of(facts_.left.begin(), facts_.left.end(),
                            [&](const session::LeftCapture& left) {
                                return left.path == config_.place.directory + '/' + name;
                            });
    });
    remembered_.change(std::move(settings));
}

void Documents::know_what_went_on() {
    const Document* const document = live();
    if (document == nullptr || !config_.is_attended) return;
    const std::string& now = document->session().capture_path();
    if (now == went_on_in_) return;
    went_on_in_ = now;
    if (!config_.place.holds(now)) know_left(document->files_in(config_.place));
}

void Documents::take_ended(DeskJobs::Ended&& ended) {
    const bool is_for_quit = ended.id == quit_job_;
    const bool is_made = !ended.made.failure && !ended.made.was_cancelled;
    Document* const document = find(ended.document);
    if (ended.made.failure)
        notice(session::Severity::kError, ended.made.failure->message, document);
    if (is_made) {
        std::string names;
        for (const std::string& path : ended.made.paths)
            names += (names.empty() ? "" : " and ") + net::bytes::printable(path);
        notice(session::Severity::kInfo,
               (ended.is_save        ? "saved to "
                : ended.is_selection ? "saved the selection to "
                                     : "exported to ") +
                   names + (ended.made.remark.empty() ? "" : ": " + ended.made.remark),
               document);
        if (ended.is_save && document != nullptr)
            document->note_saved(std::move(ended.parts), ended.path, ended.made.bytes, ended.notes);
        if (ended.is_save) remember_use_of(ended.path);
    }
    if (!is_for_quit) {
        // What was waited for has failed: whoever wanted it is to see that.
        if (ended.made.failure && facts_.quit == session::QuitState::kFinishing)
            set_quit(session::QuitState::kNo);
        return;
    }
    quit_job_ = session::JobId::kNone;
    if (!is_made) {
        set_quit(session::QuitState::kAsking);
    } else if (is_quit_cancelled_) {
        set_quit(session::QuitState::kNo);
    } else {
        go_on_quitting();
    }
}

void Documents::update_facts() {
    std::vector<session::DocumentFact> documents;
    documents.reserve(documents_.size());
    for (const auto& document : documents_) {
        documents.push_back(
            {.id = document->id(),
             .title = document->title(),
             .path = net::bytes::printable(document->session().capture_path(), 4096),
             .is_live = document->is_live(),
             .is_stream = document->is_stream(),
             .is_arriving = document->is_arriving(),
             .has_unsaved = has_unsaved(*document),
             .lacks_only_notes =
                 !document->is_live() && !document->is_stream() && document->has_unsaved_notes(),
             .saved_path = document->saved_path(),
             .at_stake = {},
             .opening_progress = in_steps(document->opening_progress())});
        tell_at_stake(*document, documents.back());
    }
    std::size_t active_index = 0;
    for (std::size_t i = 0; i < documents_.size(); ++i)
        if (documents_[i]->id() == active_) active_index = i;
    std::vector<session::JobFact> jobs = jobs_.facts();
    for (session::JobFact& job : jobs)
        job.progress = in_steps(job.progress);
    session::Settings settings = remembered_.settings();
    settings.bounds = bounds_;
    if (documents == facts_.documents && active_index == facts_.active && jobs == facts_.jobs &&
        settings == facts_.settings)
        return;
    facts_.documents = std::move(documents);
    facts_.active = active_index;
    facts_.jobs = std::move(jobs);
    facts_.settings = std::move(settings);
    changed();
}

void Documents::tell_at_stake(const Document& document, session::DocumentFact& fact) const {
    if (facts_.quit != session::QuitState::kAsking || !fact.has_unsaved) return;
    for (const std::string& path : document.files_in(config_.place)) {
        if (fact.at_stake.size() < session::kMostNamedFiles) {
            fact.at_stake.push_back(net::bytes::printable(path, 4096));
        } else {
            ++fact.more_at_stake;
        }
    }
}

void Documents::notice(session::Severity severity, std::string text, Document* about) {
    if (about == nullptr && !documents_.empty()) about = &active();
    if (about != nullptr) about->session().log(severity, text, realtime_ns());
    // Of what went well the newest is enough; what did not stays until it is dismissed, or the list is full.
    std::erase_if(facts_.notices, [&](const session::NoticeFact& old) {
        return severity == session::Severity::kInfo && old.severity == session::Severity::kInfo;
    });
    facts_.notices.push_back({.id = next_notice_++, .severity = severity, .text = std::move(text)});
    if (facts_.notices.size() > kMostNotices) facts_.notices.erase(facts_.notices.begin());
    changed();
}

void Documents::remember_use_of(const std::string& path) {
    // What a script opens is not what its user works on.
    if (!config_.is_attended) return;
    session::Settings settings = remembered_.settings();
    settings.add_recent(path);
    // One that settings cannot hold: the working directory had no name.
    if (settings.recent.empty() || settings.recent.front() != path) return;
    settings.last_folder = path.substr(0, std::max<std::size_t>(path.find_last_of('/'), 1));
    remembered_.change(std::move(settings));
}

// ---- The end --------------------------------------------------------------------------------------

void Documents::ask_to_quit() {
    if (facts_.quit != session::QuitState::kNo) return;
    if (config_.is_attended) {
        go_on_quitting();
    } else {
        is_over_ = true;
    }
}

void Documents::go_on_quitting() {
    if (unsaved() != nullptr) {
        set_quit(session::QuitState::kAsking);
    } else if (!jobs_.is_empty()) {
        set_quit(session::QuitState::kFinishing);
    } else {
        is_over_ = true;
    }
}

bool Documents::has_unsaved(const Document& document) const {
    return !(document.is_live() && config_.is_capture_named) && !is_discarded(document) &&
           document.has_unsaved(config_.place);
}

bool Documents::is_discarded(const Document& document) const {
    return std::find(discarded_.begin(), discarded_.end(), document.id()) != discarded_.end();
}

Document* Documents::unsaved() {
    for (const auto& document : documents_)
        if (has_unsaved(*document)) return document.get();
    return nullptr;
}

void Documents::set_quit(session::QuitState state) {
    // Back to the window: what was given up there is asked about again.
    if (state == session::QuitState::kNo) discarded_.clear();
    if (facts_.quit == state) return;
    facts_.quit = state;
    changed();
}

void Documents::turn_quitting(std::int64_t monotonic_now_ns) {
    using State = session::QuitState;
    switch (facts_.quit) {
        case State::kNo: break;
        case State::kAsking:
            // A save that was under way has answered it.
            if (unsaved() == nullptr) go_on_quitting();
            break;
        case State::kSaving: turn_saving(monotonic_now_ns); break;
        case State::kFinishing:
            if (jobs_.is_empty()) go_on_quitting();
            break;
    }
}

// While a capture is to be saved at the end: first everything is in it, then it is copied.
void Documents::turn_saving(std::int64_t monotonic_now_ns) {
    if (quit_job_ != session::JobId::kNone) return;
    Document* const document = find(quit_document_);
    if (document == nullptr) {
        set_quit(session::QuitState::kAsking);
        return;
    }
    // A stream's end has no limit: what has come is being read, on this machine.
    if (stop_limit_ns_ == 0)
        stop_limit_ns_ = document->is_live() ? monotonic_now_ns + kStopLimitNs : kNeverNs;
    if (!document->session().is_stopped() && monotonic_now_ns < stop_limit_ns_) return;
    if (jobs_.is_making(quit_wish_.path)) {
        // An older copy, which would take the name from this one.
        jobs_.cancel_making(quit_wish_.path);
        return;
    }
    quit_job_ = save(*document, quit_wish_.path, quit_wish_.may_overwrite);
    if (quit_job_ == session::JobId::kNone) set_quit(session::QuitState::kAsking);
}

std::vector<std::string> Documents::leave(bool has_stopped) {
    Document* const document = live();
    if (document == nullptr || config_.is_capture_named) return {};
    const bool is_to_go = is_discarded(*document) || !document->session().has_content() ||
                          document->is_kept_elsewhere(config_.place);
    if (!is_to_go) return {};
    if (has_stopped) return document->delete_files(config_.place);
    if (!is_discarded(*document)) return {};
    return {"the discarded capture is kept in " +
            net::bytes::printable(document->session().capture_path(), 4096) +
            ": the network thread may still write there; delete it by hand"};
}

}  // namespace app
