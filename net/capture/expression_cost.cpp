#include "net/capture/expression_cost.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace net::capture {

namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 40U;
// Measured, roughly: so many connections are as dear as a position.
constexpr std::uint64_t kConnectionsAPosition = 8;
constexpr std::uint64_t kMostRepeat = 1'000'000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class Counter {
  public:
    explicit Counter(std::string_view text) : text_(text) { cost_.extended_at = text.size() + 1; }

    ExpressionCost count() {
        groups_.push_back({});
        while (at_ < text_.size())
            step();
        while (groups_.size() > 1)
            close_group();
        groups_[0].finish_item();
        cost_.positions = groups_[0].before;
        return cost_;
    }

  private:
    struct Group {
        std::uint64_t before = 0;  // of all but the last item
        std::uint64_t last = 0;    // of the item that a repeat would repeat
        // What can be left out makes a connection from all before it to all behind it: the square of a run of such.
        bool is_last_optional = false;
        std::uint64_t optional_run = 0;
        bool is_branch_optional = true;
        bool is_optional = false;

        void finish_item() {
            if (last == 0) return;
            if (is_last_optional) {
                before += std::min(optional_run * last / kConnectionsAPosition, kMost);
                optional_run = std::min(optional_run + last, std::uint64_t{1} << 20U);
            } else {
                optional_run = 0;
                is_branch_optional = false;
            }
            before = std::min(before + last, kMost);
            last = 0;
            is_last_optional = false;
        }
        void finish_branch() {
            finish_item();
            is_optional = is_optional || is_branch_optional;
            is_branch_optional = true;
            optional_run = 0;
        }
    };

    void step() {
        const char c = text_[at_];
        switch (c) {
            case '\\': escape(); break;
            case '[': character_class(); break;
            case '(': open_group(); break;
            case ')':
                ++at_;
                if (groups_.size() > 1) close_group();
                break;
            case '{':
                if (!repeat()) item(1);
                break;
            case '*':
            case '?':
                groups_.back().is_last_optional = true;
                ++at_;
                break;
            case '+': ++at_; break;
            case '|':
                groups_.back().finish_branch();
                ++at_;
                break;
            case '^':
            case '$': item(0); break;
            default: item(1); break;
        }
    }

    // An item of one character of the expression.
    void item(std::uint64_t positions) {
        add(positions);
        ++at_;
    }
    void add(std::uint64_t positions) {
        Group& group = groups_.back();
        group.finish_item();
        group.last = positions;
    }

    void escape() {
        const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        at_ += 2;
        if (next == 'Q') {
            const std::size_t end = text_.find("\\E", at_);
            for (; at_ < std::min(end, text_.size()); ++at_)
                add(1);
            if (end != std::string_view::npos) at_ = end + 2;
        } else if (next != 'E') {
            // Of \x41 the digits count as well: too much rather than too little.
            add(1);
        }
    }

    void character_class() {
        std::size_t at = at_ + 1;
        if (at < text_.size() && text_[at] == '^') ++at;
        if (at < text_.size() && text_[at] == ']') ++at;
        while (at < text_.size() && text_[at] != ']') {
            if (text_.substr(at, 2) == "\\Q") {
                const std::size_t end = text_.find("\\E", at + 2);
                at = end == std::string_view::npos ? text_.size() : end + 2;
            } else if (text_[at] == '\\') {
                at += 2;
            } else if (const std::size_t named = named_class_end(at); named != 0) {
                at = named;
            } else {
                ++at;
            }
        }
        add(1);
        at_ = std::min(at, text_.size()) + 1;
    }

    // Behind "[:alpha:]" at `at`; 0: there is none.
    [[nodiscard]] std::size_t named_class_end(std::size_t at) const {
        if (text_.substr(at, 2) != "[:") return 0;
        std::size_t end = at + 2;
        while (end < text_.size() &&
               (text_[end] == '^' || (text_[end] >= 'a' && text_[end] <= 'z')))
            ++end;
        return text_.substr(end, 2) == ":]" ? end + 2 : 0;
    }

    void open_group() {
        if (text_.substr(at_, 3) == "(?#") {
            const std::size_t end = text_.find(')', at_);
            at_ = end == std::string_view::npos ? text_.size() : end + 1;
            return;
        }
        add(0);
        groups_.push_back({});
        ++at_;
        if (at_ >= text_.size() || text_[at_] != '?') return;
        ++at_;
        for (bool is_set = true; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '-') is_set = false;
            if (c == 'x' && is_set && cost_.extended_at > text_.size()) cost_.extended_at = at_;
            if (c != '-' && !(c >= 'a' && c <= 'z')) break;
        }
        if (at_ < text_.size() && text_[at_] == ':') ++at_;
    }

    void close_group() {
        groups_.back().finish_branch();
        const Group closed = groups_.back();
        groups_.pop_back();
        groups_.back().last = closed.before;
        groups_.back().is_last_optional = closed.is_optional;
    }

    // "{3}", "{3,}", "{3,9}" at at_; false: a brace like any character.
    bool repeat() {
        std::size_t at = at_ + 1;
        const std::optional<std::uint64_t> least = number(at);
        if (!least) return false;
        std::uint64_t most = *least;
        if (at < text_.size() && text_[at] == ',') {
            ++at;
            most = std::max(most, number(at).value_or(*least));
        }
        if (at >= text_.size() || text_[at] != '}') return false;
        Group& group = groups_.back();
        std::uint64_t times = std::max<std::uint64_t>(most, 1);
        if (group.is_last_optional)
            times *= std::max<std::uint64_t>(times / (2 * kConnectionsAPosition), 1);
        if (*least == 0) group.is_last_optional = true;
        const std::uint64_t repeated =
            group.last > kMost / times ? kMost : std::min(group.last * times, kMost);
        if (repeated - std::min(repeated, group.last) >= most_added_ && times > 1) {
            most_added_ = repeated - group.last;
            cost_.costliest = at_;
            cost_.costliest_end = at + 1;
        }
        group.last = repeated;
        at_ = at + 1;
        return true;
    }

    std::optional<std::uint64_t> number(std::size_t& at) const {
        if (at >= text_.size() || !is_digit(text_[at])) return std::nullopt;
        std::uint64_t value = 0;
        for (; at < text_.size() && is_digit(text_[at]); ++at)
            value = std::min(value * 10 + static_cast<std::uint64_t>(text_[at] - '0'), kMostRepeat);
        return value;
    }

    const std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Group> groups_;
    ExpressionCost cost_;
    std::uint64_t most_added_ = 0;
};

}  // namespace

ExpressionCost cost_of(std::string_view expression) {
    return Counter(expression).count();
}

}  // namespace net::capture
