#include "app/ui/copying.h"

#include "app/ui/numbers.h"
#include "net/channel/failure.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

namespace app::ui {

namespace {

std::string too_large(std::uint64_t bytes) {
    return size_text(bytes) + " are too much for a clipboard (" + size_text(kMostClipboardBytes) +
           " of text at most)";
}

std::string too_many(std::uint64_t items) {
    return "a selection over " + count_text(items) +
           " reads or messages is too much for a clipboard (" + count_text(kMostClipboardReads) +
           " at most)";
}

// The bytes of the one follow those of the other in their stream: a character may span them.
bool goes_on(const net::capture::Item& before, const net::capture::Item& item) {
    return item.connection == before.connection && item.direction == before.direction &&
           !item.is_gap && item.stream_offset == before.stream_offset + before.bytes;
}

std::string unreadable(std::int64_t got) {
    if (got == -ESTALE)
        return "some of these bytes are no longer kept: the ring has deleted their file";
    if (got < 0)
        return "some of these bytes cannot be read: " +
               net::channel::errno_text(static_cast<int>(-got));
    return "some of these bytes cannot be read: the capture file has been cut short";
}

}  // namespace

Copied copy_selection(const session::Session& session,
                      const net::capture::FileTable& files,
                      const Sheet& sheet,
                      const SelectedBytes& selected,
                      net::bytes::ByteFormat format,
                      net::bytes::TextEncoding encoding) {
    Copied copied;
    if (sheet.selection.is_empty()) return copied;
    const auto refuse_size = [&] {
        copied.is_too_large = true;
        copied.text.clear();
        copied.refusal = selected.items() > kMostClipboardReads ? too_many(selected.items())
                                                                : too_large(selected.bytes());
    };
    copied.bytes = selected.bytes();
    if (!selected.is_whole() || selected.items() > kMostClipboardReads ||
        net::bytes::formatted_bytes(format, selected.bytes(), encoding) > kMostClipboardBytes) {
        refuse_size();
        return copied;
    }
    const net::capture::ItemBytes item_bytes(session.reads(), files);
    net::bytes::ByteFormatter formatter(format, encoding);
    const SheetPlace begin = sheet.selection.begin();
    const SheetPlace last = sheet.selection.last();
    std::vector<std::uint8_t> piece(std::size_t{64} << 10U);
    std::optional<net::capture::Item> before;
    for (std::uint64_t number = begin.item; number <= last.item; ++number) {
        const net::capture::Item item = sheet.items().item(number);
        if (before && !goes_on(*before, item)) formatter.cut(copied.text);
        before = item;
        std::uint64_t offset = number == begin.item ? begin.offset : 0;
        const std::uint64_t end = number == last.item ? last.offset + 1 : item.bytes;
        while (offset < end) {
            const std::span<std::uint8_t> into = std::span(piece).first(
                static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), end - offset)));
            const std::int64_t got = item_bytes.read(item, offset, into);
            if (got <= 0) {
                copied.text.clear();
                copied.refusal = unreadable(got);
                return copied;
            }
            formatter.add(into.first(static_cast<std::size_t>(got)), copied.text);
            offset += static_cast<std::uint64_t>(got);
        }
    }
    formatter.finish(copied.text);
    return copied;
}

}  // namespace app::ui
