#include "net/bytes/reply_text.h"

#include "net/bytes/escapes.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace net::bytes {

namespace {

using Result = Parsed<ReplyParts>;

constexpr std::string_view kKnownPlaces =
    "\\{message}, \\{0} to \\{9}, \\{peer}, \\{count}, \\{time} and \\{reason}";

struct NamedPlace {
    std::string_view name;
    ReplyPlace place;
};
constexpr std::array kNamedPlaces{
    NamedPlace{"message", ReplyPlace::kMessage}, NamedPlace{"peer", ReplyPlace::kPeer},
    NamedPlace{"count", ReplyPlace::kCount},     NamedPlace{"time", ReplyPlace::kTime},
    NamedPlace{"reason", ReplyPlace::kReason},
};

std::optional<ReplyHole> hole_of(std::string_view name) {
    if (name.size() == 1 && name[0] >= '0' && name[0] <= '9')
        return ReplyHole{.place = ReplyPlace::kGroup,
                         .group = static_cast<std::uint8_t>(name[0] - '0')};
    for (const NamedPlace& known : kNamedPlaces)
        if (known.name == name) return ReplyHole{.place = known.place};
    return std::nullopt;
}

// Why there is nothing to fill in; empty: there is.
std::string missing(const ReplyHole& hole, const ReplyPlaces& places) {
    switch (hole.place) {
        case ReplyPlace::kPeer:
        case ReplyPlace::kTime: return {};
        case ReplyPlace::kMessage:
            return places.has_message ? "" : "there is no message here that \\{message} could be";
        case ReplyPlace::kCount:
            return places.has_count ? "" : "only a rule counts; leave \\{count} out";
        case ReplyPlace::kReason:
            return places.has_reason ? "" : "only whoever leaves has a \\{reason}";
        case ReplyPlace::kGroup: break;
    }
    if (hole.group < places.groups) return {};
    const std::string name = "\\{" + std::to_string(hole.group) + "}";
    if (places.groups == 0)
        return name + " is a part of what a rule compares in a message; here nothing is";
    if (places.groups == 1) return "the pattern has no groups; only \\{0} is something";
    return "the expression has " + std::to_string(places.groups - 1) +
           (places.groups == 2 ? " group" : " groups") + "; there is no " + name;
}

// Where the next place begins, from `from` on; `text.size()`: none.
std::size_t next_place(const ReplyText& text, std::size_t from) {
    for (std::size_t at = from; at < text.text.size(); ++at) {
        if (text.text[at] != '\\') continue;
        if (text.text.substr(at + 1, 1) == "{") return at;
        if (!text.is_hex) ++at;  // what is escaped is no backslash
    }
    return text.text.size();
}

void append(std::string_view text, std::vector<std::uint8_t>& out) {
    out.insert(out.end(), text.begin(), text.end());
}

void append_digits(std::int64_t value, std::size_t width, std::vector<std::uint8_t>& out) {
    std::string digits = std::to_string(value);
    if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
    append(digits, out);
}

// Days since 1970-01-01 as a date of the Gregorian calendar, by the count of 400-year eras (Richards, "Mapping Time", 1998).
void append_time(std::int64_t time_ns, std::vector<std::uint8_t>& out) {
    constexpr std::int64_t kNsOfDay = 86'400'000'000'000;
    std::int64_t day = time_ns / kNsOfDay;
    std::int64_t rest = time_ns % kNsOfDay;
    if (rest < 0) {
        --day;
        rest += kNsOfDay;
    }
    const std::int64_t shifted = day + 719'468;  // from 0000-03-01; 64-bit times begin in 1677
    const std::int64_t era = shifted / 146'097;
    const std::int64_t of_era = shifted % 146'097;
    const std::int64_t year_of_era =
        (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
    const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * of_year + 2) / 153;
    const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    append_digits(era * 400 + year_of_era + (month <= 2 ? 1 : 0), 4, out);
    append("-", out);
    append_digits(month, 2, out);
    append("-", out);
    append_digits(of_year - (153 * month_from_march + 2) / 5 + 1, 2, out);
    append("T", out);
    const std::int64_t ms = rest / 1'000'000;
    append_digits(ms / 3'600'000, 2, out);
    append(":", out);
    append_digits(ms / 60'000 % 60, 2, out);
    append(":", out);
    append_digits(ms / 1000 % 60, 2, out);
    append(".", out);
    append_digits(ms % 1000, 3, out);
    append("Z", out);
}

void append(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& out) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

Parsed<ReplyParts> parse(const ReplyText& text, const ReplyPlaces& places) {
    const std::string_view typed = text.text;
    if (typed.size() > kMostReplyTextBytes) {
        return Result::fail({kMostReplyTextBytes, typed.size() - kMostReplyTextBytes,
                             "the text is too long; " + std::to_string(kMostReplyTextBytes) +
                                 " bytes are the most"});
    }
    ReplyParts parts;
    for (std::size_t at = 0; at < typed.size();) {
        const std::size_t place = next_place(text, at);
        const std::string_view piece = typed.substr(at, place - at);
        auto bytes = text.is_hex ? parse_hex(piece) : parse_escaped(piece);
        if (!bytes) {
            ParseError error = std::move(bytes.error);
            error.offset += at;
            return Result::fail(std::move(error));
        }
        if (!bytes->empty()) parts.emplace_back(std::move(*bytes.value));
        if (place == typed.size()) break;
        const std::size_t end = typed.find('}', place);
        if (end == std::string_view::npos) {
            return Result::fail({place, typed.size() - place,
                                 "} is missing; there are " + std::string(kKnownPlaces)});
        }
        const std::size_t size = end + 1 - place;
        const std::string_view name = typed.substr(place + 2, size - 3);
        const auto hole = hole_of(name);
        if (!hole) {
            return Result::fail({place, size,
                                 "\"" + printable(name, 40) +
                                     "\" is no place to fill in; there are " +
                                     std::string(kKnownPlaces)});
        }
        if (std::string why = missing(*hole, places); !why.empty())
            return Result::fail({place, size, std::move(why)});
        parts.emplace_back(*hole);
        at = end + 1;
    }
    return Result::ok(std::move(parts));
}

bool is_constant(const ReplyParts& parts) {
    return std::none_of(parts.begin(), parts.end(), [](const ReplyPart& part) {
        return std::holds_alternative<ReplyHole>(part);
    });
}

void fill(const ReplyParts& parts, const ReplyValues& values, std::vector<std::uint8_t>& out) {
    for (const ReplyPart& part : parts) {
        if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&part)) {
            append(std::span(*bytes), out);
            continue;
        }
        const ReplyHole& hole = std::get<ReplyHole>(part);
        switch (hole.place) {
            case ReplyPlace::kMessage: append(values.message, out); break;
            case ReplyPlace::kGroup: append(values.groups[hole.group % kReplyGroups], out); break;
            case ReplyPlace::kPeer: append(values.peer, out); break;
            case ReplyPlace::kCount: append(std::to_string(values.count), out); break;
            case ReplyPlace::kTime: append_time(values.time_ns, out); break;
            case ReplyPlace::kReason: append(values.reason, out); break;
        }
    }
}

}  // namespace net::bytes
