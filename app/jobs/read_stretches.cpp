#include "app/jobs/read_stretches.h"

#include <cerrno>

namespace app::jobs {

void ReadStretches::fetch(net::channel::FileId file, std::uint64_t offset, std::size_t size) {
    if (buffer_.empty()) buffer_.resize(kStretchBytes);
    file_ = file;
    begin_ = offset;
    size_ = 0;
    while (size_ < size) {
        const std::int64_t n =
            files_.read(file, offset + size_, std::span(buffer_).subspan(size_, size - size_));
        if (n <= 0) {
            error_ = n == 0 ? ENODATA : static_cast<int>(-n);
            return;
        }
        size_ += static_cast<std::size_t>(n);
    }
}

}  // namespace app::jobs
