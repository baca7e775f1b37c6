// What earlier runs have left: ours alone, never one that is being written, the crashed ones told apart; discarded for good.
#include "app/jobs/left_captures.h"

#include "net/capture/note_codec.h"
#include "net/capture/pcapng_format.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::LeftCaptures;
using app::session::LeftCapture;

class Left : public ::testing::Test {
  protected:
    LeftCaptures::Found look(bool counts_left_over = true) {
        left.look(counts_left_over);
        return result_of(left, frame);
    }
    LeftCaptures::Found discard(const std::string& name) {
        left.discard(folder.file(name));
        return result_of(left, frame);
    }
    // A run that a crash has ended: whole blocks, no last word.
    void crashed(const std::string& name) {
        capture::FileTable own;
        RecordedRun run(own, folder.file(name));
        run.typical();
        (void)run.mark();
    }
    // The note that ends a run, as net/capture/note_codec.h has it.
    void add_end(const std::string& name) {
        std::vector<std::uint8_t> body;
        capture::encode_run_ended(channel::ServiceStopped{.connections = 3, .time_ns = kNow}, body);
        body.resize(capture::format::padded(body.size()));
        const auto length = static_cast<std::uint32_t>(body.size() + 12);
        Bytes block(8);
        capture::format::store32(block.data(), capture::format::kBlockNote);
        capture::format::store32(&block[4], length);
        block.insert(block.end(), body.begin(), body.end());
        block.resize(block.size() + 4);
        capture::format::store32(&block[length - 4], length);
        append(name, block);
    }
    void append(const std::string& name, const Bytes& bytes) {
        Bytes all = read_bytes(folder.file(name));
        all.insert(all.end(), bytes.begin(), bytes.end());
        write_bytes(folder.file(name), all);
    }
    void set_time(const std::string& name, std::int64_t second) {
        const timespec times[2] = {{.tv_sec = second, .tv_nsec = 5},
                                   {.tv_sec = second, .tv_nsec = 5}};
        ASSERT_EQ(::utimensat(AT_FDCWD, folder.file(name).c_str(), times, 0), 0);
    }
    // Makes it the `number`-th file of a run: one more option at the end of its section header, where the last word counts.
    void set_run(const std::string& name, std::uint8_t run, std::uint32_t number) {
        Bytes bytes = read_bytes(folder.file(name));
        const std::uint32_t length = capture::format::load32(bytes.data() + 4);
        Bytes option(4 + capture::format::padded(capture::format::kRunBytes));
        capture::format::store16(option.data(), capture::format::kOptionRun);
        capture::format::store16(&option[2],
                                 static_cast<std::uint16_t>(capture::format::kRunBytes));
        std::fill_n(&option[4], capture::format::kRunIdBytes, run);
        capture::format::store32(&option[4 + capture::format::kRunIdBytes], number);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(length) - 8, option.begin(),
                     option.end());
        const auto longer = static_cast<std::uint32_t>(length + option.size());
        capture::format::store32(&bytes[4], longer);
        capture::format::store32(&bytes[longer - 4], longer);
        write_bytes(folder.file(name), bytes);
    }

    TemporaryFolder folder;
    Frame frame;
    LeftCaptures left{folder.file(""), [this] { frame.wake(); }};
};

TEST_F(Left, NoFolderAndAnEmptyOneHaveNothing) {
    EXPECT_TRUE(look().captures.empty());
    LeftCaptures missing(folder.file("missing"), [this] { frame.wake(); });
    missing.look(true);
    const auto found = result_of(missing, frame);
    EXPECT_TRUE(found.captures.empty());
    EXPECT_FALSE(found.failure.has_value());
    write_bytes(folder.file("file"), {1});
    LeftCaptures file(folder.file("file"), [this] { frame.wake(); });
    file.look(true);
    expect_words(result_of(file, frame).failure, "ENOTDIR");
}

TEST_F(Left, OursAreListedTheNewestFirstAndHowTheyEnded) {
    crashed("a.pcapng");
    crashed("b.pcapng");
    crashed("c.pcapng");
    add_end("b.pcapng");
    append("c.pcapng", Bytes(77, 0));
    set_time("a.pcapng", 1000);
    set_time("b.pcapng", 3000);
    set_time("c.pcapng", 2000);
    // Not ours, or no captures.
    write_bytes(folder.file("other.pcapng"), some_bytes(5000));
    write_bytes(folder.file("empty.pcapng"), {});
    crashed("notes.txt");
    std::filesystem::create_directory(folder.file("folder.pcapng"));
    ASSERT_EQ(::mkfifo(folder.file("fifo.pcapng").c_str(), 0600), 0);
    std::filesystem::create_symlink(folder.file("a.pcapng"), folder.file("link.pcapng"));

    const auto found = look();
    EXPECT_FALSE(found.failure.has_value());
    ASSERT_EQ(found.captures.size(), 3U);
    const LeftCapture& b = found.captures[0];
    const LeftCapture& c = found.captures[1];
    const LeftCapture& a = found.captures[2];
    EXPECT_EQ(std::filesystem::path(a.path).filename(), "a.pcapng");
    EXPECT_EQ(std::filesystem::path(b.path).filename(), "b.pcapng");
    EXPECT_EQ(std::filesystem::path(c.path).filename(), "c.pcapng");
    EXPECT_TRUE(b.ended_in_order);
    EXPECT_FALSE(a.ended_in_order);
    EXPECT_FALSE(c.ended_in_order);
    EXPECT_EQ(a.left_over_bytes, 0U);
    EXPECT_EQ(c.left_over_bytes, 77U);
    EXPECT_EQ(a.bytes, std::filesystem::file_size(folder.file("a.pcapng")));
    EXPECT_EQ(a.modified_ns, 1000 * kSecond + 5);
    EXPECT_EQ(std::filesystem::file_size(folder.file("c.pcapng")), c.bytes) << "it was changed";
}

TEST_F(Left, AShortLookReadsOnlyBothEndsOfAFile) {
    crashed("a.pcapng");
    append("a.pcapng", Bytes(77, 0));
    auto found = look(false);
    ASSERT_EQ(found.captures.size(), 1U);
    EXPECT_FALSE(found.captures[0].ended_in_order);
    EXPECT_EQ(found.captures[0].left_over_bytes, 0U) << "not counted";
    EXPECT_EQ(look(true).captures[0].left_over_bytes, 77U);
}

TEST_F(Left, WhatAKilledSaveHasLeftGoes) {
    write_bytes(folder.file(".wireloupe-1-2.part"), {1});
    set_time(".wireloupe-1-2.part", 1000);
    (void)look();
    EXPECT_TRUE(names_in(folder.file("")).empty());
}

TEST_F(Left, AFileOfARingEndedInOrderIfItsRunDid) {
    for (const char* name : {"r1.pcapng", "r2.pcapng", "r3.pcapng", "x1.pcapng", "x2.pcapng"})
        crashed(name);
    add_end("r3.pcapng");
    for (std::uint32_t i = 0; i < 3; ++i)
        set_run("r" + std::to_string(i + 1) + ".pcapng", 7, i);
    for (std::uint32_t i = 0; i < 2; ++i)
        set_run("x" + std::to_string(i + 1) + ".pcapng", 8, i);
    const auto found = look();
    EXPECT_EQ(found.captures.size(), 5U);
    for (const LeftCapture& capture : found.captures) {
        const bool is_ring = capture.path.find("/r") != std::string::npos;
        EXPECT_EQ(capture.ended_in_order, is_ring) << capture.path;
    }
}

TEST_F(Left, OneThatIsBeingWrittenIsNeitherListedNorDiscarded) {
    capture::FileTable own;
    RecordedRun run(own, folder.file("live.pcapng"));
    run.typical();
    (void)run.mark();
    EXPECT_TRUE(look().captures.empty());
    expect_words(discard("live.pcapng").failure, "recorded into");
    EXPECT_TRUE(std::filesystem::exists(folder.file("live.pcapng")));
}

TEST_F(Left, ADiscardedOneIsGoneWithItsTails) {
    crashed("a.pcapng");
    crashed("ab.pcapng");
    for (const char* name : {"a.pcapng.tail", "a.pcapng.tail-2", "a.pcapng.tail-x",
                             "a.pcapng.tailor", "ab.pcapng.tail"}) {
        write_bytes(folder.file(name), {1});
    }
    const auto found = discard("a.pcapng");
    EXPECT_FALSE(found.failure.has_value()) << found.failure->message;
    EXPECT_EQ(found.captures.size(), 1U);
    EXPECT_EQ(names_in(folder.file("")),
              (std::vector<std::string>{"a.pcapng.tail-x", "a.pcapng.tailor", "ab.pcapng",
                                        "ab.pcapng.tail"}));
    // Once more: it is gone.
    expect_words(discard("a.pcapng").failure, "ENOENT");
}

TEST_F(Left, NothingElseIsEverDiscarded) {
    std::filesystem::create_directory(folder.file("sub"));
    crashed("sub/a.pcapng");
    crashed("a.txt");
    write_bytes(folder.file("other.pcapng"), some_bytes(5000));
    std::filesystem::create_symlink(folder.file("sub/a.pcapng"), folder.file("link.pcapng"));
    expect_words(discard("sub/a.pcapng").failure, "not one of the captures");
    expect_words(discard("sub/../a.pcapng").failure, "not one of the captures");
    expect_words(discard("a.txt").failure, "not one of the captures");
    expect_words(discard("other.pcapng").failure, "no capture of this program");
    expect_words(discard("link.pcapng").failure, "ELOOP");
    EXPECT_EQ(names_in(folder.file("")),
              (std::vector<std::string>{"a.txt", "link.pcapng", "other.pcapng", "sub"}));
    EXPECT_TRUE(std::filesystem::exists(folder.file("sub/a.pcapng")));
}

}  // namespace
}  // namespace jobs_test
