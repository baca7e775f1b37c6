// Random traffic in an index, and everything that can be said of it by walking it from the front: what the sheets are held to.
#pragma once

#include "net/capture/index.h"
#include "net/capture/read_filter.h"
#include "net/capture/sheet.h"
#include "net/capture/sheet_rows.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tests {

class Traffic {
  public:
    struct Shape {
        std::uint64_t connections = 6;
        std::uint32_t most_bytes = 100;  // of most reads
        unsigned gap_in = 20;            // one in so many; 0: none
        bool has_time_jumps = true;
    };

    // A read as the model keeps it: a byte of a stream is found by adding up.
    struct Read {
        std::uint64_t connection = 0;
        net::channel::Direction direction{};
        std::int64_t time_ns = 0;
        std::uint64_t bytes = 0;
        std::uint64_t gap_bytes = 0;
        bool is_gap = false;
        std::uint64_t stream_offset = 0;
        std::uint64_t file_offset = 0;
    };

    Traffic(Shape shape, std::uint64_t seed) : shape_(shape), random_(seed) {}

    void add(int reads);
    [[nodiscard]] const net::capture::ReadIndex& index() const { return index_; }
    [[nodiscard]] const std::vector<Read>& reads() const { return reads_; }
    // Of one stream after the other: byte i of the file is this.
    [[nodiscard]] static std::uint8_t byte_at(std::uint64_t file_offset) {
        return static_cast<std::uint8_t>((file_offset * 2654435761U) >> 13U);
    }
    [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }
    [[nodiscard]] static net::channel::EndpointId endpoint_of(net::channel::ConnectionId id) {
        return net::channel::EndpointId{1 + net::channel::number(id) % 3};
    }

    [[nodiscard]] std::mt19937_64& random() { return random_; }

  private:
    const Shape shape_;
    std::mt19937_64 random_;
    net::capture::ReadIndex index_;
    std::vector<Read> reads_;
    std::int64_t time_ns_ = 1'000'000;
    std::uint64_t file_bytes_ = 0;
};

// A filter that leaves out some of most traffic, some way or other; without matches.
[[nodiscard]] net::capture::ReadFilter random_filter(const Traffic& traffic,
                                                     std::mt19937_64& random);
[[nodiscard]] bool passes(const net::capture::ReadFilter& filter,
                          const Traffic::Read& read,
                          std::uint64_t bytes);

// An item and the reads that it is made of.
struct ModelItem {
    net::capture::Item item;
    std::vector<std::uint64_t> positions;
};
// Of all reads; `has_content` says of each position whether its content passes.
[[nodiscard]] std::vector<ModelItem> model_items(const Traffic& traffic,
                                                 const net::capture::ReadFilter& filter,
                                                 bool is_merged);

[[nodiscard]] std::vector<net::capture::SheetRows::Row> model_rows(
    const std::vector<ModelItem>& items, const net::capture::RowShape& shape);

// For comparing and for messages.
[[nodiscard]] std::string to_line(const net::capture::Item& item);

// Every item, row and way back of `rows` against the model's.
void expect_rows(const net::capture::ItemList& list,
                 const net::capture::SheetRows& rows,
                 const std::vector<ModelItem>& items);

}  // namespace tests
