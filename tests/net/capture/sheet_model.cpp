#include "tests/net/capture/sheet_model.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <utility>

namespace tests {

using net::capture::Item;
using net::capture::ItemList;
using net::capture::ReadFilter;
using net::capture::RowShape;
using net::capture::SheetRows;
using net::channel::ConnectionId;
using net::channel::Direction;
using net::channel::FileId;

void Traffic::add(int reads) {
    std::map<std::pair<std::uint64_t, Direction>, std::uint64_t> ends;
    for (const Read& read : reads_)
        ends[{read.connection, read.direction}] += read.bytes + read.gap_bytes;
    for (int i = 0; i < reads; ++i) {
        Read read;
        // Runs of one stream, so that there is something to merge.
        if (!reads_.empty() && random_() % 3 != 0) {
            read.connection = reads_.back().connection;
            read.direction = reads_.back().direction;
        } else {
            read.connection = 10 * (1 + random_() % shape_.connections);
            read.direction = random_() % 2 == 0 ? Direction::kSent : Direction::kReceived;
        }
        time_ns_ += static_cast<std::int64_t>(random_() % 1000);
        if (shape_.has_time_jumps && random_() % 50 == 0)
            time_ns_ += static_cast<std::int64_t>(random_() % 20'000) - 10'000;
        read.time_ns = time_ns_;
        std::uint64_t& end = ends[{read.connection, read.direction}];
        read.stream_offset = end;
        read.is_gap = shape_.gap_in != 0 && random_() % shape_.gap_in == 0;
        if (read.is_gap) {
            read.gap_bytes = 1 + (random_() >> (30 + random_() % 34));
            index_.append(net::channel::StreamGap{.connection = ConnectionId{read.connection},
                                                  .time_ns = read.time_ns,
                                                  .bytes = read.gap_bytes,
                                                  .direction = read.direction});
        } else {
            read.bytes = random_() % (shape_.most_bytes + 1);
            if (random_() % 100 == 0) read.bytes = 65'495;
            if (random_() % 10 == 0) read.bytes = 0;
            read.file_offset = file_bytes_;
            file_bytes_ += read.bytes;
            index_.append(net::channel::Recorded{.connection = ConnectionId{read.connection},
                                                 .time_ns = read.time_ns,
                                                 .offset = read.file_offset,
                                                 .size = static_cast<std::uint32_t>(read.bytes),
                                                 .file = FileId{1},
                                                 .direction = read.direction});
        }
        end += read.bytes + read.gap_bytes;
        reads_.push_back(read);
    }
}

ReadFilter random_filter(const Traffic& traffic, std::mt19937_64& random) {
    ReadFilter filter;
    const auto some_connections = [&](std::size_t most) {
        std::vector<ConnectionId> ids;
        for (std::size_t i = 1 + random() % most; i > 0; --i)
            ids.push_back(ConnectionId{10 * (1 + random() % 8)});
        return ids;
    };
    const auto some_time = [&] {
        return traffic.reads().empty() ? 0
                                       : traffic.reads()[random() % traffic.reads().size()].time_ns;
    };
    if (random() % 3 == 0) filter.connections = some_connections(4);
    if (random() % 4 == 0) filter.endpoints.push_back(net::channel::EndpointId{1 + random() % 3});
    if (random() % 4 == 0) filter.shows_received = false;
    if (random() % 6 == 0) filter.shows_sent = false;
    if (random() % 4 == 0) filter.least_bytes = random() % 60;
    if (random() % 4 == 0) filter.most_bytes = 20 + random() % 200;
    if (random() % 5 == 0) filter.from_ns = some_time();
    if (random() % 5 == 0) filter.to_ns = some_time();
    return filter;
}

bool passes(const ReadFilter& filter, const Traffic::Read& read, std::uint64_t bytes) {
    const auto has = [](const auto& ids, auto id) {
        return ids.empty() || std::find(ids.begin(), ids.end(), id) != ids.end();
    };
    const bool has_limits = filter.least_bytes != 0 || filter.most_bytes != UINT64_MAX;
    return has(filter.connections, ConnectionId{read.connection}) &&
           has(filter.endpoints, Traffic::endpoint_of(ConnectionId{read.connection})) &&
           (read.direction == Direction::kSent ? filter.shows_sent : filter.shows_received) &&
           read.time_ns >= filter.from_ns && read.time_ns <= filter.to_ns &&
           (read.is_gap ? !has_limits : bytes >= filter.least_bytes && bytes <= filter.most_bytes);
}

std::vector<ModelItem> model_items(const Traffic& traffic,
                                   const ReadFilter& filter,
                                   bool is_merged) {
    std::vector<ModelItem> items;
    bool is_open = false;  // the last item may go on
    for (std::uint64_t position = 0; position < traffic.reads().size(); ++position) {
        const Traffic::Read& read = traffic.reads()[position];
        const bool is_same_stream = !items.empty() &&
                                    items.back().item.connection == ConnectionId{read.connection} &&
                                    items.back().item.direction == read.direction;
        const bool is_shown = passes(filter, read, read.bytes) &&
                              (filter.matches == nullptr || filter.matches->reads().has(position));
        if (!is_shown) {
            if (is_same_stream) is_open = false;
            continue;
        }
        if (is_merged && is_same_stream && is_open && !read.is_gap) {
            items.back().item.bytes += read.bytes;
            items.back().positions.push_back(position);
            continue;
        }
        items.push_back({.item = {.begin = {.position = position, .offset = 0},
                                  .bytes = read.bytes,
                                  .connection = ConnectionId{read.connection},
                                  .direction = read.direction,
                                  .time_ns = read.time_ns,
                                  .stream_offset = read.stream_offset,
                                  .is_gap = read.is_gap,
                                  .gap_bytes = read.gap_bytes},
                         .positions = {position}});
        is_open = !read.is_gap;
    }
    return items;
}

std::vector<SheetRows::Row> model_rows(const std::vector<ModelItem>& items, const RowShape& shape) {
    std::vector<SheetRows::Row> rows;
    for (std::uint64_t k = 0; k < items.size(); ++k) {
        const std::uint64_t bytes = items[k].item.bytes;
        if (shape.is_one_row_an_item) {
            rows.push_back({.item = k, .bytes = static_cast<std::uint32_t>(bytes)});
            continue;
        }
        if (shape.has_heading_rows) rows.push_back({.item = k, .is_heading = true});
        if (bytes == 0 && !shape.has_heading_rows) rows.push_back({.item = k});
        for (std::uint64_t at = 0; at < bytes; at += shape.bytes_per_row) {
            const std::uint64_t size = std::min<std::uint64_t>(shape.bytes_per_row, bytes - at);
            rows.push_back(
                {.item = k, .offset_in_item = at, .bytes = static_cast<std::uint32_t>(size)});
        }
    }
    return rows;
}

std::string to_line(const Item& item) {
    return "#" + std::to_string(net::channel::number(item.connection)) +
           (item.direction == Direction::kSent ? " sent " : " received ") +
           std::to_string(item.begin.position) + '+' + std::to_string(item.begin.offset) + ' ' +
           std::to_string(item.bytes) + " bytes at " + std::to_string(item.stream_offset) + " t " +
           std::to_string(item.time_ns) + (item.is_gap ? " gap " : " ") +
           std::to_string(item.gap_bytes) + " status " +
           std::to_string(static_cast<int>(item.status)) + ' ' + std::to_string(item.header_bytes) +
           '/' + std::to_string(item.trailer_bytes);
}

void expect_rows(const ItemList& list, const SheetRows& rows, const std::vector<ModelItem>& items) {
    ASSERT_EQ(list.size(), items.size());
    ASSERT_EQ(rows.item_count(), items.size());
    ASSERT_LE(list.stable_size(), list.size());
    std::vector<std::uint64_t> sizes(items.size());
    list.sizes(0, sizes);
    for (std::uint64_t k = 0; k < items.size(); ++k) {
        ASSERT_EQ(to_line(list.item(k)), to_line(items[k].item)) << k;
        ASSERT_EQ(sizes[k], items[k].item.bytes) << k;
    }
    const std::vector<SheetRows::Row> expected = model_rows(items, rows.shape());
    ASSERT_EQ(rows.row_count(), expected.size());
    for (std::uint64_t r = 0; r < expected.size(); ++r) {
        const SheetRows::Row& row = expected[r];
        ASSERT_EQ(rows.row(r), row) << r;
        if (r == 0 || expected[r - 1].item != row.item) {
            ASSERT_EQ(rows.first_row(row.item), r);
        }
        if (row.is_heading) continue;
        ASSERT_EQ(rows.row_of(row.item, row.offset_in_item), r);
        if (row.bytes > 1 && !rows.shape().is_one_row_an_item) {
            ASSERT_EQ(rows.row_of(row.item, row.offset_in_item + row.bytes - 1), r);
        }
        if (r + 1 == expected.size() || expected[r + 1].item != row.item) {
            ASSERT_EQ(rows.row_of(row.item, UINT64_MAX), r) << "behind the end: the last row";
        }
    }
    ASSERT_EQ(rows.first_row(items.size()), expected.size());
}

}  // namespace tests
