// A capture of everything that can happen, in any order that can happen, chosen by a seed.
#pragma once

#include <cstdint>

#include "tests/net/capture/capture_fixture.h"

namespace tests {

// `steps` things: endpoints, connections over both families, reads and sends of every size, endings of every kind, notes, flushes.
// Short ones when `most_bytes` is small.
void record_at_random(Recording& recording, std::uint64_t seed, int steps, std::size_t most_bytes);

}  // namespace tests
