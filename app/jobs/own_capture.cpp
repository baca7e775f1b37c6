#include "app/jobs/own_capture.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace app::jobs {
namespace {

namespace format = net::capture::format;

// Our section header is about a hundred bytes; what comes later in a larger one is not ours.
constexpr std::size_t kLookBytes = 4096;

}  // namespace

std::optional<OwnSection> parse_own_section(std::span<const std::uint8_t> block) {
    if (block.size() < format::kSectionFixedBytes) return std::nullopt;
    if (format::load32(block.data()) != format::kBlockSection) return std::nullopt;
    if (format::load32(block.data() + format::kBlockHeadBytes) != format::kByteOrderMagic)
        return std::nullopt;
    const std::size_t length = format::load32(block.data() + 4);
    std::span<const std::uint8_t> options = block.first(std::min(length, block.size()));
    options = options.subspan(std::min(options.size(), format::kSectionFixedBytes));
    OwnSection found;
    bool is_own = false;
    while (options.size() >= 4) {
        const std::uint16_t code = format::load16(options.data());
        const std::size_t size = format::load16(options.data() + 2);
        if (code == format::kOptionEnd || size > options.size() - 4) break;
        const auto value = options.subspan(4, size);
        if (code == format::kOptionSignature && size == sizeof format::kSignature) {
            is_own =
                is_own || std::equal(value.begin(), value.end(), std::begin(format::kSignature));
        } else if (code == format::kOptionRun && size >= found.run.size() + 4) {
            std::copy_n(value.begin(), found.run.size(), found.run.begin());
            found.number = format::load32(value.data() + found.run.size());
        }
        options = options.subspan(std::min(options.size(), 4 + format::padded(size)));
    }
    return is_own ? std::optional{found} : std::nullopt;
}

std::optional<OwnSection> own_section(const net::capture::FileTable& files,
                                      net::channel::FileId file) {
    std::array<std::uint8_t, kLookBytes> buffer{};
    const std::int64_t read = files.read(file, 0, buffer);
    if (read < 0) return std::nullopt;
    return parse_own_section({buffer.data(), static_cast<std::size_t>(read)});
}

}  // namespace app::jobs
