// RELIABILITY.md's T50: captures that somebody made to hurt whoever opens them, the same for the same seed (but for the number of our own run).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/net/capture/capture_fixture.h"

namespace tests {

struct HostileFile {
    std::string name;
    std::function<Bytes()> make;
};

// More than 300. `scale` 1: the largest is some tens of MiB; most grow with it.
[[nodiscard]] std::vector<HostileFile> hostile_corpus(std::uint64_t seed, std::uint32_t scale);

// What an honest sniffer writes: short segments of some connections, in order, of about `bytes`.
[[nodiscard]] Bytes plain_capture(std::size_t bytes);

}  // namespace tests
