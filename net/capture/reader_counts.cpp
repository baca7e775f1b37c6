#include "net/capture/reader_counts.h"

#include <string_view>
#include <vector>

namespace net::capture {

namespace {

struct Words {
    std::string_view one;
    std::string_view many;
};

// In the order of NotUnderstood.
constexpr std::array<Words, kNotUnderstoodKinds> kWords{{
    {"block of an unknown type", "blocks of unknown types"},
    {"damaged block", "damaged blocks"},
    {"fact of a later version of this program", "facts of a later version of this program"},
    {"fragment of an IP packet", "fragments of IP packets"},
    {"ICMP packet", "ICMP packets"},
    {"packet of another protocol over IP", "packets of other protocols over IP"},
    {"ARP packet", "ARP packets"},
    {"packet that is not IP", "packets that are not IP"},
    {"packet of an unknown link type", "packets of an unknown link type"},
    {"packet cut off inside its headers", "packets cut off inside their headers"},
    {"malformed packet", "malformed packets"},
    {"TCP packet after its connection's end", "TCP packets after their connection's end"},
}};

// 12345678 -> "12,345,678"
std::string grouped(std::uint64_t value) {
    std::string digits = std::to_string(value);
    for (std::size_t at = digits.size(); at > 3;)
        digits.insert(at -= 3, 1, ',');
    return digits;
}

}  // namespace

std::string ReaderCounts::not_understood() const {
    std::vector<std::string> kinds;
    for (std::size_t kind = 0; kind < by_kind.size(); ++kind) {
        if (by_kind[kind] == 0) continue;
        std::string text = grouped(by_kind[kind]) + " ";
        text += by_kind[kind] == 1 ? kWords[kind].one : kWords[kind].many;
        if (kind == static_cast<std::size_t>(NotUnderstood::kUnknownLink))
            text += " (" + std::to_string(unknown_link) + ")";
        kinds.push_back(std::move(text));
    }
    std::string all;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (i > 0) all += i + 1 == kinds.size() ? " and " : ", ";
        all += kinds[i];
    }
    return all;
}

std::string ReaderCounts::in_words() const {
    std::string words;
    const auto add_clause = [&words](const std::string& clause) {
        if (!words.empty()) words += "; ";
        words += clause;
    };
    if (!why_it_ended.empty()) {
        add_clause(why_it_ended + " (the last " + grouped(left_over_bytes) + " B are not shown)");
    }
    if (skipped > 0) {
        add_clause(not_understood() + (skipped == 1 ? " was" : " were") + " not understood and " +
                   (skipped == 1 ? "is" : "are") + " not shown");
    }
    if (lacks_run_end) {
        add_clause(
            "the end of its run is not in this file (it went on in another one, still goes on, or "
            "was ended by "
            "force): connections without an end are shown as open");
    }
    return words;
}

}  // namespace net::capture
