// Text files that several windows keep, and those that the user names.
#include "app/jobs/shared_file.h"

#include "app/jobs/text_exchange.h"
#include "app/jobs/text_file.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::SharedFile;
using app::jobs::SharedFileConfig;
using app::jobs::SharedFileResult;
using app::jobs::TextAnswer;
using app::jobs::TextExchange;

// Values are words; "damaged" is none.
std::optional<std::string> merge_words(const std::string& base,
                                       const std::string& ours,
                                       const std::string& theirs) {
    if (theirs == "damaged") return std::nullopt;
    const auto words = [](const std::string& text) {
        std::istringstream in(text);
        return std::set<std::string>{std::istream_iterator<std::string>{in}, {}};
    };
    const std::set<std::string> known = words(base);
    std::set<std::string> all = words(ours);
    for (const std::string& word : words(theirs))
        if (known.count(word) == 0) all.insert(word);
    std::string text;
    for (const std::string& word : all)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

class TwoWindows : public ::testing::Test {
  protected:
    TemporaryFolder folder;
    std::string path = folder.file("config/words");
    Frame frame;

    std::unique_ptr<SharedFile> window() {
        return std::make_unique<SharedFile>(
            SharedFileConfig{.path = path, .what = "the words", .merge = merge_words},
            [this] { frame.wake(); });
    }
    SharedFileResult written(SharedFile& file, const std::string& base, const std::string& text) {
        file.write(base, text);
        std::optional<SharedFileResult> result;
        EXPECT_TRUE(frame.wait_until([&] {
            result = file.take_result();
            return result.has_value();
        }));
        return result.value_or(SharedFileResult{});
    }
};

TEST_F(TwoWindows, OneAloneWritesWhatItHas) {
    const auto file = window();
    EXPECT_EQ(written(*file, "", "a b").text, "a b");
    EXPECT_EQ(written(*file, "a b", "b").text, "b");
    EXPECT_EQ(read_text(path), "b");
}

TEST_F(TwoWindows, NeitherLosesWhatTheOtherHasWritten) {
    const auto one = window();
    const auto other = window();
    EXPECT_EQ(written(*one, "", "a b").text, "a b");
    EXPECT_EQ(written(*other, "", "x").text, "a b x") << "it began with nothing";
    EXPECT_EQ(written(*one, "a b", "a c").text, "a c x") << "b was removed here and stays so";
    EXPECT_EQ(read_text(path), "a c x");
}

TEST_F(TwoWindows, ManyAtOnceLoseNothing) {
    std::vector<std::unique_ptr<SharedFile>> windows;
    for (int i = 0; i < 8; ++i)
        windows.push_back(window());
    for (int i = 0; i < 8; ++i)
        windows[static_cast<std::size_t>(i)]->write("", "w" + std::to_string(i));
    windows.clear();  // each writes before it ends
    EXPECT_EQ(read_text(path), "w0 w1 w2 w3 w4 w5 w6 w7");
}

TEST_F(TwoWindows, AFileThatWasDamagedMeanwhileIsKeptAside) {
    const auto file = window();
    EXPECT_EQ(written(*file, "", "a").text, "a");
    write_bytes(path, {'d', 'a', 'm', 'a', 'g', 'e', 'd'});
    const SharedFileResult result = written(*file, "a", "a b");
    EXPECT_FALSE(result.failure.has_value());
    EXPECT_NE(result.remark.find("the words in "), std::string::npos) << result.remark;
    EXPECT_NE(result.remark.find(".damaged"), std::string::npos) << result.remark;
    EXPECT_EQ(read_text(path), "a b");
    EXPECT_EQ(read_text(path + ".damaged"), "damaged");
}

TEST_F(TwoWindows, WhatCannotBeWrittenIsSaid) {
    write_bytes(folder.file("config"), {'x'});
    const auto file = window();
    const SharedFileResult result = written(*file, "", "a");
    expect_words(result.failure, "write the words to");
    EXPECT_EQ(read_text(folder.file("config")), "x");
}

class NamedText : public ::testing::Test {
  protected:
    TemporaryFolder folder;
    Frame frame;
    TextExchange exchange{[this] { frame.wake(); }};

    TextAnswer answer(app::jobs::TextRequest request) {
        exchange.ask(std::move(request));
        std::optional<TextAnswer> given;
        EXPECT_TRUE(frame.wait_until([&] {
            given = exchange.take_answer();
            return given.has_value();
        }));
        return given.value_or(TextAnswer{});
    }
};

TEST_F(NamedText, IsWrittenOnceAndReadBack) {
    const std::string path = folder.file("x.json");
    EXPECT_FALSE(answer({.id = 1, .path = path, .attempt = "export to", .text = "hello"}).failure);
    expect_words(answer({.id = 2, .path = path, .attempt = "export to", .text = "again"}).failure,
                 "export to");
    const TextAnswer read = answer({.id = 3, .path = path, .attempt = "import"});
    EXPECT_EQ(read.id, 3U);
    EXPECT_EQ(read.text, "hello");
    EXPECT_FALSE(
        answer(
            {.id = 4, .path = path, .attempt = "export to", .text = "again", .may_overwrite = true})
            .failure);
    EXPECT_EQ(read_text(path), "again");
}

TEST_F(NamedText, WhatCannotBeReadIsSaid) {
    const TextAnswer none = answer({.id = 1, .path = folder.file("none"), .attempt = "import"});
    expect_words(none.failure, "import");
    expect_words(none.failure, "ENOENT");
    write_bytes(folder.file("large"), Bytes((std::size_t{1} << 20) + 1, ' '));
    expect_words(answer({.id = 2, .path = folder.file("large"), .attempt = "import"}).failure,
                 "larger than 1 MiB");
    expect_words(answer({.id = 3, .path = folder.file(""), .attempt = "import"}).failure,
                 "no regular file");
}

}  // namespace
}  // namespace jobs_test
