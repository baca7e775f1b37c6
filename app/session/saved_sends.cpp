#include "app/session/saved_sends.h"

#include "net/bytes/encoded_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace app::session {

namespace {

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = net::bytes::first_character(text).size;
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

bool is_name(std::string_view name) {
    return name.size() <= kMostSendNameBytes && is_utf8(name);
}

std::size_t size_of(const SavedSend& send) {
    return send.what.text.size() + send.what.own_ending.size();
}

const SendGroup* group_named(const SavedSends& sends, const std::string& name) {
    const auto found = std::find_if(sends.groups.begin(), sends.groups.end(),
                                    [&](const SendGroup& group) { return group.name == name; });
    return found == sends.groups.end() ? nullptr : &*found;
}

bool has(const SendGroup* group, const SavedSend& send) {
    return group != nullptr &&
           std::find(group->sends.begin(), group->sends.end(), send) != group->sends.end();
}

template <typename T>
void move_within(std::vector<T>& list, std::size_t from, std::size_t to) {
    const auto at = [&](std::size_t i) { return list.begin() + static_cast<std::ptrdiff_t>(i); };
    if (from < to) {
        std::rotate(at(from), at(from + 1), at(to));
    } else {
        std::rotate(at(to), at(from), at(from + 1));
    }
}

void add_one(SendsAdded& all, const std::string& group, SavedSend send) {
    if (send.shortcut != 0 && all.sends.find(send.shortcut) != nullptr) send.shortcut = 0;
    // Without the shortcut it may be there.
    if (has(group_named(all.sends, group), send)) return;
    if (all.sends.add(group, std::move(send))) {
        ++all.added;
    } else {
        ++all.left_out;
    }
}

}  // namespace

std::size_t SavedSends::size() const {
    std::size_t count = 0;
    for (const SendGroup& group : groups)
        count += group.sends.size();
    return count;
}

std::size_t SavedSends::bytes() const {
    std::size_t sum = 0;
    for (const SendGroup& group : groups)
        for (const SavedSend& send : group.sends)
            sum += size_of(send);
    return sum;
}

std::string SavedSends::why_not(const SavedSend& send) const {
    if (!is_name(send.name))
        return "the name is not UTF-8 text of at most " + std::to_string(kMostSendNameBytes) +
               " bytes; choose another";
    if (!is_utf8(send.what.text) || !is_utf8(send.what.own_ending))
        return "the text is not UTF-8; write bytes that are none as \\xNN";
    if (size() >= kMostSavedSends)
        return "there are " + std::to_string(kMostSavedSends) +
               " saved sends already; remove some, or export them to a file";
    if (bytes() + size_of(send) > kMostSavedBytes)
        return "the saved sends would be longer than 4 MiB together; remove some, or send a file";
    return {};
}

bool SavedSends::add(const std::string& group, SavedSend send) {
    if (!is_name(group) || !why_not(send).empty()) return false;
    const SendGroup* const found = group_named(*this, group);
    if (found == nullptr && groups.size() >= kMostSendGroups) return false;
    const auto at =
        found == nullptr ? groups.size() : static_cast<std::size_t>(found - groups.data());
    if (found == nullptr) groups.push_back({.name = group});
    std::vector<SavedSend>& to = groups[at].sends;
    const std::uint8_t shortcut = std::exchange(send.shortcut, std::uint8_t{0});
    to.push_back(std::move(send));
    if (shortcut != 0) set_shortcut({at, to.size() - 1}, shortcut);
    return true;
}

bool SavedSends::move(SendPlace from, SendPlace to) {
    if (from.group >= groups.size() || to.group >= groups.size()) return false;
    std::vector<SavedSend>& source = groups[from.group].sends;
    std::vector<SavedSend>& target = groups[to.group].sends;
    if (from.send >= source.size() || to.send > target.size()) return false;
    if (from.group == to.group) {
        move_within(source, from.send, to.send);
        return true;
    }
    const auto moved = source.begin() + static_cast<std::ptrdiff_t>(from.send);
    target.insert(target.begin() + static_cast<std::ptrdiff_t>(to.send), std::move(*moved));
    source.erase(moved);
    return true;
}

bool SavedSends::move_group(std::size_t from, std::size_t to) {
    if (from >= groups.size() || to > groups.size()) return false;
    move_within(groups, from, to);
    return true;
}

void SavedSends::remove(SendPlace place) {
    if (place.group >= groups.size()) return;
    std::vector<SavedSend>& sends = groups[place.group].sends;
    if (place.send < sends.size())
        sends.erase(sends.begin() + static_cast<std::ptrdiff_t>(place.send));
}

void SavedSends::set_shortcut(SendPlace place, std::uint8_t shortcut) {
    if (place.group >= groups.size() || place.send >= groups[place.group].sends.size() ||
        shortcut > kMostShortcut) {
        return;
    }
    for (SendGroup& group : groups)
        for (SavedSend& send : group.sends)
            if (send.shortcut == shortcut) send.shortcut = 0;
    groups[place.group].sends[place.send].shortcut = shortcut;
}

const SavedSend* SavedSends::find(std::uint8_t shortcut) const {
    if (shortcut == 0) return nullptr;
    for (const SendGroup& group : groups)
        for (const SavedSend& send : group.sends)
            if (send.shortcut == shortcut) return &send;
    return nullptr;
}

SendsAdded with_added(SavedSends sends, const SavedSends& more) {
    SendsAdded all{.sends = std::move(sends), .added = 0, .left_out = 0};
    for (const SendGroup& group : more.groups)
        for (const SavedSend& send : group.sends)
            if (!has(group_named(all.sends, group.name), send)) add_one(all, group.name, send);
    return all;
}

SendsAdded merged(const SavedSends& base, const SavedSends& ours, const SavedSends& theirs) {
    SavedSends added;
    for (const SendGroup& group : theirs.groups) {
        SendGroup new_ones{.name = group.name};
        for (const SavedSend& send : group.sends)
            if (!has(group_named(base, group.name), send)) new_ones.sends.push_back(send);
        if (!new_ones.sends.empty()) added.groups.push_back(std::move(new_ones));
    }
    return with_added(ours, added);
}

}  // namespace app::session
