#include "app/session/settings.h"

#include "app/session/view_json.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace app::session {
namespace {

using nlohmann::json;

// What we write is five levels deep. The parser itself does not recurse; this keeps a hostile file's tree small as well.
constexpr int kMostDepth = 16;
constexpr std::size_t kMostPathBytes = 4096;  // PATH_MAX
constexpr std::size_t kMostNameBytes = 255;   // NAME_MAX

constexpr std::uint64_t kLeastRingFiles = 2;
constexpr std::uint64_t kMostRingFiles = 100'000;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

constexpr char kRecent[] = "recent";
constexpr char kLastFolder[] = "last_folder";
constexpr char kKnownLeft[] = "known_left";
constexpr char kCapture[] = "capture";
constexpr char kLeastFree[] = "least_free_bytes";
constexpr char kRingFiles[] = "ring_files";
constexpr char kRingFileBytes[] = "ring_file_bytes";
constexpr char kView[] = "view";
constexpr char kHex[] = "hex";

// A path is bytes, JSON text is UTF-8: what would not come back as it went in is written as {"hex": "2f..."}.
json path_to_json(const std::string& path) {
    json plain = path;
    const std::string text = plain.dump(-1, ' ', false, json::error_handler_t::ignore);
    if (json::parse(text, nullptr, false) == plain) return plain;
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(path.size() * 2);
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        hex += kDigits[byte >> 4U];
        hex += kDigits[byte & 15U];
    }
    return json{{kHex, std::move(hex)}};
}

bool is_path(std::string_view path) {
    return path.starts_with('/') && path.size() <= kMostPathBytes &&
           path.find('\0') == std::string_view::npos;
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kMostNameBytes &&
           name.find_first_of(std::string_view{"/\0", 2}) == std::string_view::npos;
}

// Bytes as path_to_json() writes them; nothing where it is something else.
std::optional<std::string> bytes_of(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_object()) return std::nullopt;
    const auto hex = value.find(kHex);
    if (hex == value.end() || !hex->is_string()) return std::nullopt;
    const auto parsed = net::bytes::parse_hex(hex->get<std::string>());
    if (!parsed.value) return std::nullopt;
    return std::string(parsed.value->begin(), parsed.value->end());
}

// Reads values out of the tree; the first one that cannot be is what `error` says.
class SettingsReader {
  public:
    std::string error;

    [[nodiscard]] bool is_good() const { return error.empty(); }

    void read(const json& tree, Settings& settings) {
        if (!tree.is_object()) return fail("the settings", "an object");
        read_recent(tree, settings.recent);
        read_known_left(tree, settings.known_left);
        if (const json* folder = find(tree, kLastFolder)) {
            settings.last_folder = read_path(*folder, kLastFolder);
        }
        if (const json* view = find(tree, kView); view != nullptr && is_good())
            error = view_from_json(*view, settings.view);
        const json* capture = find(tree, kCapture);
        if (capture == nullptr) return;
        if (!capture->is_object()) return fail(kCapture, "an object");
        read_bounds(*capture, settings.bounds);
    }

  private:
    void fail(const std::string& what, const std::string& accepted) {
        if (error.empty()) error = "\"" + what + "\" is not " + accepted;
    }

    static const json* find(const json& object, const char* key) {
        const auto found = object.find(key);
        return found == object.end() ? nullptr : &*found;
    }

    void read_recent(const json& tree, std::vector<std::string>& recent) {
        const json* list = find(tree, kRecent);
        if (list == nullptr) return;
        if (!list->is_array()) return fail(kRecent, "a list of paths");
        for (const json& entry : *list) {
            // One that cannot be is no reason to do without the rest.
            std::optional<std::string> path = bytes_of(entry);
            if (!path || !is_path(*path)) continue;
            if (recent.size() < kMostRecent &&
                std::find(recent.begin(), recent.end(), *path) == recent.end()) {
                recent.push_back(std::move(*path));
            }
        }
    }

    void read_known_left(const json& tree, std::vector<std::string>& known) {
        const json* list = find(tree, kKnownLeft);
        if (list == nullptr) return;
        if (!list->is_array()) return fail(kKnownLeft, "a list of names");
        for (const json& entry : *list) {
            std::optional<std::string> name = bytes_of(entry);
            if (name && is_name(*name) && known.size() < kMostKnownLeft)
                known.push_back(std::move(*name));
        }
    }

    // Empty, or a path.
    std::string read_path(const json& value, const char* what) {
        std::optional<std::string> path = bytes_of(value);
        if (path && (path->empty() || is_path(*path))) return std::move(*path);
        fail(what, "an absolute path of at most 4096 bytes");
        return {};
    }

    void read_bounds(const json& capture, net::channel::CaptureBounds& bounds) {
        read_number(capture, kLeastFree, 0, std::numeric_limits<std::uint64_t>::max(),
                    bounds.least_free_bytes);
        std::uint64_t files = 0;
        if (const json* value = find(capture, kRingFiles); value != nullptr && *value != 0) {
            read_number(capture, kRingFiles, kLeastRingFiles, kMostRingFiles, files);
        }
        bounds.ring_files = static_cast<std::uint32_t>(files);
        if (files != 0) {
            if (find(capture, kRingFileBytes) == nullptr)
                return fail(kRingFileBytes, "there, and a ring needs it");
            read_number(capture, kRingFileBytes, kMiB, std::numeric_limits<std::uint64_t>::max(),
                        bounds.ring_file_bytes);
        } else {
            read_number(capture, kRingFileBytes, 0, std::numeric_limits<std::uint64_t>::max(),
                        bounds.ring_file_bytes);
        }
    }

    void read_number(const json& object,
                     const char* key,
                     std::uint64_t least,
                     std::uint64_t most,
                     std::uint64_t& out) {
        const json* value = find(object, key);
        if (value == nullptr) return;
        // Fractions, negative numbers and those beyond 64 bits are of another type.
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least ||
            value->get<std::uint64_t>() > most) {
            return fail(key, "a whole number from " + std::to_string(least) + " to " +
                                 std::to_string(most));
        }
        out = value->get<std::uint64_t>();
    }
};

}  // namespace

void Settings::add_recent(const std::string& path) {
    if (!is_path(path)) return;
    const std::string added = path;  // it may be one of ours
    recent.erase(std::remove(recent.begin(), recent.end(), added), recent.end());
    recent.insert(recent.begin(), added);
    if (recent.size() > kMostRecent) recent.resize(kMostRecent);
}

void Settings::add_known_left(const std::string& name) {
    if (!is_name(name) || std::find(known_left.begin(), known_left.end(), name) != known_left.end())
        return;
    known_left.push_back(name);
    if (known_left.size() > kMostKnownLeft) known_left.erase(known_left.begin());
}

SettingsParsed settings_from_json(std::string_view text) {
    SettingsParsed parsed;
    if (text.empty()) return parsed;  // there are none yet
    bool is_too_deep = false;
    const auto look = [&is_too_deep](int depth, json::parse_event_t /*event*/, json& /*value*/) {
        is_too_deep = is_too_deep || depth > kMostDepth;
        return !is_too_deep;
    };
    const json tree = json::parse(text.begin(), text.end(), look, false);
    if (is_too_deep) {
        parsed.error = "it is nested more than " + std::to_string(kMostDepth) + " deep";
        return parsed;
    }
    if (tree.is_discarded()) {
        parsed.error = "it is not JSON text";
        return parsed;
    }
    SettingsReader reader;
    reader.read(tree, parsed.settings);
    if (!reader.is_good()) {
        parsed.settings = Settings{};
        parsed.error = std::move(reader.error);
    }
    return parsed;
}

std::string to_json(const Settings& settings) {
    json recent = json::array();
    for (const std::string& path : settings.recent)
        recent.push_back(path_to_json(path));
    json known_left = json::array();
    for (const std::string& name : settings.known_left)
        known_left.push_back(path_to_json(name));
    const json tree{{kRecent, std::move(recent)},
                    {kKnownLeft, std::move(known_left)},
                    {kLastFolder, path_to_json(settings.last_folder)},
                    {kView, view_to_json(settings.view)},
                    {kCapture,
                     {{kLeastFree, settings.bounds.least_free_bytes},
                      {kRingFiles, settings.bounds.ring_files},
                      {kRingFileBytes, settings.bounds.ring_file_bytes}}}};
    return tree.dump(2) + "\n";
}

}  // namespace app::session
