// From Dear ImGui's draw lists to the screen.
//
// On software GL only what has changed since the last frame is painted and shown (app/ui/repaint.h), where GLX can do that: GLX_MESA_copy_sub_buffer leaves the back
// buffer as it is, unlike a swap. Everywhere else all of it is painted and swapped; that costs a graphics card nothing.
//
// Thread: frame thread, with the context current.
#pragma once

#include "app/ui/repaint.h"

struct GLFWwindow;

namespace app {

class Painting {
  public:
    // Once the context is current.
    void open(GLFWwindow* window);
    // What can be seen is no longer what was painted: uncovered, resized.
    void forget() { repaint_.forget(); }
    // Paints ImGui::GetDrawData() and shows it; returns when GL is done with it.
    void show();
    // Paints all of it, and shows nothing: for a picture.
    void paint_whole();

  private:
    using CopySubBuffer =
        void (*)(void* display, unsigned long drawable, int x, int y, int width, int height);

    void paint(int height, const std::vector<ui::PixelRect>& parts);

    GLFWwindow* window_ = nullptr;
    ui::Repaint repaint_;
    CopySubBuffer copy_sub_buffer_ = nullptr;  // null: all is painted and swapped
    void* x_display_ = nullptr;
    unsigned long drawable_ = 0;
};

}  // namespace app
