// What one frame costs, and that it does not depend on how much there is.
#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>
#include <random>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

constexpr bool is_measurable() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(NDEBUG)
    return false;
#elif defined(__has_feature)
    return !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
    return true;
#endif
}

struct Cost {
    double p50_ms = 0;
    double p99_ms = 0;
    double most_ms = 0;
};

// `connections` connections with `reads` reads of a KiB behind them; then frames in each of which reads come, connections close and open.
Cost measure(
    int connections, int reads, app::ui::Column sort, const char* filter, bool selects_all) {
    UiDriver ui;
    const EndpointId server = many_connections(ui, connections);
    std::mt19937 random(1);
    const auto anyone = [&] {
        return ui.facts.connections()[random() % ui.facts.connections().size()];
    };
    for (int i = 0; i < reads; ++i)
        ui.sparse_bytes(anyone(), i % 3 == 0 ? Direction::kSent : Direction::kReceived, 0, 1024);
    ui.state().table.query.filter = filter;
    ui.state().table.wanted_sort = sort;
    ui.frames(30);
    if (selects_all) ui.state().selection.select_all(ui.facts.connections());
    ui.frames(2);

    std::vector<std::int64_t> times;
    const int frames = is_measurable() ? 600 : 20;
    for (int frame = 0; frame < frames; ++frame) {
        for (int i = 0; i < 200; ++i)
            ui.sparse_bytes(anyone(), Direction::kReceived, 0, 1024);
        if (frame % 2 == 0) {
            ui.close(anyone(), net::channel::CloseReason::kEndOfStream);
            ui.connect(server, static_cast<std::uint16_t>(random()));
        }
        if (frame % 30 == 0) ui.facts.advance(ui.info.monotonic_ns);
        times.push_back(ui.measured_frame_ns());
    }
    std::sort(times.begin(), times.end());
    const auto at = [&](double part) {
        return static_cast<double>(
                   times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))]) /
               1e6;
    };
    return {.p50_ms = at(0.5), .p99_ms = at(0.99), .most_ms = at(1)};
}

void expect_independent_of_size(const char* name,
                                app::ui::Column sort,
                                const char* filter,
                                bool selects_all = false) {
    const Cost little = measure(10, 1'000, sort, filter, selects_all);
    const Cost much = measure(is_measurable() ? 10'000 : 500, is_measurable() ? 1'048'576 : 2'000,
                              sort, filter, selects_all);
    std::printf(
        "[ FRAME    ] %s: 10 connections, 1 MiB: p50 %.2f p99 %.2f most %.2f ms; 10,000 "
        "connections, 1 GiB: p50 %.2f p99 %.2f most %.2f ms\n",
        name, little.p50_ms, little.p99_ms, little.most_ms, much.p50_ms, much.p99_ms, much.most_ms);
    if (!is_measurable()) return;
    EXPECT_LE(much.p99_ms, 4.0) << name;
    EXPECT_LE(much.p50_ms, little.p50_ms * 1.5 + 0.2) << name;
}

TEST(FrameCost, SortedByNumber) {
    expect_independent_of_size("by number", app::ui::Column::kNumber, "");
}
TEST(FrameCost, SortedByALiveColumn) {
    expect_independent_of_size("by bytes received", app::ui::Column::kReceived, "");
}
TEST(FrameCost, SortedByEndpointAndFiltered) {
    expect_independent_of_size("by endpoint, filtered", app::ui::Column::kEndpoint,
                               "end of stream");
}

TEST(FrameCost, EverythingSelected) {
    expect_independent_of_size("all selected", app::ui::Column::kNumber, "", true);
}

}  // namespace
}  // namespace tests::ui
