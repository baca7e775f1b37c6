// Names, paths and the order of a folder's entries: pure functions.
#include "app/ui/paths.h"

#include <gtest/gtest.h>

namespace app::ui {
namespace {

using session::FolderContents;
using session::FolderEntry;

TEST(Paths, PartsAreTakenApartAndPutTogether) {
    EXPECT_EQ(base_name("/a/b.pcapng"), "b.pcapng");
    EXPECT_EQ(base_name("b"), "b");
    EXPECT_EQ(base_name("/"), "");
    EXPECT_EQ(parent_of("/a/b"), "/a");
    EXPECT_EQ(parent_of("/a/b/"), "/a");
    EXPECT_EQ(parent_of("/a"), "/");
    EXPECT_EQ(parent_of("/"), "/");
    EXPECT_EQ(parent_of("a"), "");
    EXPECT_EQ(join_path("/a", "b"), "/a/b");
    EXPECT_EQ(join_path("/", "b"), "/b");
}

TEST(Paths, AnExtensionIsAddedOnlyWhereThereIsNone) {
    EXPECT_EQ(with_extension("a", ".pcapng"), "a.pcapng");
    EXPECT_EQ(with_extension("a.pcap", ".pcapng"), "a.pcap");
    EXPECT_EQ(with_extension(".hidden", ".pcapng"), ".hidden.pcapng");
    EXPECT_EQ(with_extension("a.", ".pcapng"), "a.pcapng");
    EXPECT_EQ(with_extension("2025.01.31", ".bin"), "2025.01.31");
}

TEST(Paths, WhatCannotBeANameSaysWhy) {
    EXPECT_EQ(name_error("fine name\xff.pcapng"), "");
    EXPECT_EQ(name_error(""), "A name is missing.");
    EXPECT_NE(name_error("."), "");
    EXPECT_NE(name_error(".."), "");
    EXPECT_NE(name_error("a/b"), "");
    EXPECT_EQ(name_error(std::string(255, 'x')), "");
    EXPECT_NE(name_error(std::string(256, 'x')).find("256 bytes"), std::string::npos);
}

std::vector<FolderEntry> some_entries() {
    return {{.name = "zoo", .is_folder = true},
            {.name = ".git", .is_folder = true, .modified_ns = 9},
            {.name = "b.pcapng", .bytes = 10, .modified_ns = 3},
            {.name = "A.PCAP", .bytes = 30, .modified_ns = 2},
            {.name = "c.txt", .bytes = 20, .modified_ns = 1},
            {.name = ".hidden.pcapng", .bytes = 5, .modified_ns = 8}};
}

std::string order_of(const std::vector<FolderEntry>& entries, const FileQuery& query) {
    std::string names;
    for (const std::uint32_t i : arrange_files(entries, query).shown)
        names += entries[i].name + " ";
    return names;
}

TEST(FileOrder, FoldersComeFirstWhateverTheOrder) {
    const auto entries = some_entries();
    EXPECT_EQ(order_of(entries, {}), "zoo A.PCAP b.pcapng c.txt ");
    EXPECT_EQ(order_of(entries, {.is_descending = true}), "zoo c.txt b.pcapng A.PCAP ");
    EXPECT_EQ(order_of(entries, {.sort = FileColumn::kSize, .is_descending = true}),
              "zoo A.PCAP c.txt b.pcapng ");
    EXPECT_EQ(order_of(entries, {.sort = FileColumn::kModified}), "zoo c.txt A.PCAP b.pcapng ");
    EXPECT_EQ(order_of(entries, {.shows_hidden = true}),
              ".git zoo .hidden.pcapng A.PCAP b.pcapng c.txt ");
}

TEST(FileOrder, WhatIsLeftOutIsCounted) {
    const auto entries = some_entries();
    const FileOrder order = arrange_files(entries, {.shows_only_captures = true});
    EXPECT_EQ(order.shown.size(), 3U) << "the folder and two captures";
    EXPECT_EQ(order.others, 1U);
    EXPECT_EQ(order.hidden, 2U);
}

TEST(FileOrder, ABeginningIsFoundInEitherCaseAndGoesRound) {
    const std::vector<FolderEntry> entries{{.name = "alpha"}, {.name = "Beta"}, {.name = "bravo"}};
    const std::vector<std::uint32_t> shown{0, 1, 2};
    EXPECT_EQ(find_by_prefix(entries, shown, 0, "b"), 1U);
    EXPECT_EQ(find_by_prefix(entries, shown, 2, "B"), 2U);
    EXPECT_EQ(find_by_prefix(entries, shown, 3, "be"), 1U);
    EXPECT_EQ(find_by_prefix(entries, shown, 0, "x"), std::nullopt);
    EXPECT_EQ(find_by_prefix(entries, {}, 0, "a"), std::nullopt);
    EXPECT_EQ(find_by_name(entries, shown, "bravo"), 2U);
}

TEST(TypedPath, IsAFileOfTheFolderOrTheFolderItself) {
    FolderContents contents;
    contents.path = "/home/me/x";
    contents.entries = {{.name = "x", .is_folder = false}, {.name = "d", .is_folder = true}};
    EXPECT_EQ(typed_file(contents, "/home/me/x"), std::nullopt) << "the folder, not the file in it";
    EXPECT_EQ(typed_file(contents, "/home/me/x/x"), 0U);
    EXPECT_EQ(typed_file(contents, "/home/me/x/d"), std::nullopt);
    EXPECT_EQ(typed_file(contents, "~/x"), std::nullopt);
    EXPECT_EQ(typed_file(contents, "~/x/x"), 0U);
    EXPECT_EQ(typed_file(contents, "~"), std::nullopt);
    EXPECT_EQ(typed_file(contents, ""), std::nullopt);
    EXPECT_EQ(typed_file(contents, "/home/me/x/none"), std::nullopt);
    contents.error = "cannot be read";
    EXPECT_EQ(typed_file(contents, "/home/me/x/x"), std::nullopt);
}

TEST(Listing, AnotherOneHasAnotherFingerprint) {
    FolderContents a;
    a.path = "/a";
    a.entries = {{.name = "one", .bytes = 1}};
    FolderContents b = a;
    EXPECT_EQ(fingerprint(a), fingerprint(b));
    b.entries[0].bytes = 2;
    EXPECT_NE(fingerprint(a), fingerprint(b));
    b = a;
    b.entries[0].name = "onf";
    EXPECT_NE(fingerprint(a), fingerprint(b));
    b = a;
    b.error = "no";
    EXPECT_NE(fingerprint(a), fingerprint(b));
}

}  // namespace
}  // namespace app::ui
