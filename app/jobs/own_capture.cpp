#include "app/jobs/own_capture.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

namespace app::jobs {
namespace {

namespace format = net::capture::format;

// Our section header is about a hundred bytes; what comes later in a larger one is not ours.
constexpr std::size_t kLookBytes = 4096;

}  // namespace

bool is_own_capture(const net::capture::FileTable& files, net::channel::FileId file) {
    std::array<std::uint8_t, kLookBytes> buffer{};
    const std::int64_t read = files.read(file, 0, buffer);
    if (read < static_cast<std::int64_t>(format::kSectionFixedBytes)) return false;
    if (format::load32(buffer.data()) != format::kBlockSection) return false;
    if (format::load32(buffer.data() + format::kBlockHeadBytes) != format::kByteOrderMagic) {
        return false;
    }
    const std::size_t length = format::load32(buffer.data() + 4);
    const std::size_t end = std::min(length, static_cast<std::size_t>(read));
    std::span<const std::uint8_t> options(buffer.data(), end);
    options = options.subspan(std::min(end, format::kSectionFixedBytes));
    while (options.size() >= 4) {
        const std::uint16_t code = format::load16(options.data());
        const std::size_t size = format::load16(options.data() + 2);
        if (code == format::kOptionEnd || size > options.size() - 4) return false;
        if (code == format::kOptionSignature && size == sizeof format::kSignature &&
            std::equal(std::begin(format::kSignature), std::end(format::kSignature),
                       options.begin() + 4)) {
            return true;
        }
        options = options.subspan(std::min(options.size(), 4 + (size + 3) / 4 * 4));
    }
    return false;
}

}  // namespace app::jobs
