// How fast bytes become cells, beside iconv over the same bytes in the same run: bytes a second, in pieces of 64 KiB. iconv gives characters only, no offsets, and stops at an
// invalid byte; ours gives a cell of 16 bytes for each character.
#include "net/bytes/byte_formats.h"
#include "net/bytes/text_encoding.h"

#include <array>
#include <benchmark/benchmark.h>
#include <cstdint>
#include <iconv.h>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace net::bytes;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kStreamBytes = std::size_t{1} << 20U;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

// Codes of `first` and `second`, with a run of ASCII now and then.
Bytes stream(std::uint8_t first,
             std::uint8_t first_end,
             std::uint8_t second,
             std::uint8_t second_end,
             unsigned ascii_percent) {
    std::mt19937_64 random(1);
    const auto between = [&](std::uint8_t from, std::uint8_t end) {
        return static_cast<std::uint8_t>(from + random() % (end - std::uint64_t{from}));
    };
    Bytes bytes;
    while (bytes.size() < kStreamBytes) {
        const bool is_ascii = random() % 100 < ascii_percent;
        for (int i = 0; i < 12; ++i) {
            if (is_ascii) {
                bytes.push_back(between(0x20, 0x7F));
            } else {
                bytes.push_back(between(first, first_end));
                if (second != 0) bytes.push_back(between(second, second_end));
            }
        }
    }
    return bytes;
}

Bytes ascii() {
    return stream(0, 1, 0, 0, 100);
}
Bytes gb18030() {
    return stream(0xB0, 0xD8, 0xA1, 0xFE, 20);
}
Bytes utf8() {
    std::mt19937_64 random(1);
    Bytes bytes;
    while (bytes.size() < kStreamBytes) {
        const bool is_ascii = random() % 5 == 0;
        for (int i = 0; i < 12; ++i) {
            if (is_ascii) {
                bytes.push_back(static_cast<std::uint8_t>(0x20 + random() % 0x5F));
            } else {
                const std::uint64_t c = 0x4E00 + random() % 0x5000;
                bytes.push_back(static_cast<std::uint8_t>(0xE0U | c >> 12U));
                bytes.push_back(static_cast<std::uint8_t>(0x80U | (c >> 6U & 0x3FU)));
                bytes.push_back(static_cast<std::uint8_t>(0x80U | (c & 0x3FU)));
            }
        }
    }
    return bytes;
}
Bytes noise() {
    std::mt19937_64 random(1);
    Bytes bytes(kStreamBytes);
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    return bytes;
}

void decode(benchmark::State& state, TextEncoding encoding, const Bytes& bytes) {
    std::vector<TextCell> cells;
    for (auto _ : state) {
        TextDecoder decoder(encoding);
        for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes) {
            cells.clear();
            decoder.decode(std::span(bytes).subspan(at, std::min(kPieceBytes, bytes.size() - at)),
                           cells);
            benchmark::DoNotOptimize(cells.data());
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

void with_iconv(benchmark::State& state, const char* encoding, const Bytes& bytes) {
    std::vector<char> out(kPieceBytes * 4);
    const iconv_t iconv = ::iconv_open("UCS-4LE", encoding);
    for (auto _ : state) {
        auto* in = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
        std::size_t left = bytes.size();
        while (left > 0) {
            std::size_t piece = std::min(left, kPieceBytes);
            const std::size_t whole = piece;
            char* to = out.data();
            std::size_t room = out.size();
            ::iconv(iconv, &in, &piece, &to, &room);
            if (piece == whole) break;  // half a character at the very end
            left -= whole - piece;
            benchmark::DoNotOptimize(out.data());
        }
    }
    ::iconv_close(iconv);
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

void format(benchmark::State& state, ByteFormat format, const Bytes& bytes) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        ByteFormatter formatter(format);
        formatter.add(bytes, out);
        formatter.finish(out);
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

BENCHMARK_CAPTURE(decode, ascii_as_utf8, TextEncoding::kUtf8, ascii());
BENCHMARK_CAPTURE(with_iconv, ascii_as_utf8, "UTF-8", ascii());
BENCHMARK_CAPTURE(decode, chinese_as_utf8, TextEncoding::kUtf8, utf8());
BENCHMARK_CAPTURE(with_iconv, chinese_as_utf8, "UTF-8", utf8());
BENCHMARK_CAPTURE(decode, chinese_as_gb18030, TextEncoding::kGb18030, gb18030());
BENCHMARK_CAPTURE(with_iconv, chinese_as_gb18030, "GB18030", gb18030());
BENCHMARK_CAPTURE(decode, noise_as_utf8, TextEncoding::kUtf8, noise());
BENCHMARK_CAPTURE(decode, noise_as_gb18030, TextEncoding::kGb18030, noise());
BENCHMARK_CAPTURE(decode, noise_as_utf16, TextEncoding::kUtf16Le, noise());
BENCHMARK_CAPTURE(decode, noise_as_windows_1252, TextEncoding::kWindows1252, noise());
BENCHMARK_CAPTURE(format, text, ByteFormat::kText, utf8());
BENCHMARK_CAPTURE(format, hex_dump, ByteFormat::kHexDump, noise());
BENCHMARK_CAPTURE(format, base64, ByteFormat::kBase64, noise());

// A row of the sheet: what a frame does some sixty times.
void row_of_64_bytes(benchmark::State& state) {
    const Bytes bytes = gb18030();
    std::vector<TextCell> cells;
    std::size_t at = 0;
    for (auto _ : state) {
        TextDecoder decoder(TextEncoding::kGb18030);
        cells.clear();
        decoder.decode(std::span(bytes).subspan(at, 64), cells);
        decoder.finish(cells);
        benchmark::DoNotOptimize(cells.data());
        at = (at + 64) % (bytes.size() - 64);
    }
}
BENCHMARK(row_of_64_bytes);

}  // namespace
