// What lies in a folder, listed in a way that the thread sanitizer sees (net/capture/folder_reader.h says why; std::filesystem's is not).
#pragma once

#include "net/capture/folder_reader.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace support {

// Sorted, hidden ones too; none where there is no such folder.
inline std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    net::capture::FolderReader reader(folder);
    while (const dirent* entry = reader.next()) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

// This process's, without the one it is counted with.
inline std::size_t open_descriptors() {
    return names_in("/proc/self/fd").size() - 1;
}

}  // namespace support
