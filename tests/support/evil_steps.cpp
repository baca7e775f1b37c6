#include "tests/support/evil_steps.h"

#include <bit>
#include <charconv>
#include <utility>

#include "tests/support/evil_bytes.h"

namespace tests {
namespace {

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = text.find(' ');
        if (end != 0) words.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return words;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

bool parse_size(std::string_view text, Step& step) {
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        return parse_number(text, step.least) && (step.most = step.least, true);
    }
    return parse_number(text.substr(0, dots), step.least) &&
           parse_number(text.substr(dots + 2), step.most) && step.least > 0 &&
           step.least <= step.most;
}

std::optional<Step> parse_step(std::string_view text) {
    static constexpr std::pair<std::string_view, Action> kBare[] = {
        {"urgent", Action::kUrgent},     {"drained", Action::kDrained},
        {"read end", Action::kReadEnd},  {"echo end", Action::kEcho},
        {"shutdown", Action::kShutdown}, {"hold", Action::kHold},
        {"chatter", Action::kChatter},   {"reset", Action::kReset},
        {"close", Action::kClose},       {"settle", Action::kSettle},
    };
    static constexpr std::pair<std::string_view, Action> kSized[] = {{"send", Action::kSend},
                                                                     {"slice", Action::kSlice},
                                                                     {"trade", Action::kTrade},
                                                                     {"read", Action::kRead}};

    Step step;
    for (const auto& [name, action] : kBare) {
        if (text == name) return step.action = action, step;
    }
    const std::vector<std::string_view> words = split(text);
    if (words.size() == 2) {
        for (const auto& [name, action] : kSized) {
            if (words[0] != name) continue;
            step.action = action;
            return parse_size(words[1], step) ? std::optional(step) : std::nullopt;
        }
        step.action = Action::kWait;
        if (words[0] == "wait" && parse_number(words[1], step.delay_ms)) return step;
    }
    static constexpr std::pair<std::string_view, Action> kTimed[] = {{"drip", Action::kDrip},
                                                                     {"stuff", Action::kStuff}};
    if (words.size() == 3) {
        for (const auto& [name, action] : kTimed) {
            if (words[0] != name) continue;
            step.action = action;
            if (parse_size(words[1], step) && parse_number(words[2], step.delay_ms)) return step;
        }
    }
    return std::nullopt;
}

void finish(std::vector<Step>& script) {
    if (script.empty() ||
        (script.back().action != Action::kReset && script.back().action != Action::kClose)) {
        script.push_back(Step{.action = Action::kClose});
    }
}

}  // namespace

std::uint64_t Step::size(std::uint64_t seed, std::uint64_t connection) const {
    if (least >= most) return least;
    const auto lowest = static_cast<std::uint64_t>(std::bit_width(least));
    const auto highest = static_cast<std::uint64_t>(std::bit_width(most));
    const std::uint64_t width = lowest + choice(seed, connection, 1) % (highest - lowest + 1);
    const std::uint64_t from = std::max(least, std::uint64_t{1} << (width - 1));
    const std::uint64_t to = width >= 64 ? most : std::min(most, (std::uint64_t{1} << width) - 1);
    return from + choice(seed, connection, 2) % (to - from + 1);
}

std::optional<Scripts> parse_scripts(const std::vector<std::string_view>& words,
                                     std::string& trouble) {
    Scripts scripts(1);
    for (const std::string_view word : words) {
        if (word == "or") {
            scripts.emplace_back();
            continue;
        }
        const std::optional<Step> step = parse_step(word);
        if (!step) {
            trouble =
                "step: " + std::string(word) +
                ": not understood; accepted are send SIZE, slice SIZE, drip SIZE MS, stuff SIZE "
                "MS, urgent, "
                "trade SIZE, drained, "
                "settle, read SIZE, read end, echo end, shutdown, wait MS, hold, chatter, reset, "
                "close, or";
            return std::nullopt;
        }
        scripts.back().push_back(*step);
    }
    for (auto& script : scripts)
        finish(script);
    return scripts;
}

}  // namespace tests
