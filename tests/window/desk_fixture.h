// A desk without a window: a real network thread, real files, a folder of its own.
#pragma once

#include "app/documents.h"
#include "app/pacing.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/support/folder_names.h"
#include "tests/support/service_fixture.h"

namespace window_test {

namespace fs = std::filesystem;
using app::DeskConfig;
using app::Document;
using app::Documents;
using app::session::DeskFacts;
using app::session::DeskWish;
using app::session::QuitState;
using app::session::QuitWish;
using app::session::SaveWish;
using app::session::Severity;
using service_test::Peer;

inline std::string contents_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(text.data(), static_cast<std::streamsize>(text.size()));
}

inline std::size_t files_in(const fs::path& folder) {
    return support::names_in(folder).size();
}

// What this program reads as its standard input while this lives.
class StandardInput {
  public:
    StandardInput() : before_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[0]);
        writing_ = ends[1];
    }
    ~StandardInput() {
        end();
        if (before_ >= 0) ::dup2(before_, STDIN_FILENO);
        if (before_ >= 0) ::close(before_);
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

    void feed(std::string_view bytes) const {
        EXPECT_EQ(::write(writing_, bytes.data(), bytes.size()),
                  static_cast<ssize_t>(bytes.size()));
    }
    void end() {
        if (writing_ >= 0) ::close(std::exchange(writing_, -1));
    }

  private:
    int before_;
    int writing_ = -1;
};

class Desk : public ::testing::Test {
  protected:
    Desk() {
        std::string name = (fs::temp_directory_path() / "wireloupe-desk-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        config.place.directory = folder / "state";
        config.service.capture.directory = config.place.directory;
        config.settings_path = folder / "config/settings.json";
        config.home = folder;
        wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    ~Desk() override {
        desk.reset();
        files.reset();
        ::close(wake_);
        fs::remove_all(folder);
    }

    void make() {
        desk.reset();
        files = std::make_unique<net::capture::FileTable>();
        desk = std::make_unique<Documents>(*files, config, [this] {
            const std::uint64_t one = 1;
            (void)!::write(wake_, &one, sizeof one);
        });
    }
    void start_live() {
        make();
        net::channel::Failure failure;
        ASSERT_TRUE(desk->start_live(failure)) << failure.message;
    }
    void start_saved(const std::string& path) {
        make();
        net::channel::Failure failure;
        ASSERT_TRUE(desk->start_saved(path, failure)) << failure.message;
    }

    // Turns as the window's loop does, until it is so.
    [[nodiscard]] bool turn_until(const std::function<bool()>& is_so) {
        const std::int64_t limit = app::monotonic_ns() + service_test::kPatience_ns;
        while (true) {
            const std::int64_t now = app::monotonic_ns();
            const bool is_left = desk->drain(now, 2'000'000);
            desk->turn(now);
            if (is_so()) return true;
            if (now >= limit) return false;
            if (is_left) continue;
            const std::int64_t due = std::min(desk->next_turn_ns(now), limit);
            pollfd ready{.fd = wake_, .events = POLLIN, .revents = 0};
            ::poll(&ready, 1,
                   static_cast<int>(std::max<std::int64_t>(due - now, 0) / 1'000'000) + 1);
            std::uint64_t count = 0;
            (void)!::read(wake_, &count, sizeof count);
        }
    }
    void wish(DeskWish one) {
        app::session::DeskWishes wishes;
        wishes.push_back(std::move(one));
        desk->carry_out(std::move(wishes));
    }
    const DeskFacts& facts() { return desk->facts(); }
    Document& live() { return *desk->live(); }
    const app::session::DocumentFact& live_fact() {
        return *std::find_if(facts().documents.begin(), facts().documents.end(),
                             [](const auto& fact) { return fact.is_live; });
    }
    bool has_notice(Severity severity, std::string_view words) {
        return std::any_of(facts().notices.begin(), facts().notices.end(), [&](const auto& one) {
            return one.severity == severity && one.text.find(words) != std::string::npos;
        });
    }

    // A server of the live document, and somebody who has said `text` to it.
    Peer serve_and_hear(const std::string& text) {
        app::session::Intents intents;
        net::channel::ServerConfig server;
        server.address.address = service_test::loopback();
        intents.emplace_back(
            app::session::StartServerIntent{.name = "127.0.0.1:0", .config = std::move(server)});
        live().session().apply(std::move(intents), app::realtime_ns());
        live().post();
        const auto& session = live().session();
        EXPECT_TRUE(turn_until([&] {
            return !session.endpoints().empty() &&
                   !session.endpoint(session.endpoints().back())->listening_on.empty();
        }));
        const auto address = session.endpoint(session.endpoints().back())->listening_on.front();
        Peer peer = Peer::to(address);
        say(peer, text);
        return peer;
    }
    void say(const Peer& peer, const std::string& text) {
        const std::uint64_t before = live().session().totals().received;
        peer.send(text);
        EXPECT_TRUE(
            turn_until([&] { return live().session().totals().received == before + text.size(); }));
        // It can be saved once it is known to be whole.
        EXPECT_TRUE(turn_until(
            [&] { return live().session().ledger().shown == live().session().totals().received; }));
    }
    // A whole capture, as an earlier run left it. `is_torn`: by a crash.
    fs::path capture_of_an_earlier_run(const fs::path& path,
                                       const std::string& text,
                                       bool is_torn) {
        start_live();
        const Peer peer = serve_and_hear(text);
        const std::string from = live().session().capture_path();
        fs::create_directories(path.parent_path());
        if (is_torn) fs::copy_file(from, path);
        EXPECT_TRUE(stop());
        if (!is_torn) fs::copy_file(from, path);
        fs::remove(from);
        desk.reset();
        return path;
    }
    // What the window does when its loop has ended.
    [[nodiscard]] bool stop() {
        app::FrameSide side = live().side();
        return app::stop_and_drain(side, service_test::kPatience_ns);
    }
    // The same, and what was deleted.
    void leave() {
        if (desk->live() != nullptr) {
            EXPECT_TRUE(stop());
        }
        EXPECT_EQ(desk->leave(true), std::vector<std::string>{});
    }
    // The answer to the question of quitting, about the document that it is about.
    void answer(QuitWish::How how, std::string path = {}, bool may_overwrite = false) {
        const auto asked = std::find_if(facts().documents.begin(), facts().documents.end(),
                                        [](const auto& fact) { return fact.has_unsaved; });
        wish(QuitWish{.how = how,
                      .document = asked == facts().documents.end() ? app::session::DocumentId::kNone
                                                                   : asked->id,
                      .path = std::move(path),
                      .may_overwrite = may_overwrite});
    }
    bool read_whole(std::size_t index = 1) {
        return turn_until([&] {
            return facts().documents.size() > index &&
                   facts().documents[index].opening_progress < 0;
        });
    }

    fs::path folder;
    DeskConfig config;
    std::unique_ptr<net::capture::FileTable> files;
    std::unique_ptr<Documents> desk;

  private:
    int wake_ = -1;
};

}  // namespace window_test
