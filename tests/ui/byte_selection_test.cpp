// The cursor and the selection of a sheet, against a slow model that has every byte in a list.
#include "app/ui/byte_selection.h"

#include "net/capture/index.h"
#include "net/capture/sheet_items.h"
#include "net/capture/sheet_rows.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace tests::ui {
namespace {

using app::ui::ByteSelection;
using app::ui::CursorMove;
using app::ui::SelectedBytes;
using app::ui::SheetPlace;
using app::ui::SheetPlaces;
using net::capture::ReadIndex;
using net::capture::ReadItems;
using net::capture::SheetRows;
using net::channel::ConnectionId;
using net::channel::Direction;

// Every byte, and of each row its bytes.
struct Model {
    std::vector<SheetPlace> bytes;
    std::vector<std::vector<SheetPlace>> rows;

    Model(const net::capture::ItemList& items, std::uint32_t row_bytes, bool has_headings) {
        for (std::uint64_t k = 0; k < items.size(); ++k) {
            const std::uint64_t size = items.item(k).bytes;
            if (has_headings) rows.emplace_back();
            if (size == 0 && !has_headings) rows.emplace_back();
            for (std::uint64_t offset = 0; offset < size; ++offset) {
                if (offset % row_bytes == 0) rows.emplace_back();
                rows.back().push_back({.item = k, .offset = offset});
                bytes.push_back({.item = k, .offset = offset});
            }
        }
    }
    [[nodiscard]] std::size_t number(SheetPlace place) const {
        return static_cast<std::size_t>(std::find(bytes.begin(), bytes.end(), place) -
                                        bytes.begin());
    }
    [[nodiscard]] std::size_t row_of(SheetPlace place) const {
        for (std::size_t row = 0; row < rows.size(); ++row)
            if (std::find(rows[row].begin(), rows[row].end(), place) != rows[row].end()) return row;
        return rows.size();
    }
    [[nodiscard]] SheetPlace in_row(std::size_t row, std::size_t column) const {
        return rows[row][std::min(column, rows[row].size() - 1)];
    }
    // `by` rows on, empty ones passed over in the same direction; else as far as there is one.
    [[nodiscard]] SheetPlace moved(SheetPlace from, long by, std::size_t column) const {
        const long count = static_cast<long>(rows.size());
        const long here = static_cast<long>(row_of(from));
        long row = std::clamp(here + by, 0L, count - 1);
        const long step = by < 0 ? -1 : 1;
        while (row >= 0 && row < count && rows[static_cast<std::size_t>(row)].empty())
            row += step;
        if (row < 0 || row >= count) {
            row = by < 0 ? 0 : count - 1;
            while (rows[static_cast<std::size_t>(row)].empty())
                row -= step;
        }
        return in_row(static_cast<std::size_t>(row), column);
    }
};

void fill(ReadIndex& index, std::mt19937& random, int reads) {
    std::uint64_t offset = 0;
    for (int i = 0; i < reads; ++i) {
        const ConnectionId connection{1 + random() % 3};
        const Direction direction = random() % 2 == 0 ? Direction::kReceived : Direction::kSent;
        if (random() % 9 == 0) {
            index.append(net::channel::StreamGap{
                .connection = connection, .bytes = 5, .direction = direction});
            continue;
        }
        const auto size = static_cast<std::uint32_t>(random() % 12 == 0 ? 0 : random() % 40);
        index.append(net::channel::Recorded{.connection = connection,
                                            .time_ns = i,
                                            .offset = offset,
                                            .size = size,
                                            .file = net::channel::FileId{1},
                                            .direction = direction});
        offset += size;
    }
}

TEST(ByteSelectionModel, EveryMoveOfTheCursorIsThatOfTheModel) {
    std::mt19937 random(41);
    for (int round = 0; round < 12; ++round) {
        ReadIndex index;
        fill(index, random, 40);
        const std::uint32_t row_bytes = 1 + random() % 16;
        const bool has_headings = random() % 2 == 0;
        ReadItems items(index, {}, nullptr, random() % 2 == 0);
        SheetRows rows(items, {.bytes_per_row = row_bytes, .has_heading_rows = has_headings});
        while (!rows.advance(7)) {
        }
        const Model model(items, row_bytes, has_headings);
        ASSERT_EQ(rows.row_count(), model.rows.size());
        if (model.bytes.empty()) continue;
        const SheetPlaces places(items, rows);
        ByteSelection selection;
        SelectedBytes count;
        selection.move_to(model.bytes[random() % model.bytes.size()], false);
        selection.want_column(places.column_of(*selection.cursor()));
        SheetPlace anchor = *selection.cursor();
        for (int step = 0; step < 300; ++step) {
            const auto move = static_cast<CursorMove>(random() % 10);
            const bool extends = random() % 2 == 0;
            const SheetPlace before = *selection.cursor();
            const std::size_t at = model.number(before);
            const std::size_t row = model.row_of(before);
            const std::size_t column = selection.wanted_column();
            SheetPlace wanted = before;
            switch (move) {
                case CursorMove::kLeft:
                    wanted = model.bytes[at - std::min<std::size_t>(at, 1)];
                    break;
                case CursorMove::kRight:
                    wanted = model.bytes[std::min(at + 1, model.bytes.size() - 1)];
                    break;
                case CursorMove::kUp: wanted = model.moved(before, -1, column); break;
                case CursorMove::kDown: wanted = model.moved(before, 1, column); break;
                case CursorMove::kPageUp: wanted = model.moved(before, -6, column); break;
                case CursorMove::kPageDown: wanted = model.moved(before, 6, column); break;
                case CursorMove::kRowBegin: wanted = model.rows[row].front(); break;
                case CursorMove::kRowEnd: wanted = model.rows[row].back(); break;
                case CursorMove::kFirst: wanted = model.bytes.front(); break;
                case CursorMove::kLast: wanted = model.bytes.back(); break;
            }
            move_cursor(selection, places, move, extends, 7);
            ASSERT_EQ(*selection.cursor(), wanted) << "move " << static_cast<int>(move) << " from "
                                                   << before.item << "+" << before.offset;
            if (!extends) anchor = wanted;
            ASSERT_EQ(selection.begin(), std::min(anchor, wanted));
            ASSERT_EQ(selection.last(), std::max(anchor, wanted));
            while (!count.update(items, selection, 1 + random() % 5)) {
            }
            ASSERT_EQ(count.bytes(),
                      model.number(selection.last()) - model.number(selection.begin()) + 1);
        }
    }
}

TEST(ByteSelectionModel, WithoutAByteThereIsNoCursor) {
    ReadIndex index;
    ReadItems items(index, {}, nullptr, false);
    SheetRows rows(items, {});
    ASSERT_TRUE(rows.advance(10));
    const SheetPlaces places(items, rows);
    ByteSelection selection;
    for (int move = 0; move < 10; ++move)
        move_cursor(selection, places, static_cast<CursorMove>(move), true, 5);
    select_all(selection, places);
    EXPECT_TRUE(selection.is_empty());
}

}  // namespace
}  // namespace tests::ui
