// A server with two connections, the bytes with room, and hands for the view: what its tests have in common.
#pragma once

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>

#include "tests/ui/ui_driver.h"

namespace tests::ui {

class ViewScene : public testing::Test {
  protected:
    UiDriver ui{{1400, 1000}};
    EndpointId server{};
    ConnectionId one{};
    ConnectionId two{};
    void SetUp() override {
        ui.state().layout.send_height = 108;
        server = ui.start_server("127.0.0.1:9000");
        one = ui.connect(server, 50001);
        two = ui.connect(server, 50002);
        ui.frames(3);
    }

    app::ui::ReceiveView& view() { return ui.state().bytes; }
    app::ui::Sheet& sheet() { return view().sheet; }

    // Another setting of the view, and what comes of it.
    template <typename Change>
    void change_view(Change&& change) {
        session::ViewSettings settings = ui.view_settings();
        change(settings);
        ui.set_view(std::move(settings));
        ui.settle_view();
    }
    void frame_by(net::bytes::Framing framing) {
        change_view([&](session::ViewSettings& settings) {
            settings.framings = {{.endpoint = "127.0.0.1:9000", .framing = std::move(framing)}};
        });
    }
    // Messages that end with a line feed, one row each.
    void frame_by_lines() {
        net::bytes::Framing lines;
        lines.kind = net::bytes::FramingKind::kDelimiter;
        lines.delimiters = {{'\n'}};
        ui.click("Messages");
        frame_by(std::move(lines));
    }
    void encode(net::bytes::TextEncoding encoding) {
        change_view([&](session::ViewSettings& settings) { settings.encoding = encoding; });
    }

    // Ctrl+F, the words, Enter, and all that comes of it.
    void search(std::string_view words) {
        ui.press(ImGuiMod_Ctrl | ImGuiKey_F);
        ui.fill("Search for", words);
        ui.press(ImGuiKey_Enter);
        ui.settle_view();
    }

    // The middle of a byte's digits (or of its place in the text) in a row in sight.
    ImVec2 at(std::size_t row, std::uint32_t byte, bool in_text = false) {
        const app::ui::Columns& columns = view().columns;
        const Item& area = *ui.find("Bytes");
        const float x =
            in_text ? columns.text + columns.character * (static_cast<float>(byte) + 0.5F)
                    : columns.hex +
                          columns.character * (static_cast<float>(columns.layout.column(byte)) + 1);
        return {area.rect.Min.x + x,
                area.rect.Min.y + view().row_height * (static_cast<float>(row) + 1.5F)};
    }
    // The byte at which the view stands; the test fails where it stands at none.
    net::capture::BytePlace stands_at() {
        EXPECT_FALSE(sheet().selection.is_empty()) << ui.screen();
        if (sheet().selection.is_empty()) return {};
        return *sheet().byte_place(sheet().selection.begin());
    }
};

}  // namespace tests::ui
