#include "app/ui/send_job_form.h"

#include "app/ui/endpoint_form.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

namespace app::ui {

namespace {

namespace channel = net::channel;

struct UnitLook {
    TimeUnit unit;
    const char* name;
    std::int64_t ns;
};
constexpr std::array<UnitLook, 5> kUnits{{
    {TimeUnit::kMicroseconds, "us", 1'000},
    {TimeUnit::kMilliseconds, "ms", 1'000'000},
    {TimeUnit::kSeconds, "s", 1'000'000'000},
    {TimeUnit::kMinutes, "min", 60'000'000'000},
    {TimeUnit::kHours, "h", 3'600'000'000'000},
}};
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSecondNs = 1'000'000'000;

const UnitLook& look_of(TimeUnit unit) {
    return kUnits[static_cast<std::size_t>(unit)];
}

// "0.5", "250": of a unit, in ns.
std::optional<std::int64_t> read_time(std::string_view text, std::int64_t unit_ns) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (text.empty() || stop != end || error != std::errc{} || value < 0) return std::nullopt;
    const double ns = value * static_cast<double>(unit_ns);
    if (ns > 1e18) return std::nullopt;
    return static_cast<std::int64_t>(ns + 0.5);
}

std::uint64_t number(const std::string& text,
                     std::int64_t least,
                     std::int64_t most,
                     std::optional<std::int64_t> when_empty,
                     std::string& error) {
    NumberField field = parse_number(text, least, most, when_empty);
    error = std::move(field.error);
    return field.value ? static_cast<std::uint64_t>(*field.value) : 0;
}

// What stands in the box is not right, or there is nothing in it.
std::string why_not_box(const Composer& composer) {
    if (!composer.parsed.composition) return "What stands in the send box is not right yet";
    if (!composer.trouble.empty())
        return "What stands in the send box can't be sent: " + composer.trouble;
    if (composer.preview.empty()) return "Type in the send box what is to be sent";
    return {};
}

RepeatTimes times_of(const SendJobForm& form, SendJobErrors& errors) {
    RepeatTimes times;
    const auto interval = read_time(form.interval, look_of(form.interval_unit).ns);
    if (!interval || *interval < channel::kLeastIntervalNs || *interval > channel::kMostIntervalNs)
        errors.interval = "a time from 1 us to 24 h, such as 0.5";
    else
        times.interval_ns = *interval;
    times.count = number(form.count, 1, kMost, 0, errors.count);
    return times;
}

channel::Repeat repeat_of(const SendJobForm& form,
                          const Composer& composer,
                          SendJobErrors& errors) {
    channel::Repeat repeat;
    const RepeatTimes times = times_of(form, errors);
    repeat.interval_ns = times.interval_ns;
    repeat.count = times.count;
    errors.whole = why_not_box(composer);
    if (composer.parsed.composition) repeat.what = *composer.parsed.composition;
    return repeat;
}

channel::Generate generate_of(const SendJobForm& form, SendJobErrors& errors) {
    channel::Generate generate;
    generate.per_second = number(
        form.rate, 1, static_cast<std::int64_t>(channel::kMostGeneratedPerSecond), 0, errors.rate);
    generate.counts_messages = form.counts_messages;
    constexpr std::int64_t kMostBytes = channel::kMostGeneratedBytes;
    generate.least_bytes = static_cast<std::uint32_t>(
        number(form.least_bytes, 1, kMostBytes, std::nullopt, errors.least));
    generate.most_bytes = static_cast<std::uint32_t>(
        number(form.most_bytes, 1, kMostBytes, generate.least_bytes, errors.most));
    if (errors.least.empty() && errors.most.empty() && generate.most_bytes < generate.least_bytes)
        errors.most = "at least as many as in the field before";
    generate.pattern = form.pattern;
    if (form.pattern == channel::GeneratePattern::kText) {
        const auto text = net::bytes::parse_escaped(form.text);
        if (!text)
            errors.text = text.error.message;
        else if (text->empty())
            errors.text = "at least one character";
        else
            generate.text = *text;
    } else if (form.pattern == channel::GeneratePattern::kRandom) {
        generate.seed = number(form.seed, 0, kMost, std::nullopt, errors.seed);
    }
    if (!form.duration.empty()) {
        const auto duration = read_time(form.duration, kSecondNs);
        if (!duration || *duration == 0)
            errors.duration = "a time in seconds, such as 10 or 0.5";
        else
            generate.duration_ns = *duration;
    }
    return generate;
}

channel::SendFile file_of(const SendJobForm& form, SendJobErrors& errors) {
    constexpr std::int64_t kMostKib = std::int64_t{1} << 40;
    channel::SendFile file;
    if (form.path.empty())
        errors.path = "choose a file, or drop one on the window";
    else if (form.path.front() != '/')
        errors.path = "the whole path, from / on";
    file.path = form.path;
    file.bytes_per_second = number(form.limit_kib, 1, kMostKib, 0, errors.limit) * 1024;
    return file;
}

channel::SplitTest split_of(const SendJobForm& form,
                            const Composer& composer,
                            std::int64_t now_ns,
                            SendJobErrors& errors) {
    channel::SplitTest test;
    errors.whole = why_not_box(composer);
    if (errors.whole.empty())
        test.bytes = compose(*composer.parsed.composition,
                             {.count = composer.next_count, .time_ns = now_ns, .random = nullptr},
                             errors.whole);
    if (test.bytes.size() > channel::kMostSplitBytes)
        errors.whole = "At most " + counted(channel::kMostSplitBytes, "byte") + " can be split";
    if (errors.whole.empty() && test.bytes.size() < 2)
        errors.whole = "One byte can't be split: type at least two in the send box";
    std::string_view rest = form.sizes;
    while (!rest.empty()) {
        const std::size_t begin = rest.find_first_not_of(" ,");
        if (begin == std::string_view::npos) break;
        rest.remove_prefix(begin);
        const std::string one(rest.substr(0, rest.find_first_of(" ,")));
        rest.remove_prefix(one.size());
        const NumberField size = parse_number(one, 1, channel::kMostSplitBytes, std::nullopt);
        if (!size.value || test.sizes.size() >= channel::kMostSplitSizes) {
            errors.sizes = "numbers of bytes, such as 1, 2, 16; empty: every boundary";
            break;
        }
        test.sizes.push_back(static_cast<std::uint32_t>(*size.value));
    }
    const auto pause = read_time(form.pause_ms, 1'000'000);
    if (!pause || *pause > channel::kMostSplitPauseNs)
        errors.pause = "a time in milliseconds, up to a minute";
    else
        test.pause_ns = *pause;
    return test;
}

// ---- Drawing ----

float half_width() {
    return std::floor((ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ItemSpacing.x) / 2);
}

void draw_box_words(const Composer& composer, std::string_view before) {
    std::string words(before);
    if (composer.is_right()) {
        words += composer.typed.is_hex
                     ? net::bytes::printable(composer.typed.text, 60)
                     : "\"" + net::bytes::printable(composer.typed.text, 60) + "\"";
        words += ", " + counted(composer.preview.size(), "byte");
    } else {
        words += "what stands in the send box";
    }
    small_wrapped_text(words);
}

void draw_repeat(SendJobForm& form, const Composer& composer, const SendJobErrors& errors) {
    draw_box_words(composer, "Repeats ");
    const float half = half_width();
    text_field("Every", form.interval, {.hint = "1", .error = errors.interval, .width = half});
    ImGui::SameLine();
    begin_captioned("Unit", half);
    if (ImGui::BeginCombo("##Unit", look_of(form.interval_unit).name)) {
        for (const UnitLook& one : kUnits)
            if (ImGui::Selectable(one.name, one.unit == form.interval_unit))
                form.interval_unit = one.unit;
        ImGui::EndCombo();
    }
    name_last_item("##Unit");
    end_captioned();
    text_field("How many times", form.count, {.hint = "until stopped", .error = errors.count});
    field_error(errors.interval);
    field_error(errors.count);
}

void draw_generate(SendJobForm& form, const SendJobErrors& errors) {
    const float half = half_width();
    text_field("Rate (a second)", form.rate,
               {.hint = "as fast as it goes", .error = errors.rate, .width = half});
    ImGui::SameLine();
    begin_captioned("Counted in", half);
    if (ImGui::BeginCombo("##Counted in", form.counts_messages ? "messages" : "bytes")) {
        if (ImGui::Selectable("bytes", !form.counts_messages)) form.counts_messages = false;
        if (ImGui::Selectable("messages", form.counts_messages)) form.counts_messages = true;
        ImGui::EndCombo();
    }
    name_last_item("##Counted in");
    end_captioned();
    field_error(errors.rate);
    text_field("Bytes of a message", form.least_bytes,
               {.hint = "64", .error = errors.least, .width = half});
    ImGui::SameLine();
    text_field("to", form.most_bytes, {.hint = "the same", .error = errors.most, .width = half});
    field_error(errors.least);
    field_error(errors.most);
    using Pattern = channel::GeneratePattern;
    small_text("Filled with");
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    if (segment("Counter", form.pattern == Pattern::kCounter)) form.pattern = Pattern::kCounter;
    hover_text("00 01 02 ... ff 00 ... through all messages, so that a missing one shows");
    ImGui::SameLine();
    if (segment("Random", form.pattern == Pattern::kRandom)) form.pattern = Pattern::kRandom;
    hover_text("Random bytes; the same seed makes the same bytes");
    ImGui::SameLine();
    if (segment("Text###fill text", form.pattern == Pattern::kText)) form.pattern = Pattern::kText;
    ImGui::PopStyleVar();
    if (form.pattern == Pattern::kRandom) {
        text_field("Seed", form.seed, {.hint = "1", .error = errors.seed, .width = half});
        field_error(errors.seed);
    }
    if (form.pattern == Pattern::kText) {
        text_field("Text to repeat", form.text, {.error = errors.text});
        field_error(errors.text);
    }
    text_field("Duration (s)", form.duration,
               {.hint = "until stopped", .error = errors.duration, .width = half});
    field_error(errors.duration);
}

void draw_file(SendJobForm& form, const SendJobErrors& errors) {
    const bool is_untouched = form.path.empty();
    const std::string_view error = is_untouched ? std::string_view{} : errors.path;
    text_field("Path", form.path, {.hint = "/path/to/file", .error = error});
    field_error(error);
    if (button("Choose a file ...")) form.wants_chooser = true;
    hover_text("Or drop a file on the window");
    text_field("Limit (KiB a second)", form.limit_kib,
               {.hint = "as fast as it goes", .error = errors.limit});
    field_error(errors.limit);
}

void draw_split(SendJobForm& form, const Composer& composer, const SendJobErrors& errors) {
    draw_box_words(composer, "Sends again and again, cut in other places each time, ");
    const float half = half_width();
    text_field("In pieces of", form.sizes,
               {.hint = "every boundary", .error = errors.sizes, .width = half});
    hover_text(
        "Empty: in two, at every boundary in turn. Numbers of bytes, such as 1, 2, 16: into "
        "pieces of each of these sizes in turn");
    ImGui::SameLine();
    text_field("Pause (ms)", form.pause_ms, {.hint = "10", .error = errors.pause, .width = half});
    field_error(errors.sizes);
    field_error(errors.pause);
}

}  // namespace

std::string_view SendJobErrors::any() const {
    for (const std::string* one : {&whole, &interval, &count, &rate, &least, &most, &seed, &text,
                                   &duration, &path, &limit, &sizes, &pause})
        if (!one->empty()) return *one;
    return {};
}

std::optional<channel::SendJobWhat> job_of(const SendJobForm& form,
                                           const Composer& composer,
                                           std::int64_t now_ns,
                                           SendJobErrors& errors) {
    errors = {};
    channel::SendJobWhat what;
    switch (form.kind) {
        case SendJobKind::kRepeat: what = repeat_of(form, composer, errors); break;
        case SendJobKind::kGenerate: what = generate_of(form, errors); break;
        case SendJobKind::kFile: what = file_of(form, errors); break;
        case SendJobKind::kSplit: what = split_of(form, composer, now_ns, errors); break;
    }
    if (!errors.any().empty()) return std::nullopt;
    return what;
}

std::optional<RepeatTimes> repeat_times(const SendJobForm& form) {
    SendJobErrors errors;
    const RepeatTimes times = times_of(form, errors);
    if (!errors.any().empty()) return std::nullopt;
    return times;
}

void draw_send_job_kinds(SendJobForm& form) {
    ImGui::PushFont(nullptr, kSmallSize);
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    const auto kind = [&](const char* label, SendJobKind value, std::string_view words) {
        if (segment(label, form.kind == value)) form.kind = value;
        hover_text(words);
    };
    kind("Repeat###job repeat", SendJobKind::kRepeat,
         "What stands in the send box, again and again");
    ImGui::SameLine();
    kind("Generate###job generate", SendJobKind::kGenerate, "Made-up traffic at a chosen rate");
    ImGui::SameLine();
    kind("File###job file", SendJobKind::kFile, "A file of any size");
    ImGui::SameLine();
    kind("Split###job split", SendJobKind::kSplit,
         "What stands in the send box, cut at every boundary, to find what a peer does with it");
    ImGui::PopStyleVar();
    ImGui::PopFont();
}

void draw_send_job_form(SendJobForm& form, const Composer& composer, const SendJobErrors& errors) {
    switch (form.kind) {
        case SendJobKind::kRepeat: draw_repeat(form, composer, errors); break;
        case SendJobKind::kGenerate: draw_generate(form, errors); break;
        case SendJobKind::kFile: draw_file(form, errors); break;
        case SendJobKind::kSplit: draw_split(form, composer, errors); break;
    }
}

}  // namespace app::ui
