#include "app/ui/desk_questions.h"

#include "app/ui/desk_actions.h"
#include "app/ui/numbers.h"
#include "app/ui/panel.h"
#include "app/ui/paths.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace app::ui {

namespace {

using session::DeskFacts;
using session::DeskWishes;
using session::DocumentFact;
using session::QuitState;
using session::QuitWish;

void gap() {
    ImGui::Dummy({0, px(kSpace1)});
}

void ask_drop(DeskQuestions& questions,
              const DeskFacts& facts,
              const session::Session& active,
              session::Intents& intents) {
    // Nothing is being written there any more: the question has gone.
    if (!why_not(DeskAction::kDrop, facts, active).empty()) questions.asks_drop = false;
    bool was_left = false;
    if (!begin_question("Discard the capture and go on?", questions.asks_drop, was_left)) return;
    const std::uint64_t bytes = active.totals().received + active.totals().sent;
    wrapped_text("Everything that was captured so far is deleted: " + size_text(bytes) + " in " +
                 counted(active.totals().connections, "connection") +
                 ". Connections stay open, and what comes from now on is captured.");
    gap();
    const bool is_left = answer("Cancel", false, Default::kYes);
    ImGui::SameLine();
    const bool is_dropped = answer("Discard and go on", true, Default::kNo);
    end_question();
    if (is_dropped) intents.emplace_back(session::DropCaptureIntent{});
    if (is_dropped || is_left || was_left) questions.asks_drop = false;
}

void ask_discard_left(DeskQuestions& questions, const DeskFacts& facts, DeskWishes& wishes) {
    std::string& path = questions.left_to_discard;
    const auto found =
        std::find_if(facts.left.begin(), facts.left.end(),
                     [&](const session::LeftCapture& capture) { return capture.path == path; });
    if (found == facts.left.end()) path.clear();
    bool was_left = false;
    if (!begin_question("Discard this capture?", !path.empty(), was_left)) return;
    wrapped_text(net::bytes::printable(base_name(path)) + ", " + size_text(found->bytes) +
                 ", is deleted. It cannot be had back.");
    gap();
    const bool is_left = answer("Cancel", false, Default::kYes);
    ImGui::SameLine();
    const bool is_discarded = answer("Discard", true, Default::kNo);
    end_question();
    if (is_discarded) wishes.emplace_back(session::DiscardLeftWish{.path = path});
    if (is_discarded || is_left || was_left) path.clear();
}

void ask_close(DeskQuestions& questions, const DeskFacts& facts, DeskWishes& wishes) {
    session::DocumentId& id = questions.document_to_close;
    const auto found = std::find_if(facts.documents.begin(), facts.documents.end(),
                                    [&](const DocumentFact& one) { return one.id == id; });
    if (found == facts.documents.end()) id = session::DocumentId::kNone;
    bool was_left = false;
    if (!begin_question("Close without saving?", id != session::DocumentId::kNone, was_left))
        return;
    wrapped_text(found->lacks_only_notes
                     ? "The notes made on " + found->title +
                           " are in no file yet: closing loses them. Save as puts them into a copy."
                     : found->title +
                           " lies in no file yet: closing it loses it. Save as keeps it.");
    gap();
    const bool is_left = answer("Cancel", false, Default::kYes);
    ImGui::SameLine();
    const bool is_closed = answer("Close and lose it", true, Default::kNo);
    end_question();
    if (is_closed) wishes.emplace_back(session::CloseDocumentWish{.id = id});
    if (is_closed || is_left || was_left) id = session::DocumentId::kNone;
}

void quit(QuitWish::How how, const DocumentFact* document, DeskWishes& wishes) {
    wishes.emplace_back(QuitWish{
        .how = how, .document = document == nullptr ? session::DocumentId::kNone : document->id});
}

// What would be lost, and from where.
std::string unsaved_words(const DocumentFact& unsaved) {
    std::string words = unsaved.title + " has not been saved";
    if (unsaved.at_stake.empty()) return words + ", and lies in no file.";
    words += ". It lies in ";
    for (std::size_t i = 0; i < unsaved.at_stake.size(); ++i)
        words += (i == 0 ? "" : ", ") + unsaved.at_stake[i];
    if (unsaved.more_at_stake != 0) words += " and " + counted(unsaved.more_at_stake, "more file");
    return words + ".";
}

std::string discard_words(const DocumentFact& unsaved) {
    const std::size_t files = unsaved.at_stake.size() + unsaved.more_at_stake;
    return std::string(files == 0   ? "Discard loses it."
                       : files == 1 ? "Discard deletes that file."
                                    : "Discard deletes these files.") +
           " Cancel goes back to the window.";
}

// True: where to save has to be chosen.
bool ask_quit(const DeskQuestions& questions, const DeskFacts& facts, DeskWishes& wishes) {
    const DocumentFact* const unsaved = unsaved_document(facts);
    // With nothing unsaved any more it is answered.
    const bool is_asked =
        facts.quit == QuitState::kAsking && unsaved != nullptr && !questions.is_choosing_for_quit;
    bool was_left = false;
    if (!begin_question("Save the capture before quitting?", is_asked, was_left)) return false;
    if (unsaved->lacks_only_notes) {
        wrapped_text("The notes made on " + unsaved->title + " are in no file yet.");
        small_wrapped_text(
            "Save puts them into a copy. Discard loses them; the file itself stays as it is.");
    } else {
        wrapped_text(unsaved_words(*unsaved));
        small_wrapped_text(discard_words(*unsaved));
    }
    gap();
    const bool has_place = !unsaved->saved_path.empty();
    const bool is_saved =
        answer(has_place ? "Save###save" : "Save ...###save", false, Default::kYes);
    if (has_place) hover_text("To " + net::bytes::printable(unsaved->saved_path, 4096));
    ImGui::SameLine();
    if (answer("Discard", true, Default::kNo)) quit(QuitWish::How::kDiscard, unsaved, wishes);
    ImGui::SameLine();
    if (answer("Cancel", false, Default::kNo) || was_left)
        quit(QuitWish::How::kCancel, unsaved, wishes);
    end_question();
    if (is_saved && has_place)
        wishes.emplace_back(QuitWish{.how = QuitWish::How::kSave,
                                     .document = unsaved->id,
                                     .path = unsaved->saved_path,
                                     .may_overwrite = true});
    return is_saved && !has_place;
}

void draw_jobs(const DeskFacts& facts) {
    for (const session::JobFact& job : facts.jobs) {
        wrapped_text(job.label);
        const double progress =
            std::isfinite(job.progress) ? std::clamp(job.progress, 0.0, 1.0) : 0.0;
        std::array<char, 16> words{};
        std::snprintf(words.data(), words.size(), "%.0f %%", progress * 100);
        ImGui::ProgressBar(static_cast<float>(progress), {-FLT_MIN, 0}, words.data());
    }
}

void show_saving(const DeskFacts& facts, DeskWishes& wishes) {
    bool was_left = false;
    if (!begin_question("Saving before quitting", facts.quit == QuitState::kSaving, was_left))
        return;
    if (facts.jobs.empty()) wrapped_text("Reading has been stopped; what is left is written.");
    draw_jobs(facts);
    gap();
    if (answer("Cancel", false, Default::kYes) || was_left)
        quit(QuitWish::How::kCancel, nullptr, wishes);
    end_question();
}

void show_finishing(const DeskFacts& facts, DeskWishes& wishes) {
    bool was_left = false;
    if (!begin_question("Finishing before quitting", facts.quit == QuitState::kFinishing, was_left))
        return;
    wrapped_text("The window closes when this is done:");
    draw_jobs(facts);
    gap();
    if (answer("Back to the window", false, Default::kYes) || was_left)
        quit(QuitWish::How::kCancel, nullptr, wishes);
    ImGui::SameLine();
    if (answer("Cancel it and quit", true, Default::kNo))
        quit(QuitWish::How::kStopJobs, nullptr, wishes);
    end_question();
}

// "0.0.0.0:9000, *:9001 and 3 more": names from a file, as text.
std::string server_words(const std::vector<std::string>& servers) {
    constexpr std::size_t kMostNamed = 5;
    std::string words;
    for (std::size_t i = 0; i < std::min(servers.size(), kMostNamed); ++i)
        words += (i == 0 ? "" : ", ") + net::bytes::printable(servers[i], 60);
    if (servers.size() > kMostNamed)
        words += " and " + count_text(servers.size() - kMostNamed) + " more";
    return words;
}

// Nothing of the file has been started yet.
void ask_session(const DeskFacts& facts, DeskWishes& wishes) {
    using How = session::AnswerSessionWish::How;
    const bool is_asked = facts.session_question && facts.quit == QuitState::kNo;
    bool was_left = false;
    if (!begin_question("Let other machines connect?", is_asked, was_left)) return;
    wrapped_text("The session " + facts.session_question->path +
                 " has servers that other machines can connect to: " +
                 server_words(facts.session_question->servers) + ".");
    small_wrapped_text(
        "Without them: what stays on this machine is started, these are left out. Cancel starts "
        "nothing.");
    gap();
    const auto answer_with = [&](How how) {
        wishes.emplace_back(session::AnswerSessionWish{.how = how});
    };
    if (answer("Start without them", false, Default::kYes)) answer_with(How::kStartOnLoopback);
    ImGui::SameLine();
    if (answer("Start all", true, Default::kNo)) answer_with(How::kStartAll);
    ImGui::SameLine();
    if (answer("Cancel###cancel session", false, Default::kNo) || was_left)
        answer_with(How::kCancel);
    end_question();
}

}  // namespace

bool draw_desk_questions(DeskQuestions& questions,
                         const DeskFacts& facts,
                         const session::Session& active,
                         session::Intents& intents,
                         DeskWishes& wishes) {
    // One at a time: who wants to quit has no other question left.
    if (facts.quit != QuitState::kNo)
        questions = DeskQuestions{.is_choosing_for_quit = questions.is_choosing_for_quit};
    ask_drop(questions, facts, active, intents);
    ask_discard_left(questions, facts, wishes);
    ask_close(questions, facts, wishes);
    ask_session(facts, wishes);
    const bool wants_place = ask_quit(questions, facts, wishes);
    show_saving(facts, wishes);
    show_finishing(facts, wishes);
    return wants_place;
}

const DocumentFact* unsaved_document(const DeskFacts& facts) {
    const auto found = std::find_if(facts.documents.begin(), facts.documents.end(),
                                    [](const DocumentFact& one) { return one.has_unsaved; });
    return found == facts.documents.end() ? nullptr : &*found;
}

}  // namespace app::ui
