// Text files that the user names, read and written beside the frame: import and export of saved sends, session files.
//
// Thread: frame; work on its own worker.
#pragma once

#include "net/channel/failure.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace app::jobs {

struct TextRequest {
    std::uint64_t id = 0;  // whoever asks knows the answer by it
    std::string path;      // absolute
    // The word in its sentences: "import", "open the session".
    std::string attempt;
    std::size_t most_bytes = std::size_t{1} << 20U;  // reading
    std::optional<std::string> text = {};            // writing: what; nullopt: it is read
    bool may_overwrite = false;
};

struct TextAnswer {
    std::uint64_t id = 0;
    std::string path;
    std::string text;  // as read
    std::optional<net::channel::Failure> failure;
};

class TextExchange {
  public:
    explicit TextExchange(std::function<void()> wake_frame);
    ~TextExchange();  // what was asked for is done
    TextExchange(const TextExchange&) = delete;
    TextExchange& operator=(const TextExchange&) = delete;

    void ask(TextRequest request);
    [[nodiscard]] std::optional<TextAnswer> take_answer();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
