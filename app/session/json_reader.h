// Values out of JSON text that a person may have written: what cannot be is named with its path in the text (`endpoints[2].port`), what is not known is warned about.
//
// Thread: any; pure. The text is parsed without recursion and at most kMostJsonDepth deep; whoever reads lists and texts names their bounds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace app::session {

inline constexpr int kMostJsonDepth = 16;
inline constexpr std::size_t kMostJsonWarnings = 20;

struct JsonProblems {
    std::string error;                  // the first value that cannot be, a sentence; empty: none
    std::vector<std::string> warnings;  // unknown keys, a sentence each; at most kMostJsonWarnings

    [[nodiscard]] bool is_good() const { return error.empty(); }
    // `accepted`: "a whole number from 1 to 9". `path` empty: the text as a whole.
    void fail(const std::string& path, const std::string& accepted);
};

// Null, with an error that names line and column, where it is no JSON text.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, JsonProblems& problems);

template <typename T>
struct JsonWord {
    std::string_view word;
    T value;
};

template <typename T, std::size_t kCount>
[[nodiscard]] std::string word_of(const std::array<JsonWord<T>, kCount>& words, T value) {
    for (const JsonWord<T>& word : words)
        if (word.value == value) return std::string(word.word);
    return std::string(words.front().word);
}

// One object. Values that are missing leave what is in `out`. When it goes, keys that nobody has asked for are warned about.
class JsonObject {
  public:
    using Json = nlohmann::json;

    JsonObject(const Json& tree, std::string path, JsonProblems& problems);
    ~JsonObject();
    JsonObject(const JsonObject&) = delete;
    JsonObject& operator=(const JsonObject&) = delete;

    // Null: missing (or there was an error before).
    [[nodiscard]] const Json* find(std::string_view key);
    [[nodiscard]] std::string path_of(std::string_view key) const;
    [[nodiscard]] JsonProblems& problems() { return problems_; }
    void fail(std::string_view key, const std::string& accepted) {
        problems_.fail(path_of(key), accepted);
    }

    void read(std::string_view key, bool& out);
    // UTF-8, as JSON text is.
    void read(std::string_view key, std::size_t most_bytes, std::string& out);
    template <typename T>
    void read(std::string_view key, std::uint64_t least, std::uint64_t most, T& out) {
        std::uint64_t number = 0;
        if (read_number(key, least, most, number)) out = static_cast<T>(number);
    }
    template <typename T, std::size_t kCount>
    void read(std::string_view key, const std::array<JsonWord<T>, kCount>& words, T& out) {
        const Json* const value = find(key);
        if (value == nullptr) return;
        std::string accepted = "one of";
        for (const JsonWord<T>& word : words) {
            if (value->is_string() && value->get_ref<const std::string&>() == word.word) {
                out = word.value;
                return;
            }
            accepted += std::string(accepted.ends_with("of") ? " " : ", ") + std::string(word.word);
        }
        fail(key, accepted);
    }
    // `each` gets a value and its path.
    void read_list(std::string_view key,
                   std::size_t most,
                   const std::function<void(const Json&, std::string)>& each);

  private:
    bool read_number(std::string_view key,
                     std::uint64_t least,
                     std::uint64_t most,
                     std::uint64_t& out);

    const Json& tree_;
    const std::string path_;
    JsonProblems& problems_;
    std::vector<std::string> known_;
};

// As text that is surely JSON's: bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string json_text(const nlohmann::json& tree);

}  // namespace app::session
