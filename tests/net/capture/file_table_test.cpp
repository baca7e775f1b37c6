// Files come and go by number: a released one is closed, but never under a read, and its number means nothing else afterwards.

#include "net/capture/file_table.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <thread>
#include <unistd.h>

#include "tests/net/capture/capture_fixture.h"

namespace tests {
namespace {

using net::capture::FileTable;

std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t whole = 0;
    std::uint64_t resident = 0;
    statm >> whole >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

class FileTables : public testing::Test {
  protected:
    // A file of eight bytes, all `byte`.
    [[nodiscard]] int open_file(std::uint8_t byte) {
        const std::string path = directory_.path(std::to_string(byte));
        write_file(path, Bytes(8, byte));
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        EXPECT_GE(fd, 0);
        return fd;
    }
    static bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

    TemporaryDirectory directory_;
    FileTable files_;
};

TEST_F(FileTables, AReleasedFileIsClosedAndItsNumberIsNotUsedAgain) {
    const int fd = open_file(1);
    const FileId first = files_.add(fd, "one");
    std::uint8_t byte = 0;
    EXPECT_EQ(files_.read(first, 0, {&byte, 1}), 1);
    EXPECT_EQ(files_.path(first), "one");
    files_.release(first);
    EXPECT_FALSE(is_open(fd));
    EXPECT_EQ(files_.read(first, 0, {&byte, 1}), -ESTALE);
    EXPECT_EQ(files_.descriptor(first), -1);
    EXPECT_EQ(files_.path(first), "");
    files_.release(first);  // again: nothing, above all not somebody else's descriptor
    const int other = open_file(2);
    const FileId second = files_.add(other, "two");
    EXPECT_NE(second, first);
    files_.release(first);
    EXPECT_EQ(files_.read(second, 0, {&byte, 1}), 1);
    EXPECT_EQ(byte, 2);
    EXPECT_EQ(files_.read(FileId{99}, 0, {&byte, 1}), -EBADF);
    files_.release(FileId{99});
}

TEST_F(FileTables, WhoeverHoldsTheDescriptorKeepsItOpen) {
    const int fd = open_file(1);
    const FileId file = files_.add(fd, "one");
    {
        const FileTable::Use use = files_.use(file);
        EXPECT_EQ(use.descriptor(), fd);
        files_.release(file);
        EXPECT_TRUE(is_open(fd));
        EXPECT_EQ(files_.use(file).descriptor(), -1) << "nobody comes to it any more";
        EXPECT_TRUE(is_open(fd));
    }
    EXPECT_FALSE(is_open(fd));
}

TEST_F(FileTables, AReadIsOfItsFileOrOfNoneWhileFilesAreReleased) {
    // Readers go round in the newest ids while they are released: a descriptor that is used again at once would show as another file's byte.
    constexpr int kFiles = 2000;
    std::atomic<std::uint32_t> newest{0};
    std::atomic<bool> is_over{false};
    std::atomic<std::uint64_t> reads{0};
    std::atomic<std::uint64_t> wrong{0};
    std::vector<int> sources;
    for (int i = 0; i < 2; ++i)
        sources.push_back(open_file(static_cast<std::uint8_t>(i)));
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!is_over) {
                const std::uint32_t last = newest;
                for (std::uint32_t id = last > 3 ? last - 3 : 1; id <= last; ++id) {
                    std::uint8_t byte = 0xFF;
                    const std::int64_t n = files_.read(FileId{id}, 3, {&byte, 1});
                    if (n == 1 ? byte != id % 2 : n != -ESTALE) ++wrong;
                    ++reads;
                }
            }
        });
    }
    for (int i = 1; i <= kFiles; ++i) {
        const int fd = ::fcntl(sources[static_cast<std::size_t>(i % 2)], F_DUPFD_CLOEXEC, 0);
        newest = net::channel::number(files_.add(fd, ""));
        if (i > 2) files_.release(FileId{static_cast<std::uint32_t>(i - 2)});
        if (i % 16 == 0) {
            const std::uint64_t before = reads;
            while (reads < before + 8)
                std::this_thread::yield();
        }
    }
    is_over = true;
    for (std::thread& reader : readers)
        reader.join();
    for (const int fd : sources)
        ::close(fd);
    EXPECT_EQ(wrong, 0U);
    EXPECT_GE(reads, 8U * (kFiles / 16));
}

TEST_F(FileTables, HoldsAMillionFilesOverARunInLittleMemory) {
    const int source = open_file(7);
    const std::uint64_t before = resident_bytes();
    constexpr std::uint32_t kMany = 1'000'000;
    for (std::uint32_t i = 1; i <= kMany; ++i) {
        // Only the numbers are wanted: a descriptor that is none is as good.
        const FileId file =
            files_.add(i == kMany ? source : -1, "a path that is longer than a small string");
        ASSERT_EQ(net::channel::number(file), i);
        if (i != kMany) files_.release(file);
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(resident_bytes() - before, std::uint64_t{40} << 20U);
#else
    (void)before;  // shadow memory and quarantine are not ours
#endif
    std::uint8_t byte = 0;
    EXPECT_EQ(files_.read(FileId{kMany}, 0, {&byte, 1}), 1);
    EXPECT_EQ(byte, 7);
    EXPECT_EQ(files_.read(FileId{kMany - 1}, 0, {&byte, 1}), -ESTALE);
}

}  // namespace
}  // namespace tests
