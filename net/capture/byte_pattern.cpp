#include "net/capture/byte_pattern.h"

#include "net/bytes/escapes.h"
#include "net/capture/byte_pattern_parts.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace net::capture {

namespace {

using bytes::ParseError;

enum class Mode : std::uint8_t { kStream, kBlock };

struct CompileErrorDelete {
    void operator()(hs_compile_error_t* error) const { ::hs_free_compile_error(error); }
};
using CompileError = std::unique_ptr<hs_compile_error_t, CompileErrorDelete>;

// "... at index 3." at the end of Vectorscan's message: where in the expression.
std::optional<std::size_t> index_in(std::string_view message) {
    constexpr std::string_view kWords = "at index ";
    std::size_t at = message.rfind(kWords);
    if (at == std::string_view::npos) return std::nullopt;
    std::size_t index = 0;
    for (at += kWords.size(); at < message.size() && message[at] >= '0' && message[at] <= '9'; ++at)
        index = std::min<std::size_t>(index * 10 + static_cast<std::size_t>(message[at] - '0'),
                                      std::size_t{1} << 20U);
    return index;
}

// Its sentence as the house writes them: without the place, which is shown, and the full stop; ours where there is something to advise.
std::string in_words(std::string_view message) {
    if (message.find("empty buffer") != std::string_view::npos)
        return "the expression also matches where nothing is, and so everywhere; write + for *, or "
               "add what must be there";
    if (message.find("large") != std::string_view::npos ||
        message.find("bytecode") != std::string_view::npos ||
        message.find("resource limit") != std::string_view::npos)
        return "the expression is too large or its repeats are too long to be compiled; make it "
               "shorter";
    if (message.find("Embedded") != std::string_view::npos)
        return "^ and $ can stand only where a line can begin or end";
    std::string words = bytes::printable(message);
    if (const std::size_t place = words.rfind(" at index "); place != std::string::npos)
        words.erase(place);
    while (words.ends_with('.'))
        words.pop_back();
    // Names of libraries keep their capital, as do terms of two capitals.
    if (words.size() > 1 && words[1] >= 'a' && words[1] <= 'z' && words[0] >= 'A' &&
        words[0] <= 'Z')
        words[0] = static_cast<char>(words[0] - 'A' + 'a');
    return words;
}

ParseError error_of(const hs_compile_error_t* error,
                    const PatternExpression& expression,
                    std::size_t text_size) {
    const std::string_view message = error != nullptr && error->message != nullptr
                                         ? std::string_view(error->message)
                                         : std::string_view("the expression cannot be compiled");
    const std::optional<std::size_t> index = index_in(message);
    if (!index) return {0, text_size, in_words(message)};
    const std::size_t place =
        *index < expression.places.size() ? expression.places[*index] : text_size;
    return {place, std::min<std::size_t>(1, text_size - place), in_words(message)};
}

// How long matches are: {least, most}, UINT_MAX for no end; or the error.
struct Widths {
    unsigned least = 0;
    unsigned most = 0;
    bool only_at_end = false;
};
CompileError widths_of(const PatternExpression& expression, Widths& widths) {
    hs_expr_info_t* info = nullptr;
    hs_compile_error_t* error = nullptr;
    if (::hs_expression_info(expression.expression.c_str(), expression.flags, &info, &error) !=
        HS_SUCCESS)
        return CompileError{error};
    widths = {.least = info->min_width,
              .most = info->max_width,
              .only_at_end = info->matches_only_at_eod != 0};
    std::free(
        info);  // NOLINT(cppcoreguidelines-no-malloc): its allocator is malloc, which we never set
    return nullptr;
}

Database compile_once(const PatternExpression& expression,
                      unsigned flags,
                      unsigned mode,
                      CompileError& error) {
    hs_database_t* database = nullptr;
    hs_compile_error_t* failed = nullptr;
    const hs_error_t answer = ::hs_compile(expression.expression.c_str(), expression.flags | flags,
                                           mode, nullptr, &database, &failed);
    error.reset(failed);
    return Database{answer == HS_SUCCESS ? database : nullptr};
}

bool compile_into(CompiledExpression& compiled,
                  const BytePattern& pattern,
                  Mode mode,
                  ParseError& error) {
    const auto expression = expression_of(pattern);
    if (!expression) {
        error = expression.error;
        return false;
    }
    if (::hs_valid_platform() != HS_SUCCESS) {
        error = {0, 0, "searching needs a processor with SSE4.2, which this one has not"};
        return false;
    }
    Widths widths{.least = expression->least_bytes, .most = expression->most_bytes};
    CompileError failed;
    if (widths.most == 0) {
        failed = widths_of(*expression, widths);
        if (failed) {
            error = error_of(failed.get(), *expression, pattern.text.size());
            return false;
        }
        if (widths.only_at_end) {
            error = {0, pattern.text.size(),
                     "the expression matches only at the end of a stream, which a search never "
                     "sees"};
            return false;
        }
    }
    const bool is_fixed = widths.least == widths.most && widths.least != 0;
    compiled.fixed_bytes = is_fixed ? widths.least : 0;
    compiled.knows_begins = true;
    const unsigned base_mode = mode == Mode::kStream ? HS_MODE_STREAM : HS_MODE_BLOCK;
    if (is_fixed) {
        compiled.database = compile_once(*expression, 0, base_mode, failed);
    } else {
        const unsigned begins = mode == Mode::kStream ? HS_MODE_SOM_HORIZON_LARGE : 0U;
        compiled.database =
            compile_once(*expression, HS_FLAG_SOM_LEFTMOST, base_mode | begins, failed);
        if (!compiled.database) {
            // Too complex to follow where each match began, perhaps; then only where they end.
            CompileError again;
            compiled.database = compile_once(*expression, 0, base_mode, again);
            compiled.knows_begins = false;
        }
    }
    if (compiled.database) return true;
    error = error_of(failed.get(), *expression, pattern.text.size());
    return false;
}

}  // namespace

StreamPattern::StreamPattern(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
StreamPattern::~StreamPattern() = default;

std::shared_ptr<const StreamPattern> StreamPattern::compile(const BytePattern& pattern,
                                                            ParseError& error) {
    auto parts = std::make_unique<Parts>();
    if (!compile_into(*parts, pattern, Mode::kStream, error)) return nullptr;
    if (::hs_stream_size(parts->database.get(), &parts->state_bytes) != HS_SUCCESS) {
        error = {0, 0, "the expression cannot be used: there is no memory for it"};
        return nullptr;
    }
    return std::shared_ptr<const StreamPattern>{new StreamPattern(std::move(parts))};
}

std::uint32_t StreamPattern::fixed_bytes() const {
    return parts_->fixed_bytes;
}

bool StreamPattern::knows_begins() const {
    return parts_->knows_begins;
}

std::size_t StreamPattern::state_bytes() const {
    return parts_->state_bytes;
}

struct ByteFinder::Impl {
    std::vector<CompiledExpression> patterns;
    Scratch scratch;
    // Of the scan under way.
    MatchFold fold;
    std::vector<Found>* found = nullptr;
    std::uint32_t pattern = 0;

    static int on_report(unsigned /*id*/,
                         unsigned long long from,  // NOLINT(google-runtime-int): the library's
                         unsigned long long to,    // NOLINT(google-runtime-int)
                         unsigned /*flags*/,
                         void* context) {
        auto& self = *static_cast<Impl*>(context);
        switch (self.fold.add(self.patterns[self.pattern].begin_of(from, to), to)) {
            case MatchFold::Answer::kNone: return 0;
            case MatchFold::Answer::kNew:
                // One more than is kept tells that there are more.
                if (self.found->size() > kMostFound) return 1;
                self.found->push_back({.pattern = self.pattern});
                break;
            case MatchFold::Answer::kGrown: break;
        }
        self.found->back().offset = static_cast<std::size_t>(self.fold.from());
        self.found->back().bytes = static_cast<std::size_t>(self.fold.to() - self.fold.from());
        return 0;
    }
};

ByteFinder::ByteFinder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ByteFinder::~ByteFinder() = default;

std::unique_ptr<ByteFinder> ByteFinder::compile(std::span<const BytePattern> patterns,
                                                Error& error) {
    auto impl = std::make_unique<Impl>();
    hs_scratch_t* scratch = nullptr;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        CompiledExpression compiled;
        error.pattern = i;
        if (!compile_into(compiled, patterns[i], Mode::kBlock, error.error)) return nullptr;
        const hs_error_t answer = ::hs_alloc_scratch(compiled.database.get(), &scratch);
        (void)impl->scratch.release();  // it has become part of the new one
        impl->scratch.reset(scratch);
        if (answer != HS_SUCCESS) {
            error.error = {0, 0, "the expression cannot be used: there is no memory for it"};
            return nullptr;
        }
        impl->patterns.push_back(std::move(compiled));
    }
    return std::unique_ptr<ByteFinder>{new ByteFinder(std::move(impl))};
}

bool ByteFinder::find_in(std::span<const std::uint8_t> bytes, std::vector<Found>& found) {
    found.clear();
    if (bytes.empty()) return false;
    impl_->found = &found;
    const std::size_t size = std::min<std::size_t>(bytes.size(), UINT_MAX);
    for (std::size_t i = 0; i < impl_->patterns.size() && found.size() <= kMostFound; ++i) {
        impl_->pattern = static_cast<std::uint32_t>(i);
        impl_->fold = {};
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are chars to it
        (void)::hs_scan(impl_->patterns[i].database.get(),
                        reinterpret_cast<const char*>(bytes.data()), static_cast<unsigned>(size), 0,
                        impl_->scratch.get(), &Impl::on_report, impl_.get());
    }
    const bool is_cut = found.size() > kMostFound;
    if (is_cut) found.resize(kMostFound);
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
        return a.offset != b.offset ? a.offset < b.offset : a.pattern < b.pattern;
    });
    return is_cut;
}

}  // namespace net::capture
