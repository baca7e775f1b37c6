// Random compositions beside a model: whatever was typed, the bytes can be taken apart again into length, text, ending and checksum.
#include <array>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <optional>
#include <random>
#include <span>

#include "tests/net/bytes/composition_fixture.h"

namespace {

using namespace net::bytes;
using tests::Bytes;
using tests::bytes_of;

// What was typed, and the bytes that it must become.
struct Sample {
    ComposeText typed;
    Bytes body;  // text and ending
};

struct Moment {
    std::uint64_t count;
    std::int64_t time_ns;
    std::uint64_t seed;
};

// With zeros before it, up to so many digits.
std::string padded(std::string digits, std::size_t least) {
    return digits.size() < least ? std::string(least - digits.size(), '0') + digits : digits;
}

std::string in_hex(std::uint64_t value, std::size_t least) {
    std::array<char, 20> out{};
    std::snprintf(out.data(), out.size(), "%llx", static_cast<unsigned long long>(value));
    return padded(out.data(), least);
}

Bytes numbered(std::uint64_t value, std::size_t size, bool is_big_endian) {
    Bytes out;
    for (; out.size() < size; value /= 256)
        out.insert(is_big_endian ? out.begin() : out.end(), static_cast<std::uint8_t>(value % 256));
    return out;
}

std::string rfc3339(std::int64_t time_ns) {
    const std::time_t seconds = time_ns / 1'000'000'000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> out{};
    const std::size_t size = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
    return std::string(out.data(), size) + padded(std::to_string(time_ns / 1'000'000 % 1000), 3) +
           "Z";
}

// A random piece: what is typed for it, and its bytes.
class Pieces {
  public:
    Pieces(std::mt19937_64& random, Moment moment)
        : random_(random),
          moment_(moment),
          bytes_source_(moment.seed) {}

    void add_to(Sample& sample) {
        std::string& typed = sample.typed.text;
        Bytes& body = sample.body;
        const auto add = [&](std::string_view text, const Bytes& bytes) {
            typed += text;
            body.insert(body.end(), bytes.begin(), bytes.end());
        };
        const auto byte = static_cast<std::uint8_t>(random_());
        const bool is_hex = sample.typed.is_hex;
        switch (random_() % 12) {
            case 0: return add("\\{counter}", bytes_of(std::to_string(moment_.count)));
            case 1: return add("\\{counter:012x}", bytes_of(in_hex(moment_.count, 12)));
            case 2: return add("\\{counter:u16be}", numbered(moment_.count, 2, true));
            case 3: return add("\\{counter:u32le}", numbered(moment_.count, 4, false));
            case 4: return add("\\{time}", bytes_of(rfc3339(moment_.time_ns)));
            case 5:
                return add("\\{time:u64le}",
                           numbered(static_cast<std::uint64_t>(moment_.time_ns / 1'000'000'000), 8,
                                    false));
            case 6: {
                Bytes some(1 + random_() % 20);
                for (std::size_t i = 0; i < some.size(); ++i) {
                    if (i % 8 == 0) eight_ = bytes_source_();
                    some[i] = static_cast<std::uint8_t>(eight_ >> 8 * (i % 8));
                }
                return add("\\{random:" + std::to_string(some.size()) + "}", some);
            }
            case 7:
                if (is_hex) return add(" 0X" + in_hex(byte, 2) + ",", {byte});
                return add("中", bytes_of("\xe4\xb8\xad"));
            default:
                if (is_hex) return add(in_hex(byte, 2), {byte});
                if (byte >= 0x20 && byte < 0x7f && byte != '\\')
                    return add(std::string(1, static_cast<char>(byte)), {byte});
                return add("\\x" + in_hex(byte, 2), {byte});
        }
    }

  private:
    std::mt19937_64& random_;
    Moment moment_;
    std::mt19937_64 bytes_source_;
    std::uint64_t eight_ = 0;
};

Sample random_sample(std::mt19937_64& random, Moment moment) {
    Sample sample;
    ComposeText& typed = sample.typed;
    typed.is_hex = random() % 2 == 0;
    Pieces pieces(random, moment);
    for (std::uint64_t left = random() % 30; left > 0; --left)
        pieces.add_to(sample);
    constexpr std::string_view kEndings[] = {"", "\r", "\n", "\r\n", {"\0", 1}, "<EOF>"};
    typed.ending = static_cast<LineEnding>(random() % 6);
    typed.own_ending = "<EOF>";
    for (const char c : kEndings[static_cast<std::size_t>(typed.ending)])
        sample.body.push_back(static_cast<std::uint8_t>(c));
    typed.length = static_cast<LengthKind>(random() % 6);
    typed.length_is_big_endian = random() % 2 == 0;
    typed.length_counts_itself = random() % 2 == 0;
    typed.has_checksum = random() % 3 != 0;
    typed.checksum = static_cast<Checksum>(random() % kChecksums);
    typed.checksum_is_big_endian = random() % 2 == 0;
    if (random() % 3 == 0) {
        typed.checksum_first_byte = static_cast<std::uint32_t>(random() % 20);
        typed.checksum_last_byte =
            typed.checksum_first_byte + static_cast<std::uint32_t>(random() % 20);
    }
    return sample;
}

std::uint64_t read_number(std::span<const std::uint8_t> bytes, bool is_big_endian) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        number = number * 256 + bytes[is_big_endian ? i : bytes.size() - 1 - i];
    return number;
}

// The prefix at the start: its size and what it says.
std::pair<std::size_t, std::uint64_t> read_length(const ComposeText& typed,
                                                  std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kSizes[] = {0, 1, 2, 4, 8};
    if (typed.length == LengthKind::kLeb128) {
        std::uint64_t number = 0;
        std::size_t size = 0;
        do {
            number |= std::uint64_t{bytes[size] & 0x7fU} << 7 * size;
        } while ((bytes[size++] & 0x80U) != 0);
        return {size, number};
    }
    const std::size_t size = kSizes[static_cast<std::size_t>(typed.length)];
    return {size, read_number(bytes.first(size), typed.length_is_big_endian)};
}

void check(const Sample& sample, const Moment& moment) {
    const ComposeText& typed = sample.typed;
    SCOPED_TRACE((typed.is_hex ? "hex: " : "text: ") + typed.text);
    const ComposeParsed parsed = parse(typed);
    ASSERT_TRUE(parsed.composition) << parsed.composition.error.message;
    std::mt19937_64 source(moment.seed);
    std::string error;
    const Bytes bytes =
        compose(*parsed.composition,
                {.count = moment.count, .time_ns = moment.time_ns, .random = &source}, error);
    const std::size_t checksum_size = typed.has_checksum ? width_bytes(typed.checksum) : 0;
    if (!error.empty()) {
        ASSERT_EQ(typed.length, LengthKind::kU8);
        ASSERT_GT(sample.body.size() + checksum_size + (typed.length_counts_itself ? 1 : 0), 255U);
        return;
    }
    std::span<const std::uint8_t> left{bytes};
    const auto [prefix, says] = read_length(typed, left);
    if (typed.length != LengthKind::kNone) {
        ASSERT_EQ(says, bytes.size() - (typed.length_counts_itself ? 0 : prefix));
    }
    left = left.subspan(prefix);
    ASSERT_EQ(Bytes(left.begin(), left.end() - static_cast<std::ptrdiff_t>(checksum_size)),
              sample.body);
    if (!typed.has_checksum) return;
    Bytes over;
    for (std::size_t i = 0; i < bytes.size() - checksum_size; ++i)
        if (i >= typed.checksum_first_byte && i <= typed.checksum_last_byte)
            over.push_back(bytes[i]);
    ASSERT_EQ(read_number(left.last(checksum_size), typed.checksum_is_big_endian),
              checksum_of(typed.checksum, over));
}

// The bytes stay the same in the other way of writing, and what comes back from that is what went in.
void check_rewriting(const Sample& sample, const Moment& moment) {
    ComposeText other = sample.typed;
    other.is_hex = !other.is_hex;
    const auto written = rewritten(sample.typed, other.is_hex);
    ASSERT_TRUE(written);
    other.text = *written;
    check({other, sample.body}, moment);
    const auto back = rewritten(other, sample.typed.is_hex);
    ASSERT_TRUE(back);
    ComposeText again = sample.typed;
    again.text = *back;
    ASSERT_EQ(rewritten(again, other.is_hex), *written);
    ASSERT_EQ(parse(again).composition.value, parse(sample.typed).composition.value);
}

void run(std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 3000; ++round) {
        const Moment moment{random() >> random() % 64,
                            static_cast<std::int64_t>(random() % 4'000'000'000'000'000'000U),
                            random()};
        const Sample sample = random_sample(random, moment);
        check(sample, moment);
        check_rewriting(sample, moment);
        if (testing::Test::HasFatalFailure()) return;
    }
}

TEST(ComposeModel, WhatIsComposedCanBeTakenApartAgain) {
    run(1);
    const std::uint64_t seed = std::random_device{}();
    std::cout << "seed " << seed << "\n";
    run(seed);
}

}  // namespace
