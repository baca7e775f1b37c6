// A stretch of a capture without an event holds nobody up: the reader asks on the way.
#include "net/capture/pcapng_reader.h"

#include <fstream>
#include <gtest/gtest.h>

#include "tests/net/capture/foreign_capture.h"

namespace {

using net::capture::Reader;
using net::channel::Event;
using net::channel::FileId;

TEST(LongStretch, IsReadInPiecesAndCanBeGivenUpAndGoneOnWith) {
    tests::TemporaryDirectory folder;
    tests::ForeignCapture capture(tests::Container::kPcapng, 1);
    // Blocks that nobody knows, which are no event.
    for (int i = 0; i < 50'000; ++i)
        capture.add_block(0x0BAD0BAD, {});
    const std::string path = folder.path("long.pcapng");
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(capture.bytes().data()),
               static_cast<std::streamsize>(capture.bytes().size()));
    net::capture::FileTable files;
    int error = 0;
    const FileId file = net::capture::open_capture(files, path, error);
    std::string message;
    const auto reader = Reader::open(files, file, message);
    ASSERT_NE(reader, nullptr) << message;
    Event event;
    ASSERT_TRUE(reader->next(event)) << "CaptureOpened";
    int asked = 0;
    std::uint64_t last = 0;
    reader->ask_to_go_on([&](std::uint64_t offset) {
        EXPECT_GT(offset, last);
        last = offset;
        return ++asked % 3 != 0;
    });
    EXPECT_FALSE(reader->next(event));
    EXPECT_EQ(asked, 3);
    EXPECT_LT(reader->offset(), capture.bytes().size() / 2);
    int calls = 1;
    while (!reader->next(event))
        ++calls;
    EXPECT_GT(calls, 2);
    EXPECT_TRUE(std::holds_alternative<net::channel::LedgerMark>(event));
    EXPECT_EQ(reader->offset(), capture.bytes().size());
    EXPECT_EQ(reader->counts().skipped, 50'000U);
}

}  // namespace
