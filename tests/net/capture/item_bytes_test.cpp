// The bytes of items wherever their reads lie: against the streams put together from the front.

#include "net/capture/item_bytes.h"

#include "net/capture/sheet_items.h"

#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/sheet_model.h"

namespace {

using net::capture::BytePlace;
using net::capture::FileTable;
using net::capture::Item;
using net::capture::ItemBytes;
using net::channel::ConnectionId;
using net::channel::Direction;
using tests::Bytes;
using tests::Traffic;

// The traffic's file, with the bytes it says.
net::channel::FileId add_file(FileTable& files, const Traffic& traffic, const std::string& path) {
    Bytes bytes(static_cast<std::size_t>(traffic.file_bytes()));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = Traffic::byte_at(i);
    tests::write_file(path, bytes);
    return files.add(::open(path.c_str(), O_RDWR | O_CLOEXEC), path);
}

// An item of any bytes of a stream, as a message would be one: from a byte of the read at `position` on.
Item item_from(const Traffic& traffic,
               std::uint64_t position,
               std::uint32_t offset,
               std::uint64_t bytes) {
    const Traffic::Read& read = traffic.reads()[position];
    return {.begin = {.position = position, .offset = offset},
            .bytes = bytes,
            .connection = ConnectionId{read.connection},
            .direction = read.direction,
            .time_ns = read.time_ns,
            .stream_offset = read.stream_offset + offset};
}

// What must come: the bytes up to `most`, and where they are; cut at the first that is missing.
struct Expected {
    Bytes bytes;
    std::vector<BytePlace> places;
};
Expected expected_of(const Traffic& traffic,
                     const Item& item,
                     std::uint64_t offset,
                     std::uint64_t most) {
    Expected expected;
    std::uint64_t at = item.stream_offset + offset;
    const std::uint64_t end = item.stream_offset + std::min(item.bytes, offset + most);
    for (std::uint64_t position = 0; position < traffic.reads().size(); ++position) {
        const Traffic::Read& read = traffic.reads()[position];
        if (ConnectionId{read.connection} != item.connection || read.direction != item.direction ||
            read.is_gap)
            continue;
        for (; at < end && at >= read.stream_offset && at < read.stream_offset + read.bytes; ++at) {
            const std::uint64_t in_read = at - read.stream_offset;
            expected.bytes.push_back(Traffic::byte_at(read.file_offset + in_read));
            expected.places.push_back(
                {.position = position, .offset = static_cast<std::uint32_t>(in_read)});
        }
    }
    return expected;
}

TEST(ItemBytes, AreThoseOfTheStreamAcrossItsReadsUpToAGap) {
    const tests::TemporaryDirectory directory;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(seed);
        Traffic traffic({.connections = 2, .gap_in = 60}, seed);
        traffic.add(600);
        FileTable files;
        ASSERT_EQ(number(add_file(files, traffic, directory.path("capture"))), 1U);
        const ItemBytes source(traffic.index(), files);
        std::mt19937_64& random = traffic.random();
        for (int i = 0; i < 600; ++i) {
            const std::uint64_t position = random() % traffic.reads().size();
            const Traffic::Read& read = traffic.reads()[position];
            if (read.bytes == 0) continue;
            const auto begin = static_cast<std::uint32_t>(random() % read.bytes);
            const Item item = item_from(traffic, position, begin, 1 + random() % 3000);
            const std::uint64_t offset = random() % item.bytes;
            Bytes out(random() % 500 + 1);
            const Expected expected = expected_of(traffic, item, offset, out.size());
            const std::int64_t got = source.read(item, offset, out);
            if (expected.bytes.empty()) {
                ASSERT_EQ(got, -ENODATA) << "a gap, or behind the end of the stream";
                ASSERT_EQ(source.place(item, offset),
                          offset == 0 ? std::optional{item.begin} : std::nullopt);
                continue;
            }
            ASSERT_EQ(got, static_cast<std::int64_t>(expected.bytes.size()));
            out.resize(expected.bytes.size());
            ASSERT_EQ(out, expected.bytes);
            ASSERT_EQ(source.place(item, offset), expected.places.front());
            ASSERT_EQ(source.offset(item, expected.places.front()), offset);
            ASSERT_EQ(source.offset(item, expected.places.back()),
                      offset + expected.bytes.size() - 1);
        }
    }
}

TEST(ItemBytes, APlaceOfAnotherStreamOrBesideTheItemIsNotInIt) {
    Traffic traffic({.connections = 1, .gap_in = 0, .has_time_jumps = false}, 3);
    traffic.add(200);
    const FileTable files;
    const ItemBytes source(traffic.index(), files);
    for (std::uint64_t position = 0; position < 200; ++position) {
        const Traffic::Read& read = traffic.reads()[position];
        if (read.bytes < 10) continue;
        const Item item = item_from(traffic, position, 3, read.bytes - 5);
        EXPECT_EQ(source.offset(item, {.position = position, .offset = 2}), std::nullopt);
        EXPECT_EQ(source.offset(item, {.position = position,
                                       .offset = static_cast<std::uint32_t>(read.bytes - 2)}),
                  std::nullopt);
        EXPECT_EQ(source.offset(item, {.position = position, .offset = 3}), 0U);
        EXPECT_EQ(source.offset(item, {.position = 1'000'000, .offset = 3}), std::nullopt);
        for (std::uint64_t other = 0; other < 200; ++other) {
            if (traffic.reads()[other].direction != read.direction) {
                EXPECT_EQ(source.offset(item, {.position = other, .offset = 0}), std::nullopt);
            }
        }
    }
}

TEST(ItemBytes, WhatCannotBeReadIsSaidAndWhatStandsBeforeItIsHad) {
    const tests::TemporaryDirectory directory;
    FileTable files;
    Traffic traffic({.connections = 1, .gap_in = 0}, 9);
    traffic.add(100);
    const net::channel::FileId file = add_file(files, traffic, directory.path("capture"));
    const ItemBytes source(traffic.index(), files);
    std::uint64_t position = 0;
    while (traffic.reads()[position].bytes < 20)
        ++position;
    const Traffic::Read& read = traffic.reads()[position];
    const Item item = item_from(traffic, position, 0, read.bytes);
    Bytes out(20);
    EXPECT_EQ(source.read(item, 0, out), 20);
    EXPECT_EQ(source.read(item, 0, {}), 0);
    EXPECT_EQ(source.read(item, read.bytes, out), 0);

    ASSERT_EQ(::ftruncate(files.descriptor(file), static_cast<off_t>(read.file_offset + 7)), 0);
    EXPECT_EQ(source.read(item, 0, out), 7) << "the file was cut short";
    EXPECT_EQ(source.read(item, 7, out), -EIO);
    files.release(file);
    EXPECT_EQ(source.read(item, 0, out), -ESTALE);
    EXPECT_EQ(source.read({.begin = {.position = 5000, .offset = 0}, .bytes = 9}, 0, out),
              -ENODATA);
}

}  // namespace
