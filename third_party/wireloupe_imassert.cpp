#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "third_party/wireloupe_imconfig.h"

namespace {

// A broken widget would repeat its line 60 times a second.
constexpr int kMostLines = 20;

}  // namespace

void wireloupe_imgui_assert_failed(const char* expression, const char* file, int line) {
#ifdef WIRELOUPE_IMGUI_ASSERT_ABORTS
    std::fprintf(stderr, "%s:%d: Dear ImGui assertion failed: %s\n", file, line, expression);
    std::abort();
#else
    // The user keeps the window and the capture: the library's error recovery mends what it can at the
    // end of the frame.
    static std::atomic<int> lines{0};
    const int count = lines.fetch_add(1, std::memory_order_relaxed);
    if (count < kMostLines) {
        std::fprintf(stderr, "wireloupe: interface assertion, going on: %s (%s:%d)%s\n", expression,
                     file, line, count == kMostLines - 1 ? "; further ones are not printed" : "");
    }
#endif
}
