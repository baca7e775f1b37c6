#include "app/ui/sending_panel.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace app::ui {

namespace {

namespace channel = net::channel;
using channel::SendJobState;
using session::SendJobFact;
using session::Session;

std::string decimal_text(double value, int digits) {
    std::array<char, 64> words{};
    std::snprintf(words.data(), words.size(), "%.*f", digits, value);
    return words.data();
}

std::string hex_text(std::uint32_t value) {
    std::array<char, 16> words{};
    std::snprintf(words.data(), words.size(), "%08x", value);
    return words.data();
}

std::string target_words(const Session& session, const channel::Targets& targets) {
    if (!targets.connections.empty()) return counted(targets.connections.size(), "connection");
    if (targets.endpoint != session::EndpointId::kNone) {
        const session::Endpoint* const endpoint = session.endpoint(targets.endpoint);
        return endpoint == nullptr ? "an endpoint that has gone" : endpoint->name;
    }
    return "every open connection";
}

bool has_rate(const SendJobFact& job) {
    return std::holds_alternative<channel::Repeat>(job.what) ||
           std::holds_alternative<channel::Generate>(job.what);
}

// The beginning of what a repeat sends, as far as it is always the same.
std::string beginning_words(const SendJobFact& job) {
    constexpr std::size_t kShown = 24;
    const auto* const repeat = std::get_if<channel::Repeat>(&job.what);
    if (repeat == nullptr || repeat->what.parts.empty()) return {};
    const auto* const bytes = std::get_if<std::vector<std::uint8_t>>(&repeat->what.parts.front());
    if (bytes == nullptr) return {};
    const auto shown = std::span(*bytes).first(std::min(bytes->size(), kShown));
    const bool is_all = shown.size() == bytes->size() && repeat->what.parts.size() == 1;
    return "\"" + net::bytes::escape(shown) + (is_all ? "\" " : "...\" ");
}

Role role_of(SendJobState state) {
    switch (state) {
        case SendJobState::kRunning:
        case SendJobState::kDone: return Role::kGood;
        case SendJobState::kPaused: return Role::kWarning;
        case SendJobState::kFailed: return Role::kError;
        default: return Role::kMuted;
    }
}

// "1000.0 a second to each of 2": what was reached.
std::string rate_words(const SendJobFact& job) {
    const double sends = job.has_ended() ? job.mean_sends_per_second : job.sends_per_second;
    const double bytes = job.has_ended() ? job.mean_bytes_per_second : job.bytes_per_second;
    if (!has_rate(job)) return rate_text(bytes);
    // Asked for is so many to each.
    const std::uint32_t targets =
        job.has_ended() ? 1 : std::max<std::uint32_t>(job.progress.targets, 1);
    std::string words = decimal_text(sends / targets, 1) + " a second";
    if (job.has_ended()) words += " in all";  // there may have been more and fewer
    if (targets > 1) words += " to each of " + count_text(targets);
    return words + ", " + rate_text(bytes);
}

std::string lateness_words(const SendJobFact& job) {
    return "late by " + decimal_text(static_cast<double>(job.progress.late_ns) / 1e6, 3) +
           " ms, at worst " +
           decimal_text(static_cast<double>(job.progress.worst_late_ns) / 1e6, 3) + " ms";
}

void draw_numbers(const SendJobFact& job) {
    const channel::SendJobProgress& progress = job.progress;
    std::string sent = counted(progress.sends, "message") + ", " + size_text(progress.bytes);
    if (std::holds_alternative<channel::SendFile>(job.what)) sent = size_text(progress.bytes);
    if (std::holds_alternative<channel::SplitTest>(job.what))
        sent = counted(progress.sends, "piece") + ", " + size_text(progress.bytes);
    small_wrapped_text(sent + ", " + rate_words(job));
    if (has_rate(job) && !job.has_ended() && progress.state == SendJobState::kRunning) {
        small_wrapped_text(lateness_words(job));
        hover_text(
            "How much later than its time a sending was asked for, over the last second: "
            "the mean, and the worst");
    }
    if (progress.skipped != 0) {
        small_wrapped_text("skipped " + count_text(progress.skipped), Role::kWarning);
        hover_text(
            "Left out because a peer did not take what was waiting for it already, or "
            "because its time was over long ago");
    }
    if (job.steps != 0 && std::holds_alternative<channel::SplitTest>(job.what))
        small_text("way " + count_text(job.steps_done) + " of " + count_text(job.steps));
    if (std::holds_alternative<channel::SendFile>(job.what) && progress.furthest_bytes != 0)
        small_wrapped_text("CRC-32 " + hex_text(progress.crc32) + " of " +
                           counted(progress.furthest_bytes, "byte"));
}

void draw_progress(const SendJobFact& job) {
    if (!job.done || job.has_ended()) return;
    std::string words = decimal_text(*job.done * 100, 0) + " %";
    if (job.left_ns) words += ", " + duration_text(*job.left_ns) + " left";
    ImGui::PushFont(nullptr, kSmallSize);
    ImGui::ProgressBar(static_cast<float>(*job.done), {-FLT_MIN, 0}, words.c_str());
    ImGui::PopFont();
}

void draw_buttons(const SendJobFact& job, session::Intents& intents) {
    if (job.has_ended()) {
        if (button("Again"))
            intents.emplace_back(
                session::StartSendJobIntent{.targets = job.targets, .what = job.what});
        hover_text("Starts it once more, as it was");
        ImGui::SameLine();
        if (button("Remove", ButtonKind::kQuiet))
            intents.emplace_back(session::ForgetSendJobIntent{.job = job.id});
        return;
    }
    const bool is_paused = job.progress.state == SendJobState::kPaused;
    if (button(is_paused ? "Go on###pause" : "Pause###pause"))
        intents.emplace_back(session::PauseSendJobIntent{.job = job.id, .is_paused = !is_paused});
    ImGui::SameLine();
    if (button("Stop###stop job")) intents.emplace_back(session::StopSendJobIntent{.job = job.id});
}

void draw_state(const SendJobFact& job) {
    const std::string words = session::to_text(job.progress.state);
    ImGui::PushFont(nullptr, kSmallSize);
    ImGui::SameLine();
    text_right(words, role_of(job.progress.state));
    ImGui::PopFont();
}

void draw_job(const Session& session, const SendJobFact& job, session::Intents& intents) {
    push_id(channel::number(job.id));
    begin_card("##job");
    const float state =
        text_width(session::to_text(job.progress.state)) + ImGui::GetStyle().ItemSpacing.x;
    text_elided(session::text_of(job.what), Role::kText,
                std::max(ImGui::GetContentRegionAvail().x - state, px(60)));
    draw_state(job);
    ImGui::PushFont(nullptr, kSmallSize);
    text_elided(beginning_words(job) + "to " + target_words(session, job.targets), Role::kMuted);
    ImGui::PopFont();
    draw_numbers(job);
    draw_progress(job);
    if (!job.last_failure.empty()) notice(job.last_failure, Role::kError);
    draw_buttons(job, intents);
    end_card();
    ImGui::PopID();
}

void draw_list(const Session& session, session::Intents& intents) {
    const std::vector<SendJobFact>& jobs = session.send_jobs();
    if (jobs.empty()) return;
    ImGui::Dummy({0, px(kSpace1)});
    ImGui::AlignTextToFramePadding();
    strong_text("Sent by itself");
    const bool has_ended = std::any_of(jobs.begin(), jobs.end(),
                                       [](const SendJobFact& job) { return job.has_ended(); });
    if (has_ended) {
        const char* const label = "Clear ended";
        ImGui::SameLine();
        ImGui::SetCursorPosX(
            ImGui::GetCursorPosX() +
            std::max(ImGui::GetContentRegionAvail().x - button_width(label), 0.0F));
        if (button(label, ButtonKind::kQuiet)) intents.emplace_back(session::ForgetSendJobIntent{});
    }
    // The newest on top.
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job)
        draw_job(session, *job, intents);
}

}  // namespace

std::size_t running_jobs(const Session& session) {
    const std::vector<SendJobFact>& jobs = session.send_jobs();
    return static_cast<std::size_t>(std::count_if(
        jobs.begin(), jobs.end(), [](const SendJobFact& job) { return !job.has_ended(); }));
}

void draw_sending_panel(const Session& session,
                        SendingPanel& panel,
                        SendPanel& box,
                        const Selection& selection,
                        const OpenSelection& open_selection,
                        const FrameInfo& frame,
                        session::Intents& intents) {
    read_composer(box.composer, frame.now_ns);
    const Recipients to =
        find_recipients(session, box.target, selection, open_selection, frame.monotonic_ns);
    SendJobErrors errors;
    auto job = job_of(panel.form, box.composer, frame.now_ns, errors);
    draw_send_job_kinds(panel.form);
    begin_card("##new job");
    ImGui::PushID("job");
    draw_send_job_form(panel.form, box.composer, errors);
    begin_captioned("To");
    draw_target(session, box.target, to, open_selection, ImGui::GetContentRegionAvail().x);
    end_captioned();
    std::string why_not(errors.any());
    if (why_not.empty()) why_not = to.why_none;
    if (button("Start###start job", ButtonKind::kPrimary, why_not,
               {ImGui::GetContentRegionAvail().x, 0}) &&
        job) {
        // Once made, a split test sends the same bytes each time.
        std::string trouble;
        if (auto* const test = std::get_if<channel::SplitTest>(&*job))
            test->bytes = make_bytes(box.composer, frame.now_ns, trouble);
        start_job(session, to, std::move(*job), intents);
    }
    // Of a field it stands there.
    if (!errors.whole.empty()) field_error(errors.whole);
    if (errors.any().empty() && !to.why_none.empty())
        small_wrapped_text(to.why_none, Role::kWarning);
    ImGui::PopID();
    end_card();
    draw_list(session, intents);
}

}  // namespace app::ui
