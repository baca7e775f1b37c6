#include "app/session/json_reader.h"

#include "net/bytes/escapes.h"

#include <algorithm>

namespace app::session {

namespace {

using nlohmann::json;

constexpr std::size_t kMostShownKeyBytes = 60;

// "line 3, column 5" of a place in text; columns in bytes.
std::string place_of(std::string_view text, std::size_t at) {
    const std::string_view before = text.substr(0, std::min(at, text.size()));
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t begin =
        before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return "line " + std::to_string(lines + 1) + ", column " +
           std::to_string(before.size() - begin + 1);
}

}  // namespace

void JsonProblems::fail(const std::string& path, const std::string& accepted) {
    if (!error.empty()) return;
    error = (path.empty() ? std::string("it") : path) + " is not " + accepted;
}

json parse_json(std::string_view text, JsonProblems& problems) {
    bool is_too_deep = false;
    const auto look = [&is_too_deep](int depth, json::parse_event_t /*event*/, json& /*value*/) {
        is_too_deep = is_too_deep || depth > kMostJsonDepth;
        return !is_too_deep;
    };
    json tree;
    try {
        tree = json::parse(text.begin(), text.end(), look);
    } catch (const json::parse_error& error) {
        // Its byte is counted from 1; that of an end too early lies behind the text.
        problems.error =
            "it is not JSON text: " + place_of(text, error.byte == 0 ? 0 : error.byte - 1) +
            ": this was not expected there";
    }
    if (is_too_deep)
        problems.error = "it is nested more than " + std::to_string(kMostJsonDepth) + " deep";
    if (!problems.is_good()) return {};
    return tree;
}

JsonObject::JsonObject(const json& tree, std::string path, JsonProblems& problems)
    : tree_(tree),
      path_(std::move(path)),
      problems_(problems) {
    if (!tree_.is_object()) problems_.fail(path_, "an object");
}

JsonObject::~JsonObject() {
    if (!problems_.is_good() || !tree_.is_object()) return;
    for (const auto& item : tree_.items()) {
        if (problems_.warnings.size() >= kMostJsonWarnings) return;
        if (std::find(known_.begin(), known_.end(), item.key()) == known_.end())
            problems_.warnings.push_back(path_of(item.key()) + " is unknown and was left out");
    }
}

const json* JsonObject::find(std::string_view key) {
    known_.emplace_back(key);
    if (!problems_.is_good() || !tree_.is_object()) return nullptr;
    const auto found = tree_.find(known_.back());
    return found == tree_.end() ? nullptr : &*found;
}

std::string JsonObject::path_of(std::string_view key) const {
    return (path_.empty() ? "" : path_ + ".") + net::bytes::printable(key, kMostShownKeyBytes);
}

void JsonObject::read(std::string_view key, bool& out) {
    const json* const value = find(key);
    if (value == nullptr) return;
    if (!value->is_boolean()) return fail(key, "true or false");
    out = value->get<bool>();
}

void JsonObject::read(std::string_view key, std::size_t most_bytes, std::string& out) {
    const json* const value = find(key);
    if (value == nullptr) return;
    if (!value->is_string() || value->get_ref<const std::string&>().size() > most_bytes)
        return fail(key, "text of at most " + std::to_string(most_bytes) + " bytes");
    out = value->get<std::string>();
}

bool JsonObject::read_number(std::string_view key,
                             std::uint64_t least,
                             std::uint64_t most,
                             std::uint64_t& out) {
    const json* const value = find(key);
    if (value == nullptr) return false;
    // Fractions, negative numbers and those beyond 64 bits are of another type.
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least ||
        value->get<std::uint64_t>() > most) {
        fail(key, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return false;
    }
    out = value->get<std::uint64_t>();
    return true;
}

void JsonObject::read_list(std::string_view key,
                           std::size_t most,
                           const std::function<void(const Json&, std::string)>& each) {
    const json* const list = find(key);
    if (list == nullptr) return;
    if (!list->is_array() || list->size() > most)
        return fail(key, "a list of at most " + std::to_string(most));
    for (std::size_t i = 0; i < list->size() && problems_.is_good(); ++i)
        each((*list)[i], path_of(key) + "[" + std::to_string(i) + "]");
}

std::string json_text(const json& tree) {
    return tree.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace app::session
