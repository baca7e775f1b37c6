// Preloaded into the program under test (LD_PRELOAD): faults in its writes to regular files, planted from outside.
//
//   WRITE_FAULT=damage:N   the N-th write(2) to a regular file has the length field of its first block overwritten
//   WRITE_FAULT=zeros:N    the N-th write's bytes become zeros
//   WRITE_FAULT=drop:N     the N-th write is said to have been done and is not
//
// N counts from 1. Writes to pipes, terminals and sockets are left alone.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <vector>

namespace {

using Write = ssize_t (*)(int, const void*, std::size_t);

enum class Fault : std::uint8_t { kNone, kDamage, kZeros, kDrop };

struct Plan {
    Fault fault = Fault::kNone;
    long at = 0;

    Plan() {
        const char* text =
            std::getenv("WRITE_FAULT");  // NOLINT(concurrency-mt-unsafe): nobody sets it
        const char* colon = text != nullptr ? std::strchr(text, ':') : nullptr;
        if (colon == nullptr) return;
        at = std::strtol(colon + 1, nullptr, 10);
        if (std::strncmp(text, "damage:", 7) == 0) fault = Fault::kDamage;
        if (std::strncmp(text, "zeros:", 6) == 0) fault = Fault::kZeros;
        if (std::strncmp(text, "drop:", 5) == 0) fault = Fault::kDrop;
    }
};

}  // namespace

extern "C" ssize_t write(int fd, const void* data, std::size_t size) {
    static const Write kNext = reinterpret_cast<Write>(dlsym(RTLD_NEXT, "write"));
    static const Plan kPlan;
    static std::atomic<long> count{0};
    struct stat status {};
    if (kPlan.fault == Fault::kNone || size < 32 || fstat(fd, &status) != 0 ||
        !S_ISREG(status.st_mode) || ++count != kPlan.at) {
        return kNext(fd, data, size);
    }
    if (kPlan.fault == Fault::kDrop) return static_cast<ssize_t>(size);
    std::vector<std::uint8_t> bytes(size);
    if (kPlan.fault == Fault::kDamage) {
        std::memcpy(bytes.data(), data, size);
        std::memset(bytes.data() + 4, 0xA5, 4);
    }
    return kNext(fd, bytes.data(), size);
}
