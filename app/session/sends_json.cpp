#include "app/session/sends_json.h"

#include "app/session/encoding_words.h"
#include "app/session/sends_json_parts.h"
#include "net/channel/sending.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace app::session {

namespace {

using net::bytes::Checksum;
using net::bytes::ComposeText;
using net::bytes::LengthKind;
using net::bytes::LineEnding;
using nlohmann::json;

constexpr std::array<JsonWord<LineEnding>, 6> kEndings{{{"none", LineEnding::kNone},
                                                        {"CR", LineEnding::kCr},
                                                        {"LF", LineEnding::kLf},
                                                        {"CRLF", LineEnding::kCrLf},
                                                        {"NUL", LineEnding::kNul},
                                                        {"own", LineEnding::kOwn}}};
constexpr std::array<JsonWord<LengthKind>, 6> kLengths{{{"none", LengthKind::kNone},
                                                        {"u8", LengthKind::kU8},
                                                        {"u16", LengthKind::kU16},
                                                        {"u32", LengthKind::kU32},
                                                        {"u64", LengthKind::kU64},
                                                        {"leb128", LengthKind::kLeb128}}};
constexpr char kNone[] = "none";
constexpr char kSendsMark[] = "wireloupe_sends";
constexpr char kHistoryMark[] = "wireloupe_history";
constexpr std::uint64_t kVersion = 1;

// The last of them is "none".
std::array<JsonWord<int>, net::bytes::kChecksums + 1> checksums() {
    std::array<JsonWord<int>, net::bytes::kChecksums + 1> words{};
    for (std::size_t i = 0; i < net::bytes::kChecksums; ++i)
        words[i] = {net::bytes::name(static_cast<Checksum>(i)), static_cast<int>(i)};
    words.back() = {kNone, -1};
    return words;
}

void read_checksum(JsonObject& object, ComposeText& text) {
    int checksum = -1;
    object.read("checksum", checksums(), checksum);
    text.has_checksum = checksum >= 0;
    if (text.has_checksum) text.checksum = static_cast<Checksum>(checksum);
    object.read("checksum_big_endian", text.checksum_is_big_endian);
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    object.read("checksum_first_byte", 0, kMost, text.checksum_first_byte);
    object.read("checksum_last_byte", text.checksum_first_byte, kMost, text.checksum_last_byte);
}

// False, and an error: it is something else, or of a later version.
bool is_file(JsonObject& object, std::string_view mark, const std::string& what) {
    const json* const version = object.find(mark);
    if (!object.problems().is_good()) return false;
    if (version == nullptr) {
        object.problems().error =
            "it is no file of " + what + " (" + std::string(mark) + " is missing)";
        return false;
    }
    std::uint64_t number = 0;
    object.read(mark, kVersion, kVersion, number);
    return object.problems().is_good();
}

json send_to_json(const SavedSend& send) {
    json tree{{"name", send.name}, {"send", compose_to_json(send.what)}};
    if (send.shortcut != 0) tree["shortcut"] = send.shortcut;
    if (send.repeat_ns != 0) tree["repeat_ns"] = send.repeat_ns;
    if (send.repeat_count != 0) tree["repeat_count"] = send.repeat_count;
    return tree;
}

SavedSend read_send(const json& tree, const std::string& path, JsonProblems& problems) {
    SavedSend send;
    JsonObject object(tree, path, problems);
    object.read("name", kMostSendNameBytes, send.name);
    if (const json* const what = object.find("send"))
        read_compose(*what, object.path_of("send"), problems, send.what);
    object.read("shortcut", 0, kMostShortcut, send.shortcut);
    if (const json* const every = object.find("repeat_ns"); every != nullptr && *every != 0)
        object.read("repeat_ns", net::channel::kLeastIntervalNs, net::channel::kMostIntervalNs,
                    send.repeat_ns);
    object.read("repeat_count", 0, std::numeric_limits<std::uint64_t>::max(), send.repeat_count);
    return send;
}

}  // namespace

json compose_to_json(const ComposeText& text) {
    const ComposeText usual;
    json tree{{text.is_hex ? "hex" : "text", text.text}};
    if (text.encoding != usual.encoding)
        tree["encoding"] = std::string(net::bytes::name(text.encoding));
    if (text.ending != usual.ending) tree["ending"] = word_of(kEndings, text.ending);
    if (!text.own_ending.empty()) tree["own_ending"] = text.own_ending;
    if (text.length != usual.length) tree["length"] = word_of(kLengths, text.length);
    if (text.length_is_big_endian != usual.length_is_big_endian)
        tree["length_big_endian"] = text.length_is_big_endian;
    if (text.length_counts_itself != usual.length_counts_itself)
        tree["length_counts_itself"] = text.length_counts_itself;
    if (!text.has_checksum) return tree;
    tree["checksum"] = std::string(net::bytes::name(text.checksum));
    tree["checksum_big_endian"] = text.checksum_is_big_endian;
    if (text.checksum_first_byte != 0) tree["checksum_first_byte"] = text.checksum_first_byte;
    // A range that ends before it begins is not sent; it can be saved all the same, without its end.
    if (text.checksum_last_byte != net::bytes::kToTheEnd &&
        text.checksum_last_byte >= text.checksum_first_byte)
        tree["checksum_last_byte"] = text.checksum_last_byte;
    return tree;
}

void read_compose(const json& tree,
                  const std::string& path,
                  JsonProblems& problems,
                  ComposeText& text) {
    JsonObject object(tree, path, problems);
    text.is_hex = object.find("hex") != nullptr;
    if (text.is_hex && object.find("text") != nullptr)
        return object.fail("hex", "beside a text: one of the two is what is sent");
    object.read(text.is_hex ? "hex" : "text", net::bytes::kMostComposeTextBytes, text.text);
    object.read("encoding", encoding_words(), text.encoding);
    object.read("ending", kEndings, text.ending);
    object.read("own_ending", net::bytes::kMostComposeTextBytes, text.own_ending);
    object.read("length", kLengths, text.length);
    object.read("length_big_endian", text.length_is_big_endian);
    object.read("length_counts_itself", text.length_counts_itself);
    read_checksum(object, text);
}

json groups_to_json(const SavedSends& sends) {
    json groups = json::array();
    for (const SendGroup& group : sends.groups) {
        json list = json::array();
        for (const SavedSend& send : group.sends)
            list.push_back(send_to_json(send));
        groups.push_back({{"name", group.name}, {"sends", std::move(list)}});
    }
    return groups;
}

void read_groups(JsonObject& object, std::string_view key, SavedSends& sends) {
    std::size_t left = kMostSavedSends;
    std::size_t bytes = 0;
    std::array<bool, kMostShortcut + 1> is_taken{};
    JsonProblems& problems = object.problems();
    object.read_list(key, kMostSendGroups, [&](const json& tree, std::string path) {
        SendGroup group;
        JsonObject one(tree, path, problems);
        one.read("name", kMostSendNameBytes, group.name);
        one.read_list("sends", left, [&](const json& entry, std::string at) {
            SavedSend send = read_send(entry, at, problems);
            bytes += send.what.text.size() + send.what.own_ending.size();
            if (bytes > kMostSavedBytes)
                problems.fail(at, "short enough: all texts together have at most " +
                                      std::to_string(kMostSavedBytes) + " bytes");
            if (send.shortcut != 0 && std::exchange(is_taken[send.shortcut], true))
                problems.fail(at + ".shortcut", "free: another send has it");
            group.sends.push_back(std::move(send));
        });
        left -= std::min(left, group.sends.size());
        sends.groups.push_back(std::move(group));
    });
    if (!problems.is_good()) sends = {};
}

SavedSendsParsed saved_sends_from_json(std::string_view text) {
    SavedSendsParsed parsed;
    JsonProblems problems;
    const json tree = parse_json(text, problems);
    if (problems.is_good()) {
        JsonObject object(tree, "", problems);
        if (is_file(object, kSendsMark, "saved sends")) read_groups(object, "groups", parsed.sends);
    }
    parsed.error = std::move(problems.error);
    parsed.warnings = std::move(problems.warnings);
    return parsed;
}

std::string to_json(const SavedSends& sends) {
    return json_text({{kSendsMark, kVersion}, {"groups", groups_to_json(sends)}});
}

SendHistoryParsed send_history_from_json(std::string_view text) {
    SendHistoryParsed parsed;
    JsonProblems problems;
    const json tree = parse_json(text, problems);
    if (problems.is_good()) {
        JsonObject object(tree, "", problems);
        if (is_file(object, kHistoryMark, "the history of sends")) {
            object.read_list("sent", kMostSent, [&](const json& entry, const std::string& path) {
                SentEntry sent;
                JsonObject one(entry, path, problems);
                one.read("time_ns", 0, std::numeric_limits<std::int64_t>::max(), sent.time_ns);
                if (const json* const what = one.find("send"))
                    read_compose(*what, one.path_of("send"), problems, sent.what);
                parsed.history.add(std::move(sent));
            });
        }
    }
    if (!problems.is_good()) parsed.history.clear();
    parsed.error = std::move(problems.error);
    return parsed;
}

std::string to_json(const SendHistory& history) {
    json sent = json::array();
    for (const SentEntry& entry : history.entries())
        sent.push_back({{"time_ns", std::max<std::int64_t>(entry.time_ns, 0)},
                        {"send", compose_to_json(entry.what)}});
    return json_text({{kHistoryMark, kVersion}, {"sent", std::move(sent)}});
}

}  // namespace app::session
