// Paths and a folder's entries as the file chooser needs them: pure, on bytes.
//
// A path is any bytes but NUL; nothing here asks the file system, and nothing makes a path printable (net/bytes/escapes.h does).
// Thread: any; pure functions.
#pragma once

#include "app/session/desk.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app::ui {

// "/a/b" -> "b", "/" -> "".
[[nodiscard]] std::string_view base_name(std::string_view path);
// "/a/b" -> "/a", "/a" -> "/", "/" -> "/", "a" -> "".
[[nodiscard]] std::string_view parent_of(std::string_view path);
[[nodiscard]] std::string join_path(std::string_view folder, std::string_view name);
// With `extension` (".pcapng") where the name has none.
[[nodiscard]] std::string with_extension(std::string_view name, std::string_view extension);
// Why this can't be a file's name, as a sentence with what is accepted; empty: it can.
[[nodiscard]] std::string name_error(std::string_view name);
// By its extension: pcapng, pcap, cap.
[[nodiscard]] bool looks_like_capture(std::string_view name);

// ---- What is shown of a folder, in which order. ----

enum class FileColumn : std::uint8_t { kName, kSize, kModified };
struct FileQuery {
    FileColumn sort = FileColumn::kName;
    bool is_descending = false;
    bool shows_hidden = false;         // names that begin with a dot
    bool shows_only_captures = false;  // and folders
    bool operator==(const FileQuery&) const = default;
};
struct FileOrder {
    std::vector<std::uint32_t> shown;  // positions in FolderContents::entries; folders first
    std::size_t others = 0;            // left out because they are no captures
    std::size_t hidden = 0;            // left out because of their dot
};
[[nodiscard]] FileOrder arrange_files(const std::vector<session::FolderEntry>& entries,
                                      const FileQuery& query);
// The place in `shown` of the first entry from `from` on, going round, whose name begins with `prefix` (ASCII letters of either case).
[[nodiscard]] std::optional<std::size_t> find_by_prefix(
    const std::vector<session::FolderEntry>& entries,
    const std::vector<std::uint32_t>& shown,
    std::size_t from,
    std::string_view prefix);
// The place in `shown` of this name.
[[nodiscard]] std::optional<std::size_t> find_by_name(
    const std::vector<session::FolderEntry>& entries,
    const std::vector<std::uint32_t>& shown,
    std::string_view name);
// Differs where anything in it differs, but for bad luck of one in 2^64.
[[nodiscard]] std::uint64_t fingerprint(const session::FolderContents& contents);

// Somebody typed `typed`, and the listing of it says `contents`: was it a file of that folder? Its position in the entries.
[[nodiscard]] std::optional<std::size_t> typed_file(const session::FolderContents& contents,
                                                    std::string_view typed);

}  // namespace app::ui
