// The messages of a generator: their sizes and bytes, the same for the same settings. Thread: any; pure.
#pragma once

#include "net/channel/sending.h"

#include <cstdint>
#include <vector>

namespace net::service {

class GeneratedTraffic {
  public:
    explicit GeneratedTraffic(const channel::Generate& settings) : settings_(&settings) {}

    // The next message, or its size, which is then skipped: its bytes are never made.
    [[nodiscard]] std::uint32_t next_size() const;
    [[nodiscard]] std::vector<std::uint8_t> next();
    void skip();
    // Without looking at each: as many messages of the mean size.
    void skip_about(std::uint64_t messages);
    [[nodiscard]] double mean_size() const {
        return (settings_->least_bytes + static_cast<double>(settings_->most_bytes)) / 2;
    }

  private:
    void fill(std::vector<std::uint8_t>& out) const;

    const channel::Generate* settings_;  // its owner's
    std::uint64_t index_ = 0;            // of the next message
    std::uint64_t offset_ = 0;           // of its first byte among all bytes
};

}  // namespace net::service
