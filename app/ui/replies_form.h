// The automatic replies of an endpoint as they are being edited, and the values they stand for.
//
// Thread: frame thread; replies_of() and form_of() are pure.
#pragma once

#include "app/ui/framing_form.h"
#include "net/channel/replies.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app::ui {

struct RuleForm {
    net::channel::ReplyRule rule;  // but for the numbers
    std::string delay_ms = "0";
    std::string times = "1";
    std::string most_hits{};  // empty: no limit
};

struct RepliesForm {
    net::channel::Replies replies;  // but for rules, framing and numbers
    FramingForm framing;
    std::vector<RuleForm> rules;
    std::string most_per_second = "10000";
};

struct RuleErrors {
    std::string name;
    std::string pattern;
    std::string answer;
    std::string delay;
    std::string times;
    std::string most_hits;

    [[nodiscard]] std::string_view any() const;
};
struct RepliesErrors {
    std::string welcome;
    std::string relayed;
    std::string joined;
    std::string left;
    std::string most_per_second;
    FramingErrors framing;
    std::vector<RuleErrors> rules;  // one each

    // The first there is, with the rule it is about; empty: none.
    [[nodiscard]] std::string any() const;
};

[[nodiscard]] RepliesForm form_of(const net::channel::Replies& replies);
// Nothing: something is wrong.
[[nodiscard]] std::optional<net::channel::Replies> replies_of(const RepliesForm& form,
                                                              RepliesErrors& errors);
// "echo, welcome, 2 rules, relay"; empty: nothing is replied.
[[nodiscard]] std::string replies_words(const net::channel::Replies& replies);

}  // namespace app::ui
