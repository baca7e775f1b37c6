#include "app/documents.h"

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
      bounds_(remembered_.settings().bounds),
      folder_(wake_frame_),
      left_(config_.place.directory, wake_frame_),
      jobs_(files, wake_frame_) {
    if (config_.is_capture_named || config_.ring) {
        bounds_.ring_files = config_.ring ? config_.ring->ring_files : 0;
        bounds_.ring_file_bytes = config_.ring ? config_.ring->ring_file_bytes : 0;
    }
    if (config_.is_attended) left_.look();
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
    documents_.insert(documents_.begin(), std::make_unique<Document>(id, files_, std::move(service),
                                                                     std::move(demo), wake_frame_));
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
    documents_.push_back(std::make_unique<Document>(id, files_, std::move(opening),
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
        document->turn(now_ns, monotonic_now_ns, !jobs_.reads(document->id()));
    }
    take_results();
    end_closed();
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
    if (auto contents = folder_.take_result()) {
        // The answer names the wish, not what it was taken to mean.
        if (contents->asked == folder_given_) contents->asked = folder_asked_;
        facts_.folder = std::move(*contents);
        changed();
    }
    if (auto found = left_.take_result()) {
        if (found->failure) notice(session::Severity::kError, found->failure->message);
        facts_.left = std::move(found->captures);
        if (!std::exchange(has_looked_for_left_, true)) facts_.offers_left = config_.is_attended;
        look_what_to_offer();
        changed();
    }
}

// Captures left by a crash that nobody has looked at yet.
void Documents::look_what_to_offer() {
    facts_.offers_left =
        facts_.offers_left && std::any_of(facts_.left.begin(), facts_.left.end(),
                                          [this](const session::LeftCapture& left) {
                                              return !left.ended_in_order &&
                                                     find_showing(left.path) == nullptr;
                                          });
}

void Documents::take_ended(DeskJobs::Ended&& ended) {
    const bool is_for_quit = ended.id == quit_job_;
    const bool is_made = !ended.made.failure && !ended.made.was_cancelled;
    if (ended.made.failure) notice(session::Severity::kError, ended.made.failure->message);
    if (is_made) {
        std::string names;
        for (const std::string& path : ended.made.paths)
            names += (names.empty() ? "" : " and ") + net::bytes::printable(path);
        notice(session::Severity::kInfo,
               (ended.is_save ? "saved to " : "exported to ") + names +
                   (ended.made.remark.empty() ? "" : ": " + ended.made.remark));
        Document* const document = find(ended.document);
        if (ended.is_save && document != nullptr)
            document->note_saved(ended.parts, ended.path, ended.notes);
        if (ended.is_save) remember_use_of(ended.path);
    }
    if (!is_for_quit) return;
    quit_job_ = session::JobId::kNone;
    if (is_made && live() != nullptr && live()->id() == ended.document) deletes_at_end_ = true;
    if (is_made && is_quit_cancelled_) {
        set_quit(session::QuitState::kNo);
    } else if (is_made && unsaved() == nullptr) {
        is_over_ = true;
    } else {
        set_quit(session::QuitState::kAsking);
    }
}

void Documents::end_closed() {
    std::erase_if(closed_, [&](const auto& document) { return !jobs_.reads(document->id()); });
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
             .has_unsaved = has_unsaved(*document),
             .lacks_only_notes =
                 !document->is_live() && !document->is_stream() && document->has_unsaved_notes(),
             .saved_path = document->saved_path(),
             .opening_progress = in_steps(document->opening_progress())});
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

void Documents::notice(session::Severity severity, std::string text) {
    if (!documents_.empty()) active().session().log(severity, text, realtime_ns());
    // Of what went well the newest is enough; what did not stays until it is dismissed, or the list is full.
    std::erase_if(facts_.notices, [&](const session::NoticeFact& old) {
        return severity == session::Severity::kInfo && old.severity == session::Severity::kInfo;
    });
    facts_.notices.push_back({.id = next_notice_++, .severity = severity, .text = std::move(text)});
    if (facts_.notices.size() > kMostNotices) facts_.notices.erase(facts_.notices.begin());
    changed();
}

void Documents::remember_use_of(const std::string& path) {
    session::Settings settings = remembered_.settings();
    settings.add_recent(path);
    settings.last_folder = path.substr(0, std::max<std::size_t>(path.find_last_of('/'), 1));
    remembered_.change(std::move(settings));
}

// ---- The end --------------------------------------------------------------------------------------

void Documents::ask_to_quit() {
    if (facts_.quit != session::QuitState::kNo) return;
    if (config_.is_attended && unsaved() != nullptr) {
        set_quit(session::QuitState::kAsking);
    } else {
        is_over_ = true;
    }
}

bool Documents::has_unsaved(const Document& document) const {
    return !(document.is_live() && config_.is_capture_named) && document.has_unsaved(config_.place);
}

Document* Documents::unsaved() {
    for (const auto& document : documents_)
        if (has_unsaved(*document)) return document.get();
    return nullptr;
}

void Documents::set_quit(session::QuitState state) {
    if (facts_.quit == state) return;
    facts_.quit = state;
    changed();
}

// While the capture is to be saved at the end: first everything is in it, then it is copied.
void Documents::turn_quitting(std::int64_t monotonic_now_ns) {
    if (facts_.quit != session::QuitState::kSaving || quit_job_ != session::JobId::kNone) return;
    Document* const document = find(quit_document_);
    if (document == nullptr) {
        set_quit(session::QuitState::kAsking);
        return;
    }
    if (stop_limit_ns_ == 0) stop_limit_ns_ = monotonic_now_ns + kStopLimitNs;
    if (document->is_live() && !document->session().is_stopped() &&
        monotonic_now_ns < stop_limit_ns_)
        return;
    quit_job_ = save(*document, quit_wish_.path, quit_wish_.may_overwrite);
    if (quit_job_ == session::JobId::kNone) set_quit(session::QuitState::kAsking);
}

std::vector<std::string> Documents::leave() {
    Document* const document = live();
    if (document == nullptr || config_.is_capture_named) return {};
    if (!deletes_at_end_ && document->session().has_content()) return {};
    return document->delete_files(config_.place);
}

}  // namespace app
