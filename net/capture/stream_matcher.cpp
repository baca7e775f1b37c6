#include "net/capture/stream_matcher.h"

#include "net/capture/byte_pattern_parts.h"

#include <algorithm>
#include <climits>
#include <utility>

namespace net::capture {

struct StreamMatcher::Impl {
    std::shared_ptr<const StreamPattern> pattern;
    Scratch scratch;
};

struct StreamMatcher::Stream {
    hs_stream_t* state = nullptr;
    const StreamPattern::Parts* parts = nullptr;
    MatchFold fold = {};
    std::vector<std::uint64_t>* ends = nullptr;  // of the feed under way

    static int on_report(unsigned /*id*/,
                         unsigned long long from,  // NOLINT(google-runtime-int): the library's
                         unsigned long long to,    // NOLINT(google-runtime-int)
                         unsigned /*flags*/,
                         void* context) {
        auto& self = *static_cast<Stream*>(context);
        if (self.fold.add(self.parts->begin_of(from, to), to) == MatchFold::Answer::kNew)
            self.ends->push_back(to);
        return 0;
    }
};

void StreamMatcher::StreamDelete::operator()(Stream* stream) const {
    // Without a handler it reports nothing and needs no scratch.
    (void)::hs_close_stream(stream->state, nullptr, nullptr, nullptr);
    const std::unique_ptr<Stream> own{stream};
}

StreamMatcher::StreamMatcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamMatcher::~StreamMatcher() = default;

std::unique_ptr<StreamMatcher> StreamMatcher::make(std::shared_ptr<const StreamPattern> pattern) {
    auto impl = std::make_unique<Impl>();
    hs_scratch_t* scratch = nullptr;
    if (::hs_alloc_scratch(pattern->parts().database.get(), &scratch) != HS_SUCCESS) return nullptr;
    impl->scratch.reset(scratch);
    impl->pattern = std::move(pattern);
    return std::unique_ptr<StreamMatcher>{new StreamMatcher(std::move(impl))};
}

StreamMatcher::OwnStream StreamMatcher::begin() const {
    auto stream = std::make_unique<Stream>();
    stream->parts = &impl_->pattern->parts();
    if (::hs_open_stream(stream->parts->database.get(), 0, &stream->state) != HS_SUCCESS)
        return nullptr;
    return OwnStream{stream.release()};
}

void StreamMatcher::feed(Stream& stream,
                         std::span<const std::uint8_t> bytes,
                         std::vector<std::uint64_t>& ends) const {
    stream.ends = &ends;
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), UINT_MAX));
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are chars to it
        (void)::hs_scan_stream(stream.state, reinterpret_cast<const char*>(piece.data()),
                               static_cast<unsigned>(piece.size()), 0, impl_->scratch.get(),
                               &Stream::on_report, &stream);
        bytes = bytes.subspan(piece.size());
    }
    stream.ends = nullptr;
}

}  // namespace net::capture
