#include "app/window_picture.h"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <stb/stb_image_write.h>
#include <unistd.h>
#include <vector>

namespace app {

int write_picture(const std::string& path, int width, int height) {
    constexpr int kChannels = 3;
    const std::size_t stride = static_cast<std::size_t>(width) * kChannels;
    std::vector<unsigned char> pixels(stride * static_cast<std::size_t>(height));
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, pixels.data());
    for (int top = 0, bottom = height - 1; top < bottom; ++top, --bottom) {
        std::swap_ranges(pixels.begin() + static_cast<std::ptrdiff_t>(stride) * top,
                         pixels.begin() + static_cast<std::ptrdiff_t>(stride) * (top + 1),
                         pixels.begin() + static_cast<std::ptrdiff_t>(stride) * bottom);
    }
    // Collected in memory and written here, not by stb: only so is there an errno to show.
    std::vector<unsigned char> png;
    const auto collect = [](void* to, void* data, int size) {
        const auto* bytes = static_cast<const unsigned char*>(data);
        auto& collected = *static_cast<std::vector<unsigned char>*>(to);
        collected.insert(collected.end(), bytes, bytes + size);
    };
    if (stbi_write_png_to_func(collect, &png, width, height, kChannels, pixels.data(),
                               static_cast<int>(stride)) == 0) {
        return ENOMEM;
    }
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return errno;
    int error = 0;
    for (std::size_t written = 0; error == 0 && written < png.size();) {
        const ssize_t taken = write(descriptor, png.data() + written, png.size() - written);
        if (taken < 0 && errno != EINTR) error = errno;
        if (taken > 0) written += static_cast<std::size_t>(taken);
    }
    if (close(descriptor) != 0 && error == 0) error = errno;
    return error;
}

}  // namespace app
