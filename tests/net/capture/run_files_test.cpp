// Which files of a run are kept, and what they are called: without a packet in any of them.

#include "net/capture/run_files.h"

#include <cerrno>
#include <filesystem>

#include "tests/net/capture/capture_fixture.h"

namespace tests {
namespace {

using net::capture::DroppedFile;
using net::capture::NewFile;
using net::capture::NextFile;
using net::channel::CaptureBounds;
using net::channel::CaptureChange;

constexpr std::uint64_t kMostBytes = 1'000'000'000;
constexpr std::uint64_t kBeginningBytes = 100;

CaptureBounds ring(std::uint32_t files) {
    return {.least_free_bytes = 0, .ring_files = files, .ring_file_bytes = 100'000};
}

class RunFiles : public testing::Test {
  protected:
    void begin(const CaptureBounds& bounds) {
        run_ = std::make_unique<net::capture::RunFiles>(files_, net::capture::RunPart{}, bounds,
                                                        kMostBytes);
        NewFile made;
        ASSERT_EQ(run_->make_first(directory_.path("x.pcapng"), "", false, made), 0);
        take(made);
        run_->began(ids_.back(), paths_.back(), kBeginningBytes);
    }
    // How many are gone because of it.
    std::vector<DroppedFile> go_on(CaptureChange change, std::uint64_t old_end = 5000) {
        NextFile next{.change = change};
        if (change == CaptureChange::kMoved) next.path = directory_.path("moved.pcapng");
        NewFile made;
        EXPECT_EQ(run_->make_next(next, made), 0);
        take(made);
        return run_->went_on(next, ids_.back(), paths_.back(), kBeginningBytes, old_end);
    }
    // By number, from 0; those that are there.
    [[nodiscard]] std::vector<std::size_t> kept() const {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < paths_.size(); ++i) {
            if (std::filesystem::exists(paths_[i])) found.push_back(i);
        }
        return found;
    }
    void expect_dropped(const std::vector<DroppedFile>& dropped, std::vector<std::size_t> which) {
        ASSERT_EQ(dropped.size(), which.size());
        for (std::size_t i = 0; i < which.size(); ++i) {
            EXPECT_EQ(dropped[i].file, ids_[which[i]]);
            EXPECT_EQ(dropped[i].path, paths_[which[i]]);
            EXPECT_FALSE(std::filesystem::exists(dropped[i].path));
        }
    }
    [[nodiscard]] std::string name(std::size_t i) const {
        return std::filesystem::path(paths_[i]).filename().string();
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::unique_ptr<net::capture::RunFiles> run_;
    std::vector<FileId> ids_;
    std::vector<std::string> paths_;

  private:
    void take(const NewFile& made) {
        ids_.push_back(files_.add(made.fd, made.path));
        paths_.push_back(made.path);
    }
};

using Numbers = std::vector<std::size_t>;

TEST_F(RunFiles, OfARingTheNewestStay) {
    begin(ring(3));
    EXPECT_FALSE(run_->is_full(99'999));
    EXPECT_TRUE(run_->is_full(100'000));
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(go_on(CaptureChange::kRing).empty());
        EXPECT_TRUE(run_->drop_beyond_ring().empty());
    }
    EXPECT_TRUE(go_on(CaptureChange::kRing).empty());
    expect_dropped(run_->drop_beyond_ring(), {0});
    run_->set_bounds(ring(2));
    expect_dropped(run_->drop_beyond_ring(), {1});
    EXPECT_EQ(kept(), (Numbers{2, 3}));
    EXPECT_EQ(run_->part().number, 3U);
}

TEST_F(RunFiles, ADiskThatFailsEachNewFileCostsNoneOfTheGoodOnes) {
    begin(ring(3));
    go_on(CaptureChange::kRing);
    go_on(CaptureChange::kRing);
    for (int i = 0; i < 20; ++i) {
        go_on(CaptureChange::kAfterError);
        run_->set_bounds(ring(3));
        EXPECT_TRUE(run_->drop_beyond_ring().empty());
    }
    EXPECT_EQ(kept().size(), 23U);
    // The disk is good again. The two from before, and one; then what is older than the newest three good ones goes, the bad ones with it.
    go_on(CaptureChange::kRing);
    expect_dropped(run_->drop_beyond_ring(), {0});
    go_on(CaptureChange::kRing);
    EXPECT_EQ(run_->drop_beyond_ring().size(), 1U + 20U);
    EXPECT_EQ(kept(), (Numbers{22, 23, 24}));
}

TEST_F(RunFiles, ABadOneDoesNotPushAGoodOneOut) {
    begin(ring(2));
    go_on(CaptureChange::kAfterError);
    go_on(CaptureChange::kRing);
    EXPECT_EQ(run_->drop_beyond_ring().size(), 1U) << "the bad one is older than the newest two";
    go_on(CaptureChange::kAfterError);
    go_on(CaptureChange::kRing);
    EXPECT_EQ(run_->drop_beyond_ring().size(), 2U);
    EXPECT_EQ(kept(), (Numbers{3, 4}));
}

TEST_F(RunFiles, AFileInWhichNothingEverWasIsDeletedAndGivenBack) {
    begin({.least_free_bytes = 0});
    EXPECT_TRUE(go_on(CaptureChange::kDropped).empty());
    expect_dropped(run_->drop_all_before(), {0});
    for (const CaptureChange change :
         {CaptureChange::kDropped, CaptureChange::kAfterError, CaptureChange::kMoved}) {
        const std::size_t empty = paths_.size() - 1;
        expect_dropped(go_on(change, 0), {empty});
        EXPECT_EQ(kept(), Numbers{empty + 1});
    }
    EXPECT_TRUE(run_->drop_all_before().empty());
}

TEST_F(RunFiles, WithoutDescriptorsARingGivesUpItsOldest) {
    begin(ring(10));
    EXPECT_TRUE(run_->drop_for_room(CaptureChange::kRing, EMFILE).empty())
        << "the one being written";
    for (int i = 0; i < 3; ++i)
        go_on(CaptureChange::kRing);
    expect_dropped(run_->drop_for_room(CaptureChange::kRing, EMFILE), {0});
    expect_dropped(run_->drop_for_room(CaptureChange::kAfterError, ENFILE), {1});
    EXPECT_EQ(kept(), (Numbers{2, 3}));
    run_->set_bounds({.least_free_bytes = 0});
    EXPECT_TRUE(run_->drop_for_room(CaptureChange::kRing, EMFILE).empty()) << "no ring, no leave";
}

TEST_F(RunFiles, OnAFullDiskARingGivesUpOnlyWhatTheNextFilePushesOut) {
    begin(ring(3));
    go_on(CaptureChange::kRing);
    EXPECT_TRUE(run_->drop_for_room(CaptureChange::kRing, ENOSPC).empty());
    go_on(CaptureChange::kRing);
    EXPECT_TRUE(run_->drop_for_room(CaptureChange::kAfterError, ENOSPC).empty());
    EXPECT_TRUE(run_->drop_for_room(CaptureChange::kRing, EACCES).empty());
    expect_dropped(run_->drop_for_room(CaptureChange::kRing, EDQUOT), {0});
    EXPECT_TRUE(run_->drop_for_room(CaptureChange::kRing, EDQUOT).empty()) << "once";
    go_on(CaptureChange::kRing);
    EXPECT_TRUE(run_->drop_beyond_ring().empty());
    EXPECT_EQ(kept(), (Numbers{1, 2, 3}));
}

TEST_F(RunFiles, AMoveLeavesWhatWasThere) {
    begin(ring(2));
    go_on(CaptureChange::kRing);
    go_on(CaptureChange::kMoved);
    EXPECT_EQ(paths_.back(), directory_.path("moved.pcapng"));
    go_on(CaptureChange::kRing);
    EXPECT_TRUE(run_->drop_beyond_ring().empty());
    go_on(CaptureChange::kRing);
    expect_dropped(run_->drop_beyond_ring(), {2});
    EXPECT_EQ(name(0).substr(0, 8), "x_00001_");
    EXPECT_EQ(name(1).substr(0, 8), "x_00002_");
    EXPECT_EQ(name(3).substr(0, 12), "moved_00002_");
    EXPECT_EQ(name(4).substr(0, 12), "moved_00003_");
}

TEST_F(RunFiles, ANumberIsUsedUpOnlyByAFileThatCameToBe) {
    begin({.least_free_bytes = 0});
    write_file(directory_.path("x-2.pcapng"), {});  // somebody's
    for (int i = 0; i < 3; ++i) {
        NewFile made;
        ASSERT_EQ(run_->make_next({.change = CaptureChange::kAfterError}, made), 0);
        EXPECT_EQ(made.path, directory_.path("x-3.pcapng"));
        discard_file(made);
    }
    go_on(CaptureChange::kAfterError);
    go_on(CaptureChange::kAfterError);
    EXPECT_EQ(name(1), "x-3.pcapng");
    EXPECT_EQ(name(2), "x-4.pcapng");
}

TEST_F(RunFiles, ABeginningThatIsLongerThanAFileLeavesRoomForAsMuch) {
    begin(ring(2));
    NewFile made;
    ASSERT_EQ(run_->make_next({}, made), 0);
    EXPECT_TRUE(run_->went_on({}, files_.add(made.fd, made.path), made.path, 80'000, 5000).empty());
    EXPECT_FALSE(run_->is_full(159'999));
    EXPECT_TRUE(run_->is_full(160'000));
    run_->set_bounds({.least_free_bytes = 0});
    EXPECT_FALSE(run_->is_full(kMostBytes - 1));
    EXPECT_TRUE(run_->is_full(kMostBytes));
}

}  // namespace
}  // namespace tests
