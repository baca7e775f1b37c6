// Dear ImGui's test hooks as a file: WIRELOUPE_ITEM_PLACES=FILE holds, after each frame, a line for each labelled item of it:
//   x y width height is_disabled window-name <tab> label
// The file is replaced as a whole, so that a reader never sees half a frame.
#include <imgui.h>
#include <imgui_internal.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace {

struct Place {
    ImRect rect;
    bool is_disabled = false;
    std::string window;
    std::string label;
};

struct Places {
    std::string path;
    std::map<ImGuiID, std::size_t> by_id;
    std::vector<Place> frame;
    std::string written;
};

Places& places_of(ImGuiContextHook* hook) {
    return *static_cast<Places*>(hook->UserData);
}

// The hooks get the context only; its own list of hooks is where ours can be found.
Places* places_of(ImGuiContext* context) {
    for (ImGuiContextHook& hook : context->Hooks) {
        if (hook.Type == ImGuiContextHookType_EndFramePost) return &places_of(&hook);
    }
    return nullptr;
}

void write_frame(ImGuiContext*, ImGuiContextHook* hook) {
    Places& places = places_of(hook);
    std::string text;
    for (const Place& place : places.frame) {
        if (place.label.empty()) continue;
        char line[128];
        std::snprintf(line, sizeof line, "%d %d %d %d %d ", static_cast<int>(place.rect.Min.x),
                      static_cast<int>(place.rect.Min.y), static_cast<int>(place.rect.GetWidth()),
                      static_cast<int>(place.rect.GetHeight()), place.is_disabled ? 1 : 0);
        text += line + place.window + "\t" + place.label + "\n";
    }
    places.frame.clear();
    places.by_id.clear();
    if (text == places.written) return;
    const std::string fresh = places.path + ".new";
    if (std::FILE* file = std::fopen(fresh.c_str(), "w")) {
        std::fwrite(text.data(), 1, text.size(), file);
        std::fclose(file);
        std::rename(fresh.c_str(), places.path.c_str());
    }
    places.written = text;
}

}  // namespace

void ImGuiTestEngineHook_ItemAdd(ImGuiContext* context,
                                 ImGuiID id,
                                 const ImRect& rect,
                                 const ImGuiLastItemData* data) {
    Places* places = places_of(context);
    if (places == nullptr || id == 0) return;
    // A window is added once more at its end.
    if (places->by_id.count(id) != 0) return;
    places->by_id[id] = places->frame.size();
    ImRect seen = rect;
    if (context->CurrentWindow != nullptr) seen.ClipWith(context->CurrentWindow->ClipRect);
    const bool is_disabled = data != nullptr && (data->ItemFlags & ImGuiItemFlags_Disabled) != 0;
    places->frame.push_back({seen, is_disabled,
                             context->CurrentWindow != nullptr ? context->CurrentWindow->Name : "",
                             ""});
}

void ImGuiTestEngineHook_ItemInfo(ImGuiContext* context,
                                  ImGuiID id,
                                  const char* label,
                                  ImGuiItemStatusFlags) {
    Places* places = places_of(context);
    if (places == nullptr || label == nullptr) return;
    const auto found = places->by_id.find(id);
    if (found != places->by_id.end()) places->frame[found->second].label = label;
}

void ImGuiTestEngineHook_Log(ImGuiContext*, const char*, ...) {}

const char* ImGuiTestEngine_FindItemDebugLabel(ImGuiContext*, ImGuiID) {
    return nullptr;
}

// ImGui::CreateContext(), wrapped by the linker.
extern "C" ImGuiContext* __real__ZN5ImGui13CreateContextEP11ImFontAtlas(ImFontAtlas* atlas);
extern "C" ImGuiContext* __wrap__ZN5ImGui13CreateContextEP11ImFontAtlas(ImFontAtlas* atlas);
ImGuiContext* __wrap__ZN5ImGui13CreateContextEP11ImFontAtlas(ImFontAtlas* atlas) {
    ImGuiContext* context = __real__ZN5ImGui13CreateContextEP11ImFontAtlas(atlas);
    const char* path = std::getenv("WIRELOUPE_ITEM_PLACES");
    if (path == nullptr) return context;
    static Places places;  // for the life of the program, as the one context
    places.path = path;
    ImGuiContextHook hook;
    hook.Type = ImGuiContextHookType_EndFramePost;
    hook.Callback = write_frame;
    hook.UserData = &places;
    ImGui::AddContextHook(context, &hook);
    context->TestEngineHookItems = true;
    return context;
}
