#include "app/window_painting.h"

#include <GLFW/glfw3.h>
#include <imgui.h>
#include <imgui_impl_opengl3.h>

#include <string_view>
#include <vector>

namespace app {

namespace {

// True: a texture's contents are others now.
//
// Dear ImGui's backend lets the GPU filter what it samples. Nothing of ours needs it (app/ui/fonts.cpp), and on software GL it is a third of a frame.
bool update_textures() {
    const ImVector<ImTextureData*>* const textures = ImGui::GetDrawData()->Textures;
    if (textures == nullptr) return false;
    bool has_changed = false;
    for (ImTextureData* const texture : *textures) {
        const bool is_new = texture->Status == ImTextureStatus_WantCreate;
        if (texture->Status != ImTextureStatus_OK) {
            ImGui_ImplOpenGL3_UpdateTexture(texture);
            has_changed = true;
        }
        if (!is_new || texture->Status != ImTextureStatus_OK) continue;
        glBindTexture(GL_TEXTURE_2D, static_cast<GLuint>(texture->GetTexID()));
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    }
    return has_changed;
}

bool is_software() {
    const auto* const name = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
    if (name == nullptr) return false;
    const std::string_view renderer(name);
    return renderer.find("llvmpipe") != std::string_view::npos ||
           renderer.find("softpipe") != std::string_view::npos;
}

}  // namespace

// The functions are looked up, so that a GLFW without X11 needs no GLX: glXCopySubBufferMESA (Mesa's extension 215), glXGetCurrentDisplay and
// glXGetCurrentDrawable (GLX 1.2, 1.0).
void Painting::open(GLFWwindow* window) {
    window_ = window;
    if (!is_software() || glfwExtensionSupported("GLX_MESA_copy_sub_buffer") == GLFW_FALSE) return;
    using GetCurrentDisplay = void* (*)();
    using GetCurrentDrawable = unsigned long (*)();
    const auto get_display =
        reinterpret_cast<GetCurrentDisplay>(glfwGetProcAddress("glXGetCurrentDisplay"));
    const auto get_drawable =
        reinterpret_cast<GetCurrentDrawable>(glfwGetProcAddress("glXGetCurrentDrawable"));
    if (get_display == nullptr || get_drawable == nullptr) return;
    x_display_ = get_display();
    drawable_ = get_drawable();
    if (x_display_ == nullptr || drawable_ == 0) return;
    copy_sub_buffer_ = reinterpret_cast<CopySubBuffer>(glfwGetProcAddress("glXCopySubBufferMESA"));
}

void Painting::show() {
    ImDrawData& data = *ImGui::GetDrawData();
    int width = 0;
    int height = 0;
    glfwGetFramebufferSize(window_, &width, &height);
    if (update_textures()) repaint_.forget_once();
    const std::vector<ui::PixelRect> whole{{.x0 = 0, .y0 = 0, .x1 = width, .y1 = height}};
    glViewport(0, 0, width, height);
    if (copy_sub_buffer_ == nullptr) {
        paint(height, whole);
        glfwSwapBuffers(window_);
        return;
    }
    const std::vector<ui::PixelRect>& parts = repaint_.changed(data);
    if (parts != whole) ui::keep_only(data, parts);
    paint(height, parts);
    // Mesa learns of another size of the window only in a swap.
    if (repaint_.is_next_whole()) {
        glfwSwapBuffers(window_);
        return;
    }
    ui::PixelRect all;
    for (const ui::PixelRect& part : parts)
        all = ui::around(all, part);
    if (!all.is_empty()) {
        copy_sub_buffer_(x_display_, drawable_, all.x0, height - all.y1, all.x1 - all.x0,
                         all.y1 - all.y0);
    }
}

void Painting::paint_whole() {
    int width = 0;
    int height = 0;
    glfwGetFramebufferSize(window_, &width, &height);
    update_textures();
    repaint_.forget();
    glViewport(0, 0, width, height);
    paint(height, {{.x0 = 0, .y0 = 0, .x1 = width, .y1 = height}});
}

void Painting::paint(int height, const std::vector<ui::PixelRect>& parts) {
    const ImVec4& background = ImGui::GetStyle().Colors[ImGuiCol_WindowBg];
    glClearColor(background.x, background.y, background.z, 1.0F);
    glEnable(GL_SCISSOR_TEST);
    for (const ui::PixelRect& part : parts) {
        glScissor(part.x0, height - part.y1, part.x1 - part.x0, part.y1 - part.y0);
        glClear(GL_COLOR_BUFFER_BIT);
    }
    glDisable(GL_SCISSOR_TEST);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

}  // namespace app
