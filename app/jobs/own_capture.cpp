#include "app/jobs/own_capture.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace app::jobs {
namespace {

namespace format = net::capture::format;

// Our section header is about a hundred bytes; what comes later in a larger one is not ours.
constexpr std::size_t kLookBytes = 4096;

}  // namespace

std::optional<net::capture::RunPart> parse_own_section(std::span<const std::uint8_t> block) {
    if (block.size() < format::kSectionFixedBytes) return std::nullopt;
    if (format::load32(block.data()) != format::kBlockSection) return std::nullopt;
    if (format::load32(block.data() + format::kBlockHeadBytes) != format::kByteOrderMagic)
        return std::nullopt;
    const std::size_t length = format::load32(block.data() + 4);
    auto options = block.first(std::min(length, block.size()));
    options = options.subspan(std::min(options.size(), format::kSectionFixedBytes));
    const net::capture::SectionOptions section =
        net::capture::parse_section_options(options, false);
    return section.is_ours ? std::optional{section.part} : std::nullopt;
}

bool is_own_capture(const net::capture::FileTable& files, net::channel::FileId file) {
    std::array<std::uint8_t, kLookBytes> buffer{};
    const std::int64_t read = files.read(file, 0, buffer);
    return read > 0 &&
           parse_own_section({buffer.data(), static_cast<std::size_t>(read)}).has_value();
}

}  // namespace app::jobs
