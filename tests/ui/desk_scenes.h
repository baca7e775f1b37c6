// What a desk's tests begin with: listings as the program would answer them, a second document.
#pragma once

#include <string>
#include <vector>

#include "tests/ui/ui_driver.h"

namespace tests::ui {

// A folder, two captures, another file, a hidden capture.
std::vector<session::FolderEntry> usual_files();
// The listing of what was `asked` has come: it is of `path`.
void answer_listing(UiDriver& ui,
                    std::string asked,
                    std::string path,
                    std::vector<session::FolderEntry> entries);
// Ctrl+O, and the listing of `folder`.
void open_chooser(UiDriver& ui, std::string folder, std::vector<session::FolderEntry> entries);
// The place of this name among the rows of the chooser; all of them have to be in sight.
int place_of(UiDriver& ui, const std::string& name);
// A second, saved document, which is the active one.
void add_saved_document(UiDriver& ui, std::string title);

}  // namespace tests::ui
