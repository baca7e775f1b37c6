#include "net/bytes/checksum.h"

#include "net/bytes/escapes.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using namespace net::bytes;

using Bytes = std::vector<std::uint8_t>;

struct Kind {
    Checksum checksum;
    std::string_view name;
    std::uint32_t check;  // of "123456789"; of the CRCs the catalogue's
    std::size_t width;
};
constexpr Kind kKinds[] = {
    {Checksum::kSum8, "sum-8", 0xdd, 1},  // 0x31 + ... + 0x39 = 0x1dd
    {Checksum::kXor8, "XOR-8", 0x31, 1},
    {Checksum::kLrc, "LRC", 0x23, 1},  // 0xdd + 0x23 = 0x100
    {Checksum::kCrc8, "CRC-8", 0xf4, 1},
    {Checksum::kCrc16Modbus, "CRC-16/MODBUS", 0x4b37, 2},
    {Checksum::kCrc16CcittFalse, "CRC-16/CCITT-FALSE", 0x29b1, 2},
    {Checksum::kCrc16Xmodem, "CRC-16/XMODEM", 0x31c3, 2},
    {Checksum::kCrc32, "CRC-32", 0xcbf43926, 4},
    {Checksum::kCrc32c, "CRC-32C", 0xe3069283, 4},
    {Checksum::kAdler32, "Adler-32", 0x091e01de, 4},
};

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    return bytes;
}

// The catalogue's parameters, a bit at a time.
struct Parameters {
    unsigned width;
    std::uint32_t polynomial;
    std::uint32_t initial;
    bool is_reflected;
    std::uint32_t final_xor;
};

std::uint32_t slow_crc(const Parameters& of, const Bytes& bytes) {
    const std::uint64_t mask = (std::uint64_t{1} << of.width) - 1;
    std::uint64_t rest = of.initial;
    for (const std::uint8_t byte : bytes) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            const std::uint64_t in = byte >> (of.is_reflected ? bit : 7 - bit) & 1U;
            const std::uint64_t top = rest >> (of.width - 1) & 1U;
            rest = rest << 1U & mask;
            if (in != top) rest ^= of.polynomial;
        }
    }
    if (of.is_reflected) {
        std::uint64_t turned = 0;
        for (unsigned bit = 0; bit < of.width; ++bit)
            turned |= (rest >> bit & 1U) << (of.width - 1 - bit);
        rest = turned;
    }
    return static_cast<std::uint32_t>(rest ^ of.final_xor);
}

TEST(Checksum, EachHasTheCataloguesCheckValue) {
    constexpr std::string_view kCheck = "123456789";
    const Bytes bytes(kCheck.begin(), kCheck.end());
    for (const Kind& kind : kKinds)
        EXPECT_EQ(checksum_of(kind.checksum, bytes), kind.check) << kind.name;
}

TEST(Checksum, EachIsFoundByItsNameAndNoOtherNameIs) {
    std::set<std::string_view> names;
    for (const Kind& kind : kKinds) {
        EXPECT_EQ(name(kind.checksum), kind.name);
        EXPECT_EQ(checksum(kind.name), kind.checksum);
        EXPECT_EQ(width_bytes(kind.checksum), kind.width);
        names.insert(kind.name);
    }
    EXPECT_EQ(names.size(), kChecksums);
    for (const char* other : {"", "crc-32", "CRC-32 ", "CRC-16"})
        EXPECT_FALSE(checksum(other)) << other;
}

TEST(Checksum, OfNothingItIsTheInitialValue) {
    for (const Kind& kind : kKinds) {
        const std::uint32_t expected =
            kind.checksum == Checksum::kAdler32 ? 1U
            : kind.checksum == Checksum::kCrc16Modbus || kind.checksum == Checksum::kCrc16CcittFalse
                ? 0xffffU
                : 0U;
        EXPECT_EQ(checksum_of(kind.checksum, {}), expected) << kind.name;
    }
}

TEST(Checksum, PiecesGiveTheSameAsTheWhole) {
    std::mt19937_64 random(2);
    for (int round = 0; round < 300; ++round) {
        // Now and then longer than Adler's sums go without their modulus.
        const Bytes bytes =
            round % 50 == 0 ? Bytes(20'000, 0xff) : random_bytes(random, random() % 200);
        for (const Kind& kind : kKinds) {
            ChecksumState state(kind.checksum);
            std::span<const std::uint8_t> left{bytes};
            while (!left.empty()) {
                const std::size_t size = std::min<std::size_t>(random() % 40, left.size());
                state.feed(left.first(size));
                left = left.subspan(size);
            }
            ASSERT_EQ(state.value(), checksum_of(kind.checksum, bytes)) << kind.name;
            ASSERT_EQ(state.value(), checksum_of(kind.checksum, bytes)) << "asked again";
        }
    }
}

TEST(Checksum, EachCrcIsThatOfTheCataloguesParameters) {
    const struct {
        Checksum checksum;
        Parameters parameters;
    } crcs[] = {
        {Checksum::kCrc8, {8, 0x07, 0, false, 0}},
        {Checksum::kCrc16Modbus, {16, 0x8005, 0xffff, true, 0}},
        {Checksum::kCrc16CcittFalse, {16, 0x1021, 0xffff, false, 0}},
        {Checksum::kCrc16Xmodem, {16, 0x1021, 0, false, 0}},
        {Checksum::kCrc32, {32, 0x04c11db7, 0xffffffff, true, 0xffffffff}},
        {Checksum::kCrc32c, {32, 0x1edc6f41, 0xffffffff, true, 0xffffffff}},
    };
    std::mt19937_64 random(3);
    for (int round = 0; round < 200; ++round) {
        const Bytes bytes = random_bytes(random, random() % 100);
        for (const auto& crc : crcs)
            ASSERT_EQ(checksum_of(crc.checksum, bytes), slow_crc(crc.parameters, bytes))
                << name(crc.checksum) << " of " << to_hex(bytes);
    }
}

TEST(Checksum, PythonsLibrariesAgree) {
    constexpr Checksum kKnown[] = {Checksum::kSum8, Checksum::kCrc16Xmodem,
                                   Checksum::kCrc16CcittFalse, Checksum::kCrc32,
                                   Checksum::kAdler32};
    std::mt19937_64 random(4);
    std::vector<Bytes> samples{{}, Bytes(12'000, 0xff)};
    for (int i = 0; i < 60; ++i)
        samples.push_back(random_bytes(random, random() % 500));

    char asked[] = "/tmp/wireloupe-checksums-XXXXXX";
    const int fd = ::mkstemp(asked);
    ASSERT_GE(fd, 0);
    std::unique_ptr<FILE, int (*)(FILE*)> file(::fdopen(fd, "w"), std::fclose);
    for (const Bytes& sample : samples)
        for (const Checksum kind : kKnown)
            std::fprintf(file.get(), "%s %s\n", std::string(name(kind)).c_str(),
                         to_hex(sample).c_str());
    file.reset();
    const std::string command =
        "python3 tests/net/bytes/python_checksums.py < " + std::string(asked);
    std::unique_ptr<FILE, int (*)(FILE*)> answers(::popen(command.c_str(), "r"), ::pclose);
    ASSERT_TRUE(answers);
    for (const Bytes& sample : samples) {
        for (const Checksum kind : kKnown) {
            unsigned value = 0;
            ASSERT_EQ(std::fscanf(answers.get(), "%x", &value), 1);
            EXPECT_EQ(checksum_of(kind, sample), value) << name(kind);
        }
    }
    ::unlink(asked);
}

}  // namespace
