#include "app/ui/paths.h"

#include <algorithm>
#include <array>

namespace app::ui {

namespace {

using session::FolderContents;
using session::FolderEntry;

// NAME_MAX of every file system that matters; a longer one is refused with ENAMETOOLONG after the copying has been begun.
constexpr std::size_t kMostNameBytes = 255;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_with(std::string_view name, std::string_view prefix) {
    return name.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), name.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

// As people order names: letters of either case together; then by the bytes, so that the order is one.
int compare_names(std::string_view a, std::string_view b) {
    const std::size_t least = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < least; ++i) {
        const int x = static_cast<unsigned char>(lower(a[i]));
        const int y = static_cast<unsigned char>(lower(b[i]));
        if (x != y) return x < y ? -1 : 1;
    }
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return a.compare(b);
}

bool comes_before(const FolderEntry& a, const FolderEntry& b, const FileQuery& query) {
    if (a.is_folder != b.is_folder) return a.is_folder;
    const auto ordered = [&](const auto& x, const auto& y) {
        return query.is_descending ? y < x : x < y;
    };
    // Folders have no size worth an order.
    if (query.sort == FileColumn::kSize && !a.is_folder && a.bytes != b.bytes)
        return ordered(a.bytes, b.bytes);
    if (query.sort == FileColumn::kModified && a.modified_ns != b.modified_ns)
        return ordered(a.modified_ns, b.modified_ns);
    const int names = compare_names(a.name, b.name);
    return query.sort == FileColumn::kName && query.is_descending ? names > 0 : names < 0;
}

std::string_view without_end_slashes(std::string_view path) {
    while (path.size() > 1 && path.back() == '/')
        path.remove_suffix(1);
    return path;
}

// `path` ends in the whole components of `tail`. "~/x" counts as "/x": whose home it is, only the listing knows.
bool ends_in(std::string_view path, std::string_view tail) {
    if (!tail.empty() && tail.front() == '~') {
        tail.remove_prefix(1);
    } else if (!tail.empty() && tail.front() == '/') {
        return path == tail;
    }
    if (!path.ends_with(tail)) return false;
    return tail.empty() || tail.front() == '/' || path.size() == tail.size() ||
           path[path.size() - tail.size() - 1] == '/';
}

}  // namespace

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view parent_of(std::string_view path) {
    path = without_end_slashes(path);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return {};
    return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string join_path(std::string_view folder, std::string_view name) {
    std::string path(folder);
    if (!path.ends_with('/')) path += '/';
    path += name;
    return path;
}

std::string with_extension(std::string_view name, std::string_view extension) {
    std::string whole(name);
    // A dot at the beginning hides a file, it begins no extension.
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) {
        if (dot != std::string_view::npos && dot != 0) whole.pop_back();
        whole += extension;
    }
    return whole;
}

std::string name_error(std::string_view name) {
    if (name.empty()) return "A name is missing.";
    if (name == "." || name == "..") return "\".\" and \"..\" are folders; another name is needed.";
    if (name.find('/') != std::string_view::npos)
        return "A name has no \"/\" in it; the folder is chosen above.";
    if (name.size() > kMostNameBytes)
        return "The name has " + std::to_string(name.size()) + " bytes; at most " +
               std::to_string(kMostNameBytes) + " are accepted.";
    return {};
}

bool looks_like_capture(std::string_view name) {
    constexpr std::array<std::string_view, 3> kExtensions{".pcapng", ".pcap", ".cap"};
    return std::any_of(kExtensions.begin(), kExtensions.end(), [&](std::string_view extension) {
        return name.size() > extension.size() &&
               begins_with(name.substr(name.size() - extension.size()), extension);
    });
}

FileOrder arrange_files(const std::vector<FolderEntry>& entries, const FileQuery& query) {
    FileOrder order;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const FolderEntry& entry = entries[i];
        if (entry.name.starts_with('.') && !query.shows_hidden) {
            ++order.hidden;
        } else if (query.shows_only_captures && !entry.is_folder &&
                   !looks_like_capture(entry.name)) {
            ++order.others;
        } else {
            order.shown.push_back(static_cast<std::uint32_t>(i));
        }
    }
    std::sort(order.shown.begin(), order.shown.end(), [&](std::uint32_t a, std::uint32_t b) {
        return comes_before(entries[a], entries[b], query);
    });
    return order;
}

std::optional<std::size_t> find_by_prefix(const std::vector<FolderEntry>& entries,
                                          const std::vector<std::uint32_t>& shown,
                                          std::size_t from,
                                          std::string_view prefix) {
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const std::size_t place = (from + i) % shown.size();
        if (begins_with(entries[shown[place]].name, prefix)) return place;
    }
    return std::nullopt;
}

std::optional<std::size_t> find_by_name(const std::vector<FolderEntry>& entries,
                                        const std::vector<std::uint32_t>& shown,
                                        std::string_view name) {
    for (std::size_t i = 0; i < shown.size(); ++i) {
        if (entries[shown[i]].name == name) return i;
    }
    return std::nullopt;
}

std::uint64_t fingerprint(const FolderContents& contents) {
    std::uint64_t hash =
        0xcbf29ce484222325U;  // FNV-1a, eight bytes at a time where they are numbers
    const auto add = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3U; };
    const auto add_text = [&](std::string_view text) {
        for (const char c : text)
            add(static_cast<unsigned char>(c));
        add(0x100 + text.size());
    };
    add_text(contents.path);
    add_text(contents.error);
    add(contents.is_cut ? 2 : 1);
    for (const FolderEntry& entry : contents.entries) {
        add_text(entry.name);
        add(entry.is_folder ? 4 : 3);
        add(entry.bytes);
        add(static_cast<std::uint64_t>(entry.modified_ns));
    }
    return hash;
}

std::optional<std::size_t> typed_file(const FolderContents& contents, std::string_view typed) {
    if (!contents.error.empty() || typed.empty() || typed.ends_with('/')) return std::nullopt;
    const std::string_view name = base_name(typed);
    if (name.empty() || ends_in(contents.path, typed)) return std::nullopt;  // it is the folder
    const auto found = std::find_if(contents.entries.begin(), contents.entries.end(),
                                    [&](const FolderEntry& entry) { return entry.name == name; });
    if (found == contents.entries.end() || found->is_folder) return std::nullopt;
    return static_cast<std::size_t>(found - contents.entries.begin());
}

}  // namespace app::ui
