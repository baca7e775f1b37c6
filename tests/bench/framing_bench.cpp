// How fast streams are framed, beside memchr over the same bytes in the same run: bytes a second, with lines of 80 bytes and messages of 64 bytes and 4 KiB, fed in
// reads of 64 KiB.
#include "net/bytes/framing.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

namespace {

using namespace net::bytes;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kStreamBytes = std::size_t{16} << 20U;
constexpr std::size_t kReadBytes = std::size_t{64} << 10U;

// Messages of `size` bytes all in all, without any byte below 0x20 or above 0x7E inside, made by `wrap`.
template <typename Wrap>
Bytes messages(std::size_t size, Wrap&& wrap) {
    std::mt19937_64 random(1);
    Bytes stream;
    while (stream.size() < kStreamBytes) {
        const std::size_t begin = stream.size();
        stream.resize(begin + size);
        const auto message = std::span(stream).subspan(begin);
        for (std::uint8_t& byte : message)
            byte = static_cast<std::uint8_t>(0x20 + random() % 0x5F);
        wrap(message);
    }
    return stream;
}

Bytes lines(std::size_t size) {
    return messages(size, [](std::span<std::uint8_t> message) {
        message[message.size() - 2] = '\r';
        message[message.size() - 1] = '\n';
    });
}

Bytes with_lengths(std::size_t size) {
    return messages(size, [](std::span<std::uint8_t> message) {
        const std::size_t body = message.size() - 4;
        for (std::size_t i = 0; i < 4; ++i)
            message[i] = static_cast<std::uint8_t>(body >> (24 - 8 * i));
    });
}

Bytes ended_by(std::size_t size, std::uint8_t end) {
    return messages(size, [end](std::span<std::uint8_t> message) {
        message[0] = static_cast<std::uint8_t>(message.size() - 1);  // COBS: one block
        message.back() = end;
    });
}

void frame(benchmark::State& state, const Framing& framing, const Bytes& stream) {
    const Framer fresh(framing);
    std::uint64_t frames = 0;
    for (auto turn : state) {
        Framer framer = fresh;
        for (std::size_t at = 0; at < stream.size(); at += kReadBytes) {
            framer.feed(std::span(stream).subspan(at, std::min(kReadBytes, stream.size() - at)), 0,
                        [&](const Frame& found) {
                            benchmark::DoNotOptimize(found);
                            ++frames;
                        });
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * stream.size()));
    state.counters["frames"] =
        benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
}

Framing delimiters(std::vector<Bytes> given) {
    Framing framing;
    framing.kind = FramingKind::kDelimiter;
    framing.delimiters = std::move(given);
    return framing;
}

void memchr_of_lines(benchmark::State& state) {
    const Bytes stream = lines(static_cast<std::size_t>(state.range(0)));
    for (auto turn : state) {
        const std::uint8_t* at = stream.data();
        const std::uint8_t* const end = at + stream.size();
        while (at != end) {
            const void* const found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
            benchmark::DoNotOptimize(found);
            at = found == nullptr ? end : static_cast<const std::uint8_t*>(found) + 1;
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * stream.size()));
}
BENCHMARK(memchr_of_lines)->Arg(80)->Arg(4096);

void delimiter_lf(benchmark::State& state) {
    frame(state, delimiters({{'\n'}}), lines(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(delimiter_lf)->Arg(80)->Arg(4096);

void delimiter_crlf(benchmark::State& state) {
    frame(state, delimiters({{'\r', '\n'}}), lines(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(delimiter_crlf)->Arg(80)->Arg(4096);

void delimiters_cr_lf_crlf(benchmark::State& state) {
    frame(state, delimiters({{'\n'}, {'\r'}, {'\r', '\n'}}),
          lines(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(delimiters_cr_lf_crlf)->Arg(80)->Arg(4096);

void eight_delimiters(benchmark::State& state) {
    frame(state, delimiters({{'\n'}, {1}, {2}, {3}, {4}, {5}, {6}, {7}}),
          lines(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(eight_delimiters)->Arg(80)->Arg(4096);

void length_prefix(benchmark::State& state) {
    Framing framing;
    framing.kind = FramingKind::kLengthPrefix;
    frame(state, framing, with_lengths(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(length_prefix)->Arg(64)->Arg(4096);

void length_prefix_of_garbage(benchmark::State& state) {
    Framing framing;
    framing.kind = FramingKind::kLengthPrefix;
    frame(state, framing, lines(80));
}
BENCHMARK(length_prefix_of_garbage);

void slip(benchmark::State& state) {
    Framing framing;
    framing.kind = FramingKind::kSlip;
    frame(state, framing, ended_by(static_cast<std::size_t>(state.range(0)), 0xC0));
}
BENCHMARK(slip)->Arg(64)->Arg(240);

void cobs(benchmark::State& state) {
    Framing framing;
    framing.kind = FramingKind::kCobs;
    frame(state, framing, ended_by(static_cast<std::size_t>(state.range(0)), 0));
}
BENCHMARK(cobs)->Arg(64)->Arg(240);

}  // namespace
