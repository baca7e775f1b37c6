// The library of saved sends: named, in groups, in an order of the user's.
//
// Kept between runs, exported and imported as JSON text (sends_json.h). Thread: frame; values.
#pragma once

#include "net/bytes/composition.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::session {

inline constexpr std::size_t kMostSendGroups = 100;
inline constexpr std::size_t kMostSavedSends = 2000;                   // of all groups together
inline constexpr std::size_t kMostSavedBytes = std::size_t{4} << 20U;  // of all texts together
inline constexpr std::size_t kMostSendNameBytes = 128;                 // of a send or a group
inline constexpr std::uint8_t kMostShortcut = 9;

struct SavedSend {
    std::string name;  // UTF-8; may be empty: then its text stands for it
    net::bytes::ComposeText what = {};
    std::uint8_t shortcut = 0;  // 1 to kMostShortcut, one send each; 0: none
    // How it is repeated where it is: to whom is chosen when it is sent.
    std::int64_t repeat_ns = 0;      // 0: once
    std::uint64_t repeat_count = 0;  // 0: until stopped

    bool operator==(const SavedSend&) const = default;
};

struct SendGroup {
    std::string name;  // UTF-8
    std::vector<SavedSend> sends = {};

    bool operator==(const SendGroup&) const = default;
};

struct SendPlace {
    std::size_t group = 0;
    std::size_t send = 0;

    bool operator==(const SendPlace&) const = default;
};

struct SavedSends {
    std::vector<SendGroup> groups;

    bool operator==(const SavedSends&) const = default;

    [[nodiscard]] std::size_t size() const;   // sends
    [[nodiscard]] std::size_t bytes() const;  // of their texts
    // Empty, or why this cannot be added, a sentence: the library is full, or the name is not UTF-8 or too long.
    [[nodiscard]] std::string why_not(const SavedSend& send) const;
    // To the end of the group of that name, which is made where there is none. Its shortcut is taken from whoever has it. False: why_not().
    bool add(const std::string& group, SavedSend send);
    // As list: what was at `from` stands before what was at `to` (a place one behind the last of a group: at its end). False: there is no such place.
    bool move(SendPlace from, SendPlace to);
    bool move_group(std::size_t from, std::size_t to);
    void remove(SendPlace place);
    // Taken from whoever has it; 0: none.
    void set_shortcut(SendPlace place, std::uint8_t shortcut);
    [[nodiscard]] const SavedSend* find(std::uint8_t shortcut) const;
};

struct SendsAdded {
    SavedSends sends;
    std::size_t added = 0;
    std::size_t left_out = 0;  // the library was full
};
// `more` behind what is there, group by group; what is there already, letter for letter, is not added again. A shortcut that is taken is dropped.
[[nodiscard]] SendsAdded with_added(SavedSends sends, const SavedSends& more);
// Of two windows: `ours`, and behind it what `theirs` has that `base`, from which both began, had not. What they have removed stays.
[[nodiscard]] SendsAdded merged(const SavedSends& base,
                                const SavedSends& ours,
                                const SavedSends& theirs);

}  // namespace app::session
