#include "app/session/view_json.h"

#include "net/bytes/escapes.h"

#include <algorithm>
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

template <typename T>
struct Word {
    std::string_view word;
    T value;
};

constexpr std::array<Word<ViewMode>, 4> kModes{{{"hex", ViewMode::kHex},
                                                {"text", ViewMode::kText},
                                                {"mixed", ViewMode::kMixed},
                                                {"messages", ViewMode::kMessages}}};
constexpr std::array<Word<TimeForm>, 3> kTimes{{{"absolute", TimeForm::kAbsolute},
                                                {"relative", TimeForm::kRelative},
                                                {"delta", TimeForm::kDelta}}};
constexpr std::array<Word<FramingKind>, 8> kFramings{{{"none", FramingKind::kNone},
                                                      {"delimiter", FramingKind::kDelimiter},
                                                      {"fixed", FramingKind::kFixed},
                                                      {"length_prefix", FramingKind::kLengthPrefix},
                                                      {"leb128", FramingKind::kLeb128},
                                                      {"idle_gap", FramingKind::kIdleGap},
                                                      {"slip", FramingKind::kSlip},
                                                      {"cobs", FramingKind::kCobs}}};
constexpr std::array<Word<PatternKind>, 3> kPatterns{
    {{"text", PatternKind::kText}, {"hex", PatternKind::kHex}, {"regex", PatternKind::kRegex}}};
constexpr std::array<Word<std::uint32_t>, 5> kRowBytes{
    {{"8", 8}, {"16", 16}, {"24", 24}, {"32", 32}, {"fit", kFitsWidth}}};

template <typename T, std::size_t kCount>
std::string word_of(const std::array<Word<T>, kCount>& words, T value) {
    for (const Word<T>& word : words)
        if (word.value == value) return std::string(word.word);
    return std::string(words.front().word);
}

// Names and patterns are text of the user's; what is no UTF-8 is written with its bad bytes left out.
std::string sound_text(const std::string& text) {
    const json plain = text;
    const json sound = json::parse(plain.dump(-1, ' ', false, json::error_handler_t::ignore));
    return sound.get<std::string>();
}

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

json highlight_to_json(const Highlight& highlight) {
    return {{"kind", word_of(kPatterns, highlight.pattern.kind)},
            {"pattern", sound_text(highlight.pattern.text)},
            {"matches_case", highlight.pattern.matches_case},
            {"encoding", std::string(net::bytes::name(highlight.pattern.encoding))},
            {"label", sound_text(highlight.label)},
            {"color", highlight.color},
            {"on", highlight.is_on}};
}

// The first value that cannot be is what `error` says.
class ViewReader {
  public:
    std::string error;

    void read(const json& tree, ViewSettings& view) {
        if (!tree.is_object()) return fail("view", "an object");
        read_word(tree, "mode", kModes, view.mode);
        read_word(tree, "row_bytes", kRowBytes, view.bytes_per_row);
        read_grouping(tree, view.grouping);
        read_bool(tree, "merged", view.is_merged);
        read_word(tree, "times", kTimes, view.time_form);
        read_bool(tree, "messages_as_hex", view.messages_are_hex);
        read_encoding(tree, view.encoding);
        read_bool(tree, "side", view.has_side);
        read_text(tree, "side_panel", kMostLabelBytes, view.side_panel);
        read_list(tree, "framings", kMostFramings, view.framings, [this](const json& one) {
            EndpointFraming framing;
            read_text(one, "endpoint", kMostEndpointBytes, framing.endpoint);
            if (const json* found = find(one, "framing")) read_framing(*found, framing.framing);
            return framing;
        });
        read_list(tree, "highlights", kMostHighlights, view.highlights,
                  [this](const json& one) { return read_highlight(one); });
    }

  private:
    // More than a name has that the session has made printable, with what marks a cut: what is written must be read again.
    static constexpr std::size_t kMostEndpointBytes = 1024;

    void fail(std::string_view what, std::string_view accepted) {
        if (error.empty()) error = "\"" + std::string(what) + "\" is not " + std::string(accepted);
    }
    static const json* find(const json& object, const char* key) {
        const auto found = object.find(key);
        return found == object.end() ? nullptr : &*found;
    }

    template <typename T, std::size_t kCount>
    void read_word(const json& tree,
                   const char* key,
                   const std::array<Word<T>, kCount>& words,
                   T& value) {
        const json* found = find(tree, key);
        if (found == nullptr) return;
        std::string accepted = "one of";
        for (const Word<T>& word : words) {
            if (found->is_string() && found->get_ref<const std::string&>() == word.word) {
                value = word.value;
                return;
            }
            accepted += " " + std::string(word.word);
        }
        fail(key, accepted);
    }

    void read_bool(const json& tree, const char* key, bool& value) {
        const json* found = find(tree, key);
        if (found == nullptr) return;
        if (!found->is_boolean()) return fail(key, "true or false");
        value = found->get<bool>();
    }

    template <typename T>
    void read_number(const json& tree, const char* key, std::uint64_t most, T& value) {
        const json* found = find(tree, key);
        if (found == nullptr) return;
        if (!found->is_number_unsigned() || found->get<std::uint64_t>() > most)
            return fail(key, "a whole number of at most " + std::to_string(most));
        value = static_cast<T>(found->get<std::uint64_t>());
    }

    void read_text(const json& tree, const char* key, std::size_t most, std::string& value) {
        const json* found = find(tree, key);
        if (found == nullptr) return;
        if (!found->is_string() || found->get_ref<const std::string&>().size() > most)
            return fail(key, "text of at most " + std::to_string(most) + " bytes");
        value = found->get<std::string>();
    }

    void read_grouping(const json& tree, std::uint32_t& grouping) {
        std::uint32_t read = grouping;
        read_number(tree, "grouping", 8, read);
        if (read != 1 && read != 2 && read != 4 && read != 8)
            return fail("grouping", "1, 2, 4 or 8");
        grouping = read;
    }

    void read_encoding(const json& tree, net::bytes::TextEncoding& encoding) {
        const json* found = find(tree, "encoding");
        if (found == nullptr) return;
        const auto known = found->is_string()
                               ? net::bytes::text_encoding(found->get_ref<const std::string&>())
                               : std::nullopt;
        if (!known) return fail("encoding", "the name of an encoding");
        encoding = *known;
    }

    template <typename T, typename ReadOne>
    void read_list(const json& tree,
                   const char* key,
                   std::size_t most,
                   std::vector<T>& values,
                   ReadOne&& read_one) {
        const json* list = find(tree, key);
        if (list == nullptr) return;
        if (!list->is_array()) return fail(key, "a list");
        values.clear();
        for (const json& one : *list) {
            if (!one.is_object()) return fail(key, "a list of objects");
            if (values.size() < most) values.push_back(read_one(one));
        }
    }

    void read_framing(const json& tree, Framing& framing) {
        if (!tree.is_object()) return fail("framing", "an object");
        Framing read;
        read_word(tree, "kind", kFramings, read.kind);
        if (const json* delimiters = find(tree, "delimiters")) read_delimiters(*delimiters, read);
        read_number(tree, "bytes", std::numeric_limits<std::uint64_t>::max(), read.fixed_bytes);
        read_number(tree, "length_bytes", 8, read.length_bytes);
        read_bool(tree, "big_endian", read.is_big_endian);
        read_bool(tree, "counts_itself", read.counts_itself);
        read_bool(tree, "counts_before", read.counts_before);
        read_number(tree, "length_offset", net::bytes::kMostLengthOffset, read.length_offset);
        read_number(tree, "most_bytes", net::bytes::kMostMessageBytes, read.most_message_bytes);
        read_number(tree, "gap_ns", net::bytes::kMostIdleGapNs, read.idle_gap_ns);
        if (!error.empty()) return;
        if (const auto wrong = net::bytes::check(read))
            return fail("framing", "one that can be: " + *wrong);
        framing = std::move(read);
    }

    void read_delimiters(const json& list, Framing& framing) {
        if (!list.is_array() || list.size() > net::bytes::kMostDelimiters)
            return fail("delimiters", "a list of delimiters");
        for (const json& one : list) {
            const auto bytes = one.is_string()
                                   ? net::bytes::parse_hex(one.get_ref<const std::string&>())
                                   : net::bytes::Parsed<std::vector<std::uint8_t>>{};
            if (!bytes) return fail("delimiters", "a list of bytes in hex");
            framing.delimiters.push_back(*bytes);
        }
    }

    Highlight read_highlight(const json& one) {
        Highlight highlight;
        read_word(one, "kind", kPatterns, highlight.pattern.kind);
        read_text(one, "pattern", net::capture::kMostPatternBytes, highlight.pattern.text);
        read_bool(one, "matches_case", highlight.pattern.matches_case);
        read_encoding(one, highlight.pattern.encoding);
        read_text(one, "label", kMostLabelBytes, highlight.label);
        read_number(one, "color", kHighlightColors - 1, highlight.color);
        read_bool(one, "on", highlight.is_on);
        return highlight;
    }
};

}  // namespace

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

std::string view_from_json(const json& tree, ViewSettings& view) {
    ViewReader reader;
    ViewSettings read = view;
    reader.read(tree, read);
    if (reader.error.empty()) view = std::move(read);
    return std::move(reader.error);
}

}  // namespace app::session
