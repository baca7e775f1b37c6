#define PCRE2_CODE_UNIT_WIDTH 8
#include "net/service/reply_expression.h"

#include "net/bytes/escapes.h"
#include "net/capture/byte_pattern.h"

#include <algorithm>
#include <ctime>
#include <pcre2.h>
#include <string>
#include <utility>
#include <vector>

namespace net::service {

namespace {

// Of a match at one place: backtracking, its depth, and what it remembers on the way.
constexpr std::uint32_t kMostBacktracks = 200'000;
constexpr std::uint32_t kMostHeapKib = 16 * 1024;
// Text and hex are looked for in pieces of this size, and for so long: a pattern of 2,048 bytes may be compared to its last byte at each place.
constexpr std::size_t kPieceBytes = 4096;
constexpr std::int64_t kMostPiecesNs = 20'000'000;

struct CodeDelete {
    void operator()(pcre2_code* code) const { ::pcre2_code_free(code); }
};
struct MatchDataDelete {
    void operator()(pcre2_match_data* data) const { ::pcre2_match_data_free(data); }
};
struct MatchContextDelete {
    void operator()(pcre2_match_context* context) const { ::pcre2_match_context_free(context); }
};
struct CompileContextDelete {
    void operator()(pcre2_compile_context* context) const { ::pcre2_compile_context_free(context); }
};

struct Steps {
    std::uint64_t taken = 0;
    std::size_t last_place = 0;
    std::uint64_t each = 1;
};

int on_callout(pcre2_callout_block* block, void* data) {
    auto& steps = *static_cast<Steps*>(data);
    const std::size_t place = block->current_position;
    const std::size_t run =
        place > steps.last_place ? place - steps.last_place : steps.last_place - place;
    steps.last_place = place;
    steps.taken += steps.each + run / kMatchBytesAStep;
    return steps.taken > kMostSteps ? PCRE2_ERROR_CALLOUT : 0;
}

// Of this thread: a loaded machine makes nothing more costly.
std::int64_t cpu_time_ns() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

std::string words_of(int code) {
    std::array<PCRE2_UCHAR, 160> text{};
    if (::pcre2_get_error_message(code, text.data(), text.size()) < 0)
        return "the expression cannot be compiled";
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its characters are bytes
    return bytes::printable(reinterpret_cast<const char*>(text.data()));
}

}  // namespace

struct ReplyExpression::Impl {
    std::unique_ptr<pcre2_code, CodeDelete> code;
    std::unique_ptr<pcre2_match_data, MatchDataDelete> data;
    std::unique_ptr<pcre2_match_context, MatchContextDelete> context;
    Steps steps;
    std::uint32_t groups = 1;
    bool has_back_references = false;
    std::size_t piece_overlap = 0;  // text, hex: a match has at most so many bytes; 0: any
    bool is_whole = false;

    Fits match_in(std::span<const std::uint8_t> subject, Groups& found);
};

ReplyExpression::ReplyExpression(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReplyExpression::~ReplyExpression() = default;

std::unique_ptr<ReplyExpression> ReplyExpression::compile(const bytes::BytePattern& pattern,
                                                          bool is_whole,
                                                          bytes::ParseError& error) {
    const auto expression = capture::expression_of(pattern);
    if (!expression) {
        error = expression.error;
        return nullptr;
    }
    const bool is_regex = pattern.kind == bytes::PatternKind::kRegex;
    std::uint32_t options = PCRE2_NEVER_UTF;
    // expression_of() writes the cases of text out itself.
    options |= is_regex ? PCRE2_MULTILINE | PCRE2_AUTO_CALLOUT : PCRE2_DOTALL;
    if (is_regex && !pattern.matches_case) options |= PCRE2_CASELESS;
    if (is_whole) options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    const std::unique_ptr<pcre2_compile_context, CompileContextDelete> how{
        ::pcre2_compile_context_create(nullptr)};
    auto impl = std::make_unique<Impl>();
    impl->context.reset(::pcre2_match_context_create(nullptr));
    if (how != nullptr) ::pcre2_set_newline(how.get(), PCRE2_NEWLINE_LF);
    int code = 0;
    std::size_t at = 0;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its characters are bytes
    const auto* const text = reinterpret_cast<PCRE2_SPTR>(expression->expression.data());
    impl->code.reset(
        ::pcre2_compile(text, expression->expression.size(), options, &code, &at, how.get()));
    if (impl->code == nullptr) {
        const std::size_t place =
            at < expression->places.size() ? expression->places[at] : pattern.text.size();
        error = {place, std::min<std::size_t>(1, pattern.text.size() - place), words_of(code)};
        return nullptr;
    }
    impl->data.reset(::pcre2_match_data_create_from_pattern(impl->code.get(), nullptr));
    if (how == nullptr || impl->context == nullptr || impl->data == nullptr) {
        error = {0, 0, "the expression cannot be used: there is no memory for it"};
        return nullptr;
    }
    (void)::pcre2_set_match_limit(impl->context.get(), kMostBacktracks);
    (void)::pcre2_set_heap_limit(impl->context.get(), kMostHeapKib);
    if (is_regex) (void)::pcre2_set_callout(impl->context.get(), &on_callout, &impl->steps);
    std::uint32_t groups = 0;
    std::uint32_t back_reference = 0;
    (void)::pcre2_pattern_info(impl->code.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
    (void)::pcre2_pattern_info(impl->code.get(), PCRE2_INFO_BACKREFMAX, &back_reference);
    impl->groups = std::min<std::uint32_t>(groups + 1, bytes::kReplyGroups);
    impl->has_back_references = back_reference > 0;
    impl->is_whole = is_whole;
    if (!is_regex) impl->piece_overlap = expression->most_bytes;
    return std::unique_ptr<ReplyExpression>{new ReplyExpression(std::move(impl))};
}

std::uint32_t ReplyExpression::groups() const {
    return impl_->groups;
}

ReplyExpression::Fits ReplyExpression::Impl::match_in(std::span<const std::uint8_t> subject,
                                                      Groups& found) {
    const int answer =
        ::pcre2_match(code.get(), subject.data(), subject.size(), 0, 0, data.get(), context.get());
    if (answer == PCRE2_ERROR_NOMATCH) return Fits::kNo;
    if (answer <= 0) return Fits::kTooCostly;
    const std::size_t* const places = ::pcre2_get_ovector_pointer(data.get());
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i] = {};
        if (i >= static_cast<std::size_t>(answer)) continue;
        const std::size_t begin = places[2 * i];
        const std::size_t end = places[2 * i + 1];
        // \K may have put the begin behind the end.
        if (begin != PCRE2_UNSET && end != PCRE2_UNSET && begin < end)
            found[i] = subject.subspan(begin, end - begin);
    }
    return Fits::kYes;
}

ReplyExpression::Fits ReplyExpression::match(std::span<const std::uint8_t> message,
                                             Groups& groups,
                                             std::uint64_t& steps) {
    static constexpr std::uint8_t kNothing = 0;
    if (message.data() == nullptr) message = {&kNothing, 0};
    impl_->steps = {};
    // What a back-reference compares is not seen otherwise.
    if (impl_->has_back_references) impl_->steps.each += message.size() / kMatchBytesAStep;
    Fits fits = Fits::kNo;
    if (impl_->is_whole || impl_->piece_overlap == 0 || message.size() <= kPieceBytes) {
        fits = impl_->match_in(message, groups);
    } else {
        const std::int64_t began = cpu_time_ns();
        for (std::size_t at = 0; at < message.size() && fits == Fits::kNo; at += kPieceBytes) {
            if (cpu_time_ns() - began > kMostPiecesNs) {
                fits = Fits::kTooCostly;
                break;
            }
            const auto rest = message.subspan(at);
            fits = impl_->match_in(
                rest.first(std::min(rest.size(), kPieceBytes + impl_->piece_overlap - 1)), groups);
        }
    }
    steps += impl_->steps.taken + 1;
    return fits;
}

}  // namespace net::service
