#include "tests/ui/desk_scenes.h"

#include <gtest/gtest.h>

namespace tests::ui {

std::vector<session::FolderEntry> usual_files() {
    constexpr std::int64_t kDay = 1'738'332'153'000'000'000;
    return {{.name = "sub", .is_folder = true, .modified_ns = kDay},
            {.name = ".hidden.pcapng", .bytes = 7, .modified_ns = kDay},
            {.name = "notes.txt", .bytes = 1234, .modified_ns = kDay},
            {.name = "one.pcapng", .bytes = 123'456, .modified_ns = kDay},
            {.name = "two.pcapng", .bytes = 5'000'000'000, .modified_ns = kDay}};
}

void answer_listing(UiDriver& ui,
                    std::string asked,
                    std::string path,
                    std::vector<session::FolderEntry> entries) {
    session::FolderContents contents;
    contents.asked = std::move(asked);
    contents.path = std::move(path);
    contents.entries = std::move(entries);
    ui.desk_facts.folder = std::move(contents);
    ui.change_desk();
    ui.frames(4);
}

void open_chooser(UiDriver& ui, std::string folder, std::vector<session::FolderEntry> entries) {
    ui.press(ImGuiMod_Ctrl | ImGuiKey_O);
    ASSERT_GE(ui.count_wishes<session::ListFolderWish>(), 1);
    answer_listing(ui, "", std::move(folder), std::move(entries));
}

int place_of(UiDriver& ui, const std::string& name) {
    const app::ui::FileChooser& chooser = ui.desk_state().chooser;
    for (std::size_t i = 0; i < chooser.order.shown.size(); ++i)
        if (ui.desk_facts.folder->entries[chooser.order.shown[i]].name == name)
            return static_cast<int>(i);
    ADD_FAILURE() << name << " is not among the rows";
    return 0;
}

void add_saved_document(UiDriver& ui, std::string title) {
    session::DocumentFact saved;
    saved.id = session::DocumentId{ui.desk_facts.documents.size() + 1};
    saved.path = "/old/" + title;
    saved.title = std::move(title);
    ui.desk_facts.documents.push_back(std::move(saved));
    ui.desk_facts.active = ui.desk_facts.documents.size() - 1;
    ui.change_desk();
    ui.frames(4);
}

}  // namespace tests::ui
