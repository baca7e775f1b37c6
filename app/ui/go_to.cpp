#include "app/ui/go_to.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace app::ui {

namespace {

using net::bytes::Parsed;
using net::bytes::ParseError;
using Number = Parsed<std::uint64_t>;

constexpr std::int64_t kSecondNs = 1'000'000'000;

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

Number fail(std::string message) {
    return Number::fail(ParseError{.message = std::move(message)});
}

// Commas between digits are as in what the view shows.
std::optional<std::uint64_t> number_of(std::string_view text, int base) {
    std::string digits;
    for (const char c : text)
        if (c != ',' || base == 16) digits += c;
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
    if (digits.empty() || stop != end || error != std::errc{}) return std::nullopt;
    return number;
}

Number parse_offset(std::string_view text) {
    std::optional<std::uint64_t> number;
    if (text.starts_with("0x") || text.starts_with("0X"))
        number = number_of(text.substr(2), 16);
    else if (text.ends_with('h') || text.ends_with('H'))
        number = number_of(text.substr(0, text.size() - 1), 16);
    else
        number = number_of(text, 10);
    if (!number) return fail("not an offset: a number of bytes such as 4096, 0x1000 or 1000h");
    return Number::ok(*number);
}

Number parse_count(std::string_view text, const char* what) {
    const auto number = number_of(text, 10);
    if (!number || *number == 0)
        return fail(std::string("not a number: ") + what + " are counted from 1");
    return Number::ok(*number);
}

// Seconds with a fraction, exact to the nanosecond. Empties what it has read.
std::optional<std::int64_t> seconds_of(std::string_view text) {
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    std::int64_t seconds = 0;
    const auto [stop, error] =
        std::from_chars(whole.data(), whole.data() + whole.size(), seconds, 10);
    constexpr std::int64_t kMost = 9'000'000'000;
    if (whole.empty() || stop != whole.data() + whole.size() || error != std::errc{} ||
        seconds < 0 || seconds > kMost)
        return std::nullopt;
    std::int64_t ns = seconds * kSecondNs;
    if (point == std::string_view::npos) return ns;
    std::int64_t unit = kSecondNs;
    const std::string_view part = text.substr(point + 1);
    if (part.empty() || part.size() > 9) return std::nullopt;
    for (const char c : part) {
        if (c < '0' || c > '9') return std::nullopt;
        unit /= 10;
        ns += (c - '0') * unit;
    }
    return ns;
}

std::optional<int> small_number(std::string_view text, int least, int most) {
    int number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, 10);
    if (text.empty() || stop != text.data() + text.size() || error != std::errc{} ||
        number < least || number > most)
        return std::nullopt;
    return number;
}

// "14:02", "14:02:33.123456"
bool read_clock(std::string_view text, std::tm& when, std::int64_t& rest_ns) {
    const std::size_t first = text.find(':');
    if (first == std::string_view::npos) return false;
    const std::size_t second = text.find(':', first + 1);
    const auto hour = small_number(text.substr(0, first), 0, 23);
    const auto minute = small_number(
        text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1), 0,
        59);
    if (!hour || !minute) return false;
    when.tm_hour = *hour;
    when.tm_min = *minute;
    when.tm_sec = 0;
    rest_ns = 0;
    if (second == std::string_view::npos) return true;
    const auto seconds = seconds_of(text.substr(second + 1));
    if (!seconds || *seconds >= 61 * kSecondNs) return false;
    rest_ns = *seconds;
    return true;
}

// "2025-01-31"
bool read_date(std::string_view text, std::tm& when) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const auto year = small_number(text.substr(0, 4), 1970, 9999);
    const auto month = small_number(text.substr(5, 2), 1, 12);
    const auto day = small_number(text.substr(8, 2), 1, 31);
    if (!year || !month || !day) return false;
    when.tm_year = *year - 1900;
    when.tm_mon = *month - 1;
    when.tm_mday = *day;
    return true;
}

Number parse_time(std::string_view text, std::int64_t first_ns) {
    const auto wrong = [] {
        return fail(
            "not a time: 14:02:33.5, 2025-01-31 14:02:33, or +1.5 for seconds after the first "
            "read");
    };
    if (text.starts_with('+')) {
        const auto after = seconds_of(trimmed(text.substr(1)));
        if (!after) return wrong();
        return Number::ok(static_cast<std::uint64_t>(first_ns) +
                          static_cast<std::uint64_t>(*after));
    }
    const auto first_second = static_cast<std::time_t>(first_ns / kSecondNs);
    std::tm when{};
    localtime_r(&first_second, &when);
    const std::size_t space = text.find_first_of(" T");
    if (space != std::string_view::npos && !read_date(text.substr(0, space), when)) return wrong();
    std::int64_t rest_ns = 0;
    const std::string_view clock =
        space == std::string_view::npos ? text : trimmed(text.substr(space + 1));
    if (!read_clock(clock, when, rest_ns)) return wrong();
    when.tm_isdst = -1;
    const std::time_t second = mktime(&when);
    if (second < 0 || second > INT64_MAX / kSecondNs - 100) return wrong();
    return Number::ok(static_cast<std::uint64_t>(std::int64_t{second} * kSecondNs + rest_ns));
}

}  // namespace

Number parse_go_to(GoToKind kind, std::string_view text, std::int64_t first_ns) {
    text = trimmed(text);
    switch (kind) {
        case GoToKind::kOffset: return parse_offset(text);
        case GoToKind::kRow: return parse_count(text, "rows");
        case GoToKind::kRead: return parse_count(text, "reads");
        case GoToKind::kTime: break;
    }
    return parse_time(text, first_ns);
}

std::optional<net::capture::BytePlace> find_offset(const net::capture::ReadIndex& index,
                                                   net::channel::ConnectionId connection,
                                                   net::channel::Direction direction,
                                                   std::uint64_t offset) {
    const std::optional<std::uint64_t> position = index.find(connection, direction, offset);
    if (!position || index.entry(*position).is_gap()) return std::nullopt;
    return net::capture::BytePlace{
        .position = *position,
        .offset = static_cast<std::uint32_t>(offset - index.at(*position).stream_offset)};
}

std::uint64_t find_time(const net::capture::ItemList& items, std::int64_t time_ns) {
    std::uint64_t low = 0;
    std::uint64_t high = items.size();
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (items.item(middle).time_ns < time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

}  // namespace app::ui
