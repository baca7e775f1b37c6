#include "app/ui/file_chooser.h"

#include "app/ui/file_rows.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace app::ui {

namespace {

using session::DeskFacts;
using session::DeskWishes;
using session::FolderContents;
using session::FolderEntry;

// PATH_MAX: a path that is typed or pasted is drawn whole.
constexpr std::size_t kMostPathBytes = 4096;
constexpr const char* kRecentMenu = "##recent menu";
constexpr const char* kHome = "~";

// ---- Which folder ----

void go_to(FileChooser& chooser, std::string path, DeskWishes& wishes) {
    chooser.asked = path;
    chooser.is_waiting = true;
    chooser.wants_typed_file = false;
    chooser.wants_save = false;
    chooser.asks_to_replace = false;
    chooser.problem.clear();
    wishes.emplace_back(session::ListFolderWish{.path = std::move(path)});
}

void go_up(FileChooser& chooser, DeskWishes& wishes) {
    const std::string_view parent = parent_of(chooser.folder);
    if (parent.empty() || parent == chooser.folder) return;
    chooser.came_from = std::string(base_name(chooser.folder));
    go_to(chooser, std::string(parent), wishes);
}

void pick_name(FileChooser& chooser, const std::string& name) {
    chooser.raw_name = name;
    chooser.picked_text = net::bytes::printable(name, kMostPathBytes);
    chooser.name_text = chooser.picked_text;
    chooser.asks_to_replace = false;
}

// The bytes of the name to save under.
std::string chosen_name(const FileChooser& chooser) {
    return !chooser.raw_name.empty() && chooser.name_text == chooser.picked_text
               ? chooser.raw_name
               : chooser.name_text;
}

// What became of the last ListFolder. The file that was typed, where it was one.
std::optional<std::size_t> take_listing(FileChooser& chooser, const DeskFacts& facts) {
    if (!facts.folder) return std::nullopt;
    const FolderContents& contents = *facts.folder;
    const bool is_answer = chooser.is_waiting && contents.asked == chooser.asked;
    if (chooser.seen_version == facts.version && chooser.query == chooser.arranged_query &&
        !is_answer)
        return std::nullopt;
    const std::uint64_t listing = chooser.seen_version == facts.version && chooser.listing != 0
                                      ? chooser.listing
                                      : fingerprint(contents);
    chooser.seen_version = facts.version;
    const bool is_new = listing != chooser.listing;
    if (is_new || chooser.query != chooser.arranged_query) {
        const bool is_elsewhere = contents.path != chooser.folder;
        std::string stood_on = chooser.came_from;
        if (!is_elsewhere && chooser.cursor && !is_new)
            stood_on = contents.entries[chooser.order.shown[*chooser.cursor]].name;
        chooser.listing = listing;
        chooser.folder = contents.path;
        chooser.arranged_query = chooser.query;
        chooser.order = arrange_files(contents.entries, chooser.query);
        chooser.cursor = stood_on.empty()
                             ? std::nullopt
                             : find_by_name(contents.entries, chooser.order.shown, stood_on);
        chooser.wants_cursor_in_sight = chooser.cursor.has_value();
        chooser.came_from.clear();
    }
    if (is_new || is_answer) {
        chooser.path_text = net::bytes::printable(contents.path, kMostPathBytes);
        chooser.is_path_edited = false;
    }
    if (!is_answer) return std::nullopt;
    chooser.is_waiting = false;
    if (!std::exchange(chooser.wants_typed_file, false)) return std::nullopt;
    return typed_file(contents, chooser.asked);
}

// ---- The line above the list ----

std::optional<std::string> draw_recent_menu(FileChooser& chooser,
                                            const DeskFacts& facts,
                                            DeskWishes& wishes) {
    std::optional<std::string> picked;
    if (!ImGui::BeginPopup(kRecentMenu)) return picked;
    if (facts.settings.recent.empty()) text("Nothing was opened or saved yet", Role::kMuted);
    for (std::size_t i = 0; i < facts.settings.recent.size(); ++i) {
        const std::string& path = facts.settings.recent[i];
        if (!path_choice(i, path)) continue;
        // They are captures.
        if (chooser.request.is_saving || !chooser.request.is_for_captures) {
            go_to(chooser, std::string(parent_of(path)), wishes);
        } else {
            picked = path;
        }
    }
    ImGui::EndPopup();
    return picked;
}

std::optional<std::string> draw_place(FileChooser& chooser,
                                      const DeskFacts& facts,
                                      DeskWishes& wishes) {
    const std::string_view parent = parent_of(chooser.folder);
    const bool is_top = parent.empty() || parent == chooser.folder;
    if (button("Up", ButtonKind::kPlain, is_top ? "There is no folder above this one" : ""))
        go_up(chooser, wishes);
    if (!is_top) hover_text("To the folder above (Backspace in the list)");
    ImGui::SameLine();
    if (button("Home")) go_to(chooser, kHome, wishes);
    ImGui::SameLine();
    if (button("Recent")) ImGui::OpenPopup(kRecentMenu);
    std::optional<std::string> picked = draw_recent_menu(chooser, facts, wishes);
    ImGui::SameLine();
    ImGui::SetNextItemWidth(-FLT_MIN);
    const bool is_entered = ImGui::InputTextWithHint(
        "##Folder or file", "folder or file", &chooser.path_text,
        ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_ElideLeft);
    if (ImGui::IsItemEdited()) chooser.is_path_edited = true;
    hover_text("Type or paste a path, then press Enter; ~ is your home folder");
    if (is_entered) {
        const bool is_typed = chooser.is_path_edited;
        go_to(chooser, is_typed ? chooser.path_text : chooser.folder, wishes);
        chooser.wants_typed_file = is_typed;
    }
    return picked;
}

// ---- What is below the list ----

// The files that saving would replace; a folder in the way is a problem.
struct InTheWay {
    std::vector<const FolderEntry*> files;
    const FolderEntry* folder = nullptr;
};

InTheWay find_in_the_way(const FileChooser& chooser,
                         const FolderContents& contents,
                         const std::string& name) {
    InTheWay found;
    for (const std::string& suffix : chooser.request.suffixes) {
        const std::string wanted = name + suffix;
        for (const FolderEntry& entry : contents.entries) {
            if (entry.name != wanted) continue;
            if (entry.is_folder) {
                found.folder = &entry;
            } else {
                found.files.push_back(&entry);
            }
        }
    }
    return found;
}

// A name with a folder in it goes there first, and is saved there once it is known what is in the way.
void go_to_folder_of_name(FileChooser& chooser, DeskWishes& wishes) {
    const std::string typed = chooser.name_text;
    const bool is_whole = typed.starts_with('/') || typed.starts_with('~');
    std::string folder = std::string(parent_of(typed));
    if (!is_whole) folder = join_path(chooser.folder, folder);
    const std::string name = std::string(base_name(typed));
    go_to(chooser, std::move(folder), wishes);
    chooser.name_text = name;
    chooser.raw_name.clear();
    chooser.wants_name_focus = true;
    chooser.wants_save = true;
}

std::optional<Chosen> press_save(FileChooser& chooser,
                                 const FolderContents* contents,
                                 DeskWishes& wishes) {
    chooser.problem.clear();
    // Where it goes is what stands in the line above, and that is not listed yet: what is in the way there is not known.
    if (chooser.is_path_edited) {
        go_to(chooser, chooser.path_text, wishes);
        chooser.wants_typed_file = true;
    }
    if (chooser.is_waiting) {
        chooser.wants_save = true;
        return std::nullopt;
    }
    if (contents == nullptr || chooser.folder.empty()) {
        chooser.problem = "No folder is chosen yet.";
        return std::nullopt;
    }
    std::string name = chosen_name(chooser);
    if (name.find('/') != std::string::npos && !base_name(name).empty()) {
        go_to_folder_of_name(chooser, wishes);
        return std::nullopt;
    }
    chooser.problem = name_error(name);
    if (chooser.problem.empty()) {
        name = with_extension(name, chooser.request.extension);
        for (const std::string& suffix : chooser.request.suffixes)
            if (chooser.problem.empty()) chooser.problem = name_error(name + suffix);
    }
    if (!chooser.problem.empty()) return std::nullopt;
    const InTheWay in_the_way = find_in_the_way(chooser, *contents, name);
    if (in_the_way.folder != nullptr) {
        chooser.problem = "A folder has this name; another name is needed.";
        return std::nullopt;
    }
    if (!in_the_way.files.empty() && !chooser.asks_to_replace) {
        chooser.asks_to_replace = true;
        chooser.wants_cancel_focus = true;  // Enter once more must not replace it
        return std::nullopt;
    }
    return Chosen{.path = join_path(chooser.folder, name),
                  .may_overwrite = !in_the_way.files.empty()};
}

// A line of words below the list: what is wrong, what is being asked, what is not shown.
struct Message {
    std::string words;
    Role role = Role::kMuted;
};

Message message_of(const FileChooser& chooser, const FolderContents* contents) {
    if (!chooser.problem.empty()) return {chooser.problem, Role::kError};
    if (chooser.asks_to_replace && contents != nullptr) {
        const std::string name = with_extension(chosen_name(chooser), chooser.request.extension);
        const InTheWay in_the_way = find_in_the_way(chooser, *contents, name);
        std::string words;
        for (const FolderEntry* file : in_the_way.files)
            words += "\"" + net::bytes::printable(file->name) +
                     "\" exists: " + size_text(file->bytes) + ", written " +
                     minute_text(file->modified_ns) + ". ";
        if (!words.empty())
            return {words + (in_the_way.files.size() == 1 ? "Replace it?" : "Replace them?"),
                    Role::kWarning};
    }
    if (chooser.is_waiting && (chooser.listing == 0 || chooser.wants_save))
        return {"Reading the folder ...", Role::kMuted};
    if (contents != nullptr && contents->is_cut)
        return {"Only " + count_text(contents->entries.size()) +
                    " entries are shown, there are more; type the name above.",
                Role::kWarning};
    std::string hidden;
    if (chooser.order.others != 0)
        hidden = counted(chooser.order.others, "other file") + " not shown";
    return {!chooser.request.note.empty() && hidden.empty() ? chooser.request.note : hidden,
            Role::kMuted};
}

float small_height(const std::string& words, float room) {
    ImGui::PushFont(nullptr, kSmallSize);
    const float height =
        std::max(ImGui::CalcTextSize(words.data(), words.data() + words.size(), false, room).y,
                 ImGui::GetTextLineHeight());
    ImGui::PopFont();
    return height;
}

struct Presses {
    bool is_confirmed = false;
    bool is_cancelled = false;
};

Presses draw_buttons(FileChooser& chooser, std::string_view why_not) {
    Presses presses;
    const bool is_wide = ImGui::GetContentRegionAvail().x > px(520);
    if (!chooser.request.is_saving && chooser.request.is_for_captures) {
        ImGui::Checkbox(is_wide ? "Captures only" : "Captures##Captures only",
                        &chooser.query.shows_only_captures);
        hover_text("Shows only pcapng and pcap files, by their names");
        ImGui::SameLine();
    }
    ImGui::Checkbox(is_wide ? "Hidden files" : "Hidden##Hidden files", &chooser.query.shows_hidden);
    hover_text("Shows names that begin with a dot as well");
    ImGui::SameLine();
    const char* confirm = chooser.asks_to_replace ? "Replace" : chooser.request.confirm;
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float least = px(84);
    const float confirm_width = std::max(button_width(confirm), least);
    const float cancel_width = std::max(button_width("Cancel"), least);
    const float free = ImGui::GetContentRegionAvail().x - confirm_width - cancel_width - spacing;
    if (free > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + free);
    if (std::exchange(chooser.wants_cancel_focus, false)) {
        ImGui::SetKeyboardFocusHere();
        ImGui::SetNavCursorVisible(true);
    }
    presses.is_cancelled = button("Cancel", ButtonKind::kPlain, {}, {cancel_width, 0});
    ImGui::SameLine();
    presses.is_confirmed =
        button(confirm, chooser.asks_to_replace ? ButtonKind::kDanger : ButtonKind::kPrimary,
               why_not, {confirm_width, 0});
    return presses;
}

// True: Enter was pressed in it.
bool draw_name(FileChooser& chooser) {
    ImGui::AlignTextToFramePadding();
    text("Name", Role::kMuted);
    ImGui::SameLine();
    ImGui::SetNextItemWidth(-FLT_MIN);
    if (chooser.wants_name_focus) {
        ImGui::SetKeyboardFocusHere();
        chooser.wants_name_focus = false;
    }
    const bool is_entered = ImGui::InputTextWithHint(
        "##Name", "name", &chooser.name_text,
        ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    if (ImGui::IsItemEdited()) {
        chooser.asks_to_replace = false;
        chooser.wants_save = false;
        chooser.problem.clear();
    }
    return is_entered;
}

// ---- All of it ----

std::optional<Chosen> activate(FileChooser& chooser,
                               const FolderContents& contents,
                               std::size_t place,
                               DeskWishes& wishes) {
    const FolderEntry& entry = contents.entries[chooser.order.shown[place]];
    if (entry.is_folder) {
        go_to(chooser, join_path(chooser.folder, entry.name), wishes);
        return std::nullopt;
    }
    if (!chooser.request.is_saving) return Chosen{.path = join_path(chooser.folder, entry.name)};
    // Of the folder that is shown, whatever stands typed above it.
    chooser.is_path_edited = false;
    chooser.path_text = net::bytes::printable(chooser.folder, kMostPathBytes);
    pick_name(chooser, entry.name);
    return press_save(chooser, &contents, wishes);
}

std::optional<Chosen> draw_inside(FileChooser& chooser,
                                  const DeskFacts& facts,
                                  const FrameInfo& frame,
                                  DeskWishes& wishes) {
    const FolderContents* const contents = facts.folder ? &*facts.folder : nullptr;
    std::optional<Chosen> chosen;
    if (const auto typed = take_listing(chooser, facts)) {
        if (!chooser.request.is_saving)
            return Chosen{.path = join_path(contents->path, contents->entries[*typed].name)};
        pick_name(chooser, contents->entries[*typed].name);
    }
    if (chooser.wants_save && !chooser.is_waiting) {
        chooser.wants_save = false;
        if (contents->error.empty()) {
            if (const auto saved = press_save(chooser, contents, wishes)) return saved;
        }
    }
    if (const auto recent = draw_place(chooser, facts, wishes)) return Chosen{.path = *recent};

    const Message message = message_of(chooser, contents);
    const float spacing = ImGui::GetStyle().ItemSpacing.y;
    const float below =
        (chooser.request.is_saving ? 2.0F : 1.0F) * (ImGui::GetFrameHeight() + spacing) +
        small_height(message.words, ImGui::GetContentRegionAvail().x) + spacing;
    const float height = std::max(ImGui::GetContentRegionAvail().y - below, px(60));
    const RowPress pressed = draw_file_rows(chooser, contents, height, frame);
    if (pressed.picked && chooser.request.is_saving &&
        !contents->entries[chooser.order.shown[*pressed.picked]].is_folder)
        pick_name(chooser, contents->entries[chooser.order.shown[*pressed.picked]].name);
    if (pressed.picked) chooser.problem.clear();
    if (pressed.goes_up) go_up(chooser, wishes);
    if (pressed.lists_again) go_to(chooser, chooser.folder, wishes);
    if (pressed.activated) chosen = activate(chooser, *contents, *pressed.activated, wishes);

    small_wrapped_text(message.words.empty() ? std::string_view(" ") : message.words, message.role);
    // To replace something takes the button.
    const bool is_entered =
        chooser.request.is_saving && draw_name(chooser) && !chooser.asks_to_replace;
    std::string_view why_not;
    if (!chooser.request.is_saving && !chooser.cursor) why_not = "Choose a file above first";
    const Presses presses = draw_buttons(chooser, why_not);
    if (presses.is_cancelled) chooser.panel.is_open = false;
    if (chosen || (!is_entered && !presses.is_confirmed)) return chosen;
    if (chooser.request.is_saving) return press_save(chooser, contents, wishes);
    return chooser.cursor && contents != nullptr
               ? activate(chooser, *contents, *chooser.cursor, wishes)
               : std::nullopt;
}

}  // namespace

void open_chooser(FileChooser& chooser, ChooserRequest request, DeskWishes& wishes) {
    FileQuery query = chooser.query;
    query.shows_only_captures = !request.is_saving && query.shows_only_captures;
    const bool was_open_before = chooser.listing != 0;
    const bool was_for_others = !chooser.request.is_for_captures;
    if ((!was_open_before || was_for_others) && !request.is_saving)
        query.shows_only_captures = true;
    if (!request.is_for_captures) query.shows_only_captures = false;
    const Panel panel = chooser.panel;
    chooser = FileChooser{};
    chooser.request = std::move(request);
    chooser.query = query;
    chooser.panel = panel;
    chooser.panel.open();
    chooser.name_text = net::bytes::printable(chooser.request.name, kMostPathBytes);
    chooser.raw_name = chooser.request.name;
    chooser.picked_text = chooser.name_text;
    chooser.wants_name_focus = chooser.request.is_saving;
    chooser.wants_list_focus = !chooser.request.is_saving;
    go_to(chooser, chooser.request.folder, wishes);
}

std::optional<Chosen> draw_file_chooser(FileChooser& chooser,
                                        const DeskFacts& facts,
                                        const FrameInfo& frame,
                                        DeskWishes& wishes) {
    std::optional<Chosen> chosen;
    if (!chooser.panel.is_open) return chosen;
    if (begin_panel(chooser.panel, {.title = chooser.request.title, .width = 720, .height = 480}))
        chosen = draw_inside(chooser, facts, frame, wishes);
    end_panel(chooser.panel);
    if (chosen) chooser.panel.is_open = false;
    return chosen;
}

}  // namespace app::ui
