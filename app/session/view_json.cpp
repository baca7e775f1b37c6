#include "app/session/view_json.h"

#include "app/session/encoding_words.h"
#include "app/session/json_reader.h"
#include "net/bytes/escapes.h"

#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace app::session {
namespace {

using net::bytes::Framing;
using net::bytes::FramingKind;
using net::capture::BytePattern;
using net::capture::PatternKind;
using nlohmann::json;

// More than a name has that the session has made printable, with what marks a cut: what is written must be read again.
constexpr std::size_t kMostEndpointBytes = 1024;

constexpr std::array<JsonWord<ViewMode>, 4> kModes{{{"hex", ViewMode::kHex},
                                                    {"text", ViewMode::kText},
                                                    {"mixed", ViewMode::kMixed},
                                                    {"messages", ViewMode::kMessages}}};
constexpr std::array<JsonWord<TimeForm>, 3> kTimes{{{"absolute", TimeForm::kAbsolute},
                                                    {"relative", TimeForm::kRelative},
                                                    {"delta", TimeForm::kDelta}}};
constexpr std::array<JsonWord<FramingKind>, 8> kFramings{
    {{"none", FramingKind::kNone},
     {"delimiter", FramingKind::kDelimiter},
     {"fixed", FramingKind::kFixed},
     {"length_prefix", FramingKind::kLengthPrefix},
     {"leb128", FramingKind::kLeb128},
     {"idle_gap", FramingKind::kIdleGap},
     {"slip", FramingKind::kSlip},
     {"cobs", FramingKind::kCobs}}};
constexpr std::array<JsonWord<PatternKind>, 3> kPatterns{
    {{"text", PatternKind::kText}, {"hex", PatternKind::kHex}, {"regex", PatternKind::kRegex}}};
constexpr std::array<JsonWord<std::uint32_t>, 5> kRowBytes{
    {{"8", 8}, {"16", 16}, {"24", 24}, {"32", 32}, {"fit", kFitsWidth}}};

// Names and patterns are text of the user's; what is no UTF-8 is written with its bad bytes left out.
std::string sound_text(const std::string& text) {
    const json plain = text;
    const json sound = json::parse(plain.dump(-1, ' ', false, json::error_handler_t::ignore));
    return sound.get<std::string>();
}

json highlight_to_json(const Highlight& highlight) {
    return {{"kind", word_of(kPatterns, highlight.pattern.kind)},
            {"pattern", sound_text(highlight.pattern.text)},
            {"matches_case", highlight.pattern.matches_case},
            {"encoding", std::string(net::bytes::name(highlight.pattern.encoding))},
            {"label", sound_text(highlight.label)},
            {"color", highlight.color},
            {"on", highlight.is_on}};
}

void read_delimiters(JsonObject& object, Framing& framing) {
    JsonProblems& problems = object.problems();
    object.read_list(
        "delimiters", net::bytes::kMostDelimiters, [&](const json& one, const std::string& path) {
            const auto bytes = one.is_string()
                                   ? net::bytes::parse_hex(one.get_ref<const std::string&>())
                                   : net::bytes::Parsed<std::vector<std::uint8_t>>{};
            if (!bytes) return problems.fail(path, "bytes in hex");
            framing.delimiters.push_back(*bytes);
        });
}

Highlight read_highlight(const json& one, const std::string& path, JsonProblems& problems) {
    Highlight highlight;
    JsonObject object(one, path, problems);
    object.read("kind", kPatterns, highlight.pattern.kind);
    object.read("pattern", net::capture::kMostPatternBytes, highlight.pattern.text);
    object.read("matches_case", highlight.pattern.matches_case);
    object.read("encoding", encoding_words(), highlight.pattern.encoding);
    object.read("label", kMostLabelBytes, highlight.label);
    object.read("color", 0, kHighlightColors - 1, highlight.color);
    object.read("on", highlight.is_on);
    return highlight;
}

EndpointFraming read_endpoint_framing(const json& one,
                                      const std::string& path,
                                      JsonProblems& problems) {
    EndpointFraming framing;
    JsonObject object(one, path, problems);
    object.read("endpoint", kMostEndpointBytes, framing.endpoint);
    if (const json* const found = object.find("framing"))
        read_framing(*found, object.path_of("framing"), problems, framing.framing);
    return framing;
}

}  // namespace

json framing_to_json(const Framing& framing) {
    json tree{{"kind", word_of(kFramings, framing.kind)}};
    switch (framing.kind) {
        case FramingKind::kDelimiter: {
            json delimiters = json::array();
            for (const auto& delimiter : framing.delimiters)
                delimiters.push_back(net::bytes::to_hex(delimiter));
            tree["delimiters"] = std::move(delimiters);
            break;
        }
        case FramingKind::kFixed: tree["bytes"] = framing.fixed_bytes; break;
        case FramingKind::kLengthPrefix:
            tree["length_bytes"] = framing.length_bytes;
            tree["big_endian"] = framing.is_big_endian;
            tree["counts_itself"] = framing.counts_itself;
            tree["counts_before"] = framing.counts_before;
            tree["length_offset"] = framing.length_offset;
            tree["most_bytes"] = framing.most_message_bytes;
            break;
        case FramingKind::kLeb128: tree["most_bytes"] = framing.most_message_bytes; break;
        case FramingKind::kIdleGap: tree["gap_ns"] = framing.idle_gap_ns; break;
        case FramingKind::kNone:
        case FramingKind::kSlip:
        case FramingKind::kCobs: break;
    }
    return tree;
}

void read_framing(const json& tree,
                  const std::string& path,
                  JsonProblems& problems,
                  Framing& framing) {
    JsonObject object(tree, path, problems);
    Framing read;
    object.read("kind", kFramings, read.kind);
    read_delimiters(object, read);
    object.read("bytes", 0, std::numeric_limits<std::uint64_t>::max(), read.fixed_bytes);
    object.read("length_bytes", 0, 8, read.length_bytes);
    object.read("big_endian", read.is_big_endian);
    object.read("counts_itself", read.counts_itself);
    object.read("counts_before", read.counts_before);
    object.read("length_offset", 0, net::bytes::kMostLengthOffset, read.length_offset);
    object.read("most_bytes", 0, net::bytes::kMostMessageBytes, read.most_message_bytes);
    object.read("gap_ns", 0, net::bytes::kMostIdleGapNs, read.idle_gap_ns);
    if (!problems.is_good()) return;
    if (const auto wrong = net::bytes::check(read))
        return problems.fail(path, "one that can be: " + *wrong);
    framing = std::move(read);
}

json view_to_json(const ViewSettings& view) {
    json framings = json::array();
    for (const EndpointFraming& one : view.framings)
        framings.push_back(
            {{"endpoint", sound_text(one.endpoint)}, {"framing", framing_to_json(one.framing)}});
    json highlights = json::array();
    for (const Highlight& one : view.highlights)
        highlights.push_back(highlight_to_json(one));
    return {{"mode", word_of(kModes, view.mode)},
            {"row_bytes", word_of(kRowBytes, view.bytes_per_row)},
            {"grouping", view.grouping},
            {"merged", view.is_merged},
            {"times", word_of(kTimes, view.time_form)},
            {"messages_as_hex", view.messages_are_hex},
            {"encoding", std::string(net::bytes::name(view.encoding))},
            {"side", view.has_side},
            {"side_panel", sound_text(view.side_panel)},
            {"framings", std::move(framings)},
            {"highlights", std::move(highlights)}};
}

void read_view(const json& tree,
               const std::string& path,
               JsonProblems& problems,
               ViewSettings& view) {
    JsonObject object(tree, path, problems);
    object.read("mode", kModes, view.mode);
    object.read("row_bytes", kRowBytes, view.bytes_per_row);
    object.read("grouping", 1, 8, view.grouping);
    if (view.grouping != 1 && view.grouping != 2 && view.grouping != 4 && view.grouping != 8)
        object.fail("grouping", "1, 2, 4 or 8");
    object.read("merged", view.is_merged);
    object.read("times", kTimes, view.time_form);
    object.read("messages_as_hex", view.messages_are_hex);
    object.read("encoding", encoding_words(), view.encoding);
    object.read("side", view.has_side);
    object.read("side_panel", kMostLabelBytes, view.side_panel);
    object.read_list("framings", kMostFramings, [&](const json& one, const std::string& at) {
        view.framings.push_back(read_endpoint_framing(one, at, problems));
    });
    object.read_list("highlights", kMostHighlights, [&](const json& one, const std::string& at) {
        view.highlights.push_back(read_highlight(one, at, problems));
    });
}

std::string view_from_json(const json& tree, ViewSettings& view) {
    JsonProblems problems;
    ViewSettings read;
    read_view(tree, "view", problems, read);
    if (problems.is_good()) view = std::move(read);
    return std::move(problems.error);
}

}  // namespace app::session
