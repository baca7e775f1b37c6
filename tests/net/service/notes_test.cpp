// Notes on bytes through the network thread: told once they are in the file, also when the process is killed right then.
#include "net/capture/pcapng_reader.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

using channel::Note;
using channel::NoteId;

Note note(std::uint64_t id, std::string text) {
    return {.id = NoteId{id},
            .connection = ConnectionId{1},
            .stream_offset = 0,
            .bytes = 2,
            .time_ns = 1'700'000'000'000'000'000,
            .text = std::move(text)};
}

// Those that a reader finds in the file as it is now.
std::vector<Note> notes_in(const std::string& path) {
    capture::FileTable files;
    int error = 0;
    const channel::FileId file = capture::open_capture(files, path, error);
    EXPECT_EQ(error, 0);
    std::string message;
    const auto reader = capture::Reader::open(files, file, message);
    EXPECT_NE(reader, nullptr) << message;
    std::vector<Note> notes;
    channel::Event event;
    while (reader != nullptr && reader->next(event)) {
        if (const auto* recorded = std::get_if<channel::NoteRecorded>(&event)) {
            notes.push_back(recorded->note);
        } else if (const auto* removed = std::get_if<channel::NoteRemoved>(&event)) {
            std::erase_if(notes, [&](const Note& one) { return one.id == removed->note; });
        }
    }
    return notes;
}

class Notes : public ServiceFixture {};

TEST_F(Notes, AreInTheFileWhenTheyAreTold) {
    start();
    const auto address = start_server();
    const Peer peer = Peer::to(address);
    peer.send("hello");
    expect_received(expect_opened().connection, "hello");
    const std::string path = all<channel::CaptureOpened>().front().path;
    for (std::uint64_t id = 1; id <= 20; ++id) {
        post(channel::RecordNote{.note = note(id, "number " + std::to_string(id))});
        const auto told = expect<channel::NoteRecorded>(
            [&](const channel::NoteRecorded& one) { return one.note.id == NoteId{id}; });
        const std::vector<Note> there = notes_in(path);
        ASSERT_EQ(there.size(), id);
        EXPECT_EQ(there.back(), told.note);
    }
    post(channel::RemoveNote{.note = NoteId{7}});
    expect<channel::NoteRemoved>();
    EXPECT_EQ(notes_in(path).size(), 19U);
    stop();
    EXPECT_EQ(notes_in(path).size(), 19U);
}

TEST_F(Notes, AreNotToldWhileTheDiskIsFull) {
    static std::atomic<bool> is_full;
    is_full = false;
    config.capture.write_hook = [](int fd, const void* data, std::size_t size,
                                   std::int64_t* written) {
        if (is_full) return ENOSPC;
        *written = ::write(fd, data, size);
        return *written < 0 ? errno : 0;
    };
    config.storage_retry_ns = 5'000'000;
    start();
    start_server();
    is_full = true;
    post(channel::RecordNote{.note = note(1, "waits")});
    expect<channel::ReadingPaused>();
    EXPECT_EQ(count<channel::NoteRecorded>(), 0U);
    is_full = false;
    EXPECT_EQ(expect<channel::NoteRecorded>().note.text, "waits");
}

// kill -9 at any moment: each note that was told is in the file.
TEST(KilledWithNotes, EachThatWasToldIsInTheFile) {
    for (int round = 0; round < 5; ++round) {
        std::string folder = ::testing::TempDir() + "/wireloupe-notes-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        const std::string path = folder + "/x.pcapng";
        int told[2];
        ASSERT_EQ(::pipe(told), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            capture::FileTable files;
            net::service::ServiceConfig config;
            config.capture.files = &files;
            config.capture.path = path;
            config.capture.bounds.least_free_bytes = 0;
            net::service::Service service(std::move(config), [] {});
            channel::Failure failure;
            if (!service.start(failure)) ::_exit(1);
            for (std::uint64_t id = 1;;) {
                if (service.link().try_post(channel::RecordNote{.note = note(id, "n")})) ++id;
                service.link().drain(
                    [&](channel::Event&& event) {
                        const auto* recorded = std::get_if<channel::NoteRecorded>(&event);
                        if (recorded == nullptr) return;
                        const std::uint64_t number = channel::number(recorded->note.id);
                        if (::write(told[1], &number, sizeof number) != sizeof number) ::_exit(1);
                    },
                    [] { return true; });
            }
        }
        ::close(told[1]);
        std::uint64_t last = 0;
        std::uint64_t number = 0;
        const std::uint64_t enough = 100U + 700U * static_cast<unsigned>(round);
        while (last < enough && ::read(told[0], &number, sizeof number) == sizeof number) {
            ASSERT_EQ(number, last + 1);
            last = number;
        }
        ::kill(child, SIGKILL);
        while (::read(told[0], &number, sizeof number) == sizeof number)
            last = number;
        ::close(told[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
        const std::vector<Note> there = notes_in(path);
        EXPECT_GE(last, enough);
        ASSERT_GE(there.size(), last);
        for (std::size_t i = 0; i < there.size(); ++i)
            ASSERT_EQ(there[i], note(i + 1, "n"));
        ::unlink(path.c_str());
        ::rmdir(folder.c_str());
    }
}

}  // namespace
}  // namespace service_test
