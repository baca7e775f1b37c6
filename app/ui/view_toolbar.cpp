#include "app/ui/view_toolbar.h"

#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <utility>

namespace app::ui {

namespace {

using net::bytes::Framing;
using net::bytes::TextEncoding;
using net::channel::EndpointId;
using session::Session;
using session::TimeForm;
using session::ViewMode;
using session::ViewSettings;

// At scale 1: below this some things go into a menu, so that the toolbar is one line.
constexpr float kNarrow = 930;
constexpr std::size_t kMostFramingLetters = 32;

// Puts what follows on the same line while there is room, else on the next.
class Flow {
  public:
    Flow() : right_(ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x) {}
    void next(float width, float gap) {
        if (!is_first_) {
            const float end = ImGui::GetItemRectMax().x;
            if (end + gap + width <= right_) ImGui::SameLine(0, gap);
        }
        is_first_ = false;
    }

  private:
    float right_;
    bool is_first_ = true;
};

template <typename T, std::size_t kCount>
void segments(Flow& flow,
              const std::array<std::pair<T, const char*>, kCount>& choices,
              T& value,
              const std::array<std::string_view, kCount>& hints) {
    float width = 0;
    for (const auto& [choice, label] : choices)
        width += button_width(label) + px(2);
    flow.next(width, px(kSpace2));
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    bool is_first = true;
    for (std::size_t i = 0; i < kCount; ++i) {
        if (!is_first) ImGui::SameLine();
        is_first = false;
        if (segment(choices[i].second, value == choices[i].first)) value = choices[i].first;
        hover_text(hints[i]);
    }
    ImGui::PopStyleVar();
}

void draw_scope(Flow& flow, ToolbarState& state) {
    constexpr std::array<std::pair<ViewScope, const char*>, 2> kScopes{
        {{ViewScope::kFollowSelection, "Selected"}, {ViewScope::kAll, "All"}}};
    segments(flow, kScopes, state.scope,
             std::array<std::string_view, 2>{
                 "Shows the connections that are selected above, or all while none is",
                 "Shows all connections, interleaved in the order in which things happened"});
    if (state.pinned == ConnectionId::kNone) return;
    const std::string label =
        "Only #" + std::to_string(net::channel::number(state.pinned)) + "###pinned";
    flow.next(button_width(label.c_str()), px(2));
    if (segment(label.c_str(), state.scope == ViewScope::kPinned)) state.scope = ViewScope::kPinned;
    hover_text("Stays on this connection, whatever is selected");
}

void draw_modes(Flow& flow, ViewSettings& settings) {
    constexpr std::array<std::pair<ViewMode, const char*>, 4> kModes{
        {{ViewMode::kHex, "Hex###hex mode"},
         {ViewMode::kText, "Text###text mode"},
         {ViewMode::kMixed, "Mixed###mixed mode"},
         {ViewMode::kMessages, "Messages###messages mode"}}};
    segments(flow, kModes, settings.mode,
             std::array<std::string_view, 4>{
                 "Rows of bytes", "Lines of text",
                 "Each read or message under a heading with its time, direction and size",
                 "One row a message"});
}

// ---- Framing ----

void remember_framing(ViewSettings& settings, const std::string& endpoint, Framing framing) {
    std::erase_if(settings.framings,
                  [&](const session::EndpointFraming& one) { return one.endpoint == endpoint; });
    // The default needs no remembering.
    if (framing == Framing{}) return;
    settings.framings.insert(settings.framings.begin(),
                             {.endpoint = endpoint, .framing = std::move(framing)});
    if (settings.framings.size() > session::kMostFramings)
        settings.framings.resize(session::kMostFramings);
}

void draw_framing_popup(ToolbarState& state,
                        ViewSettings& settings,
                        const Session& session,
                        const std::vector<EndpointId>& endpoints) {
    // A list of what stands outside is open above it, and takes its own clicks.
    if (!ImGui::BeginPopup("##framing popup")) {
        state.is_form_filled = false;
        return;
    }
    ImGui::Dummy({px(320), 0});
    if (endpoints.empty()) {
        text("Start a server or connect a client first.", Role::kMuted);
        ImGui::EndPopup();
        return;
    }
    if (std::find(endpoints.begin(), endpoints.end(), state.form_endpoint) == endpoints.end()) {
        state.form_endpoint = endpoints.front();
        state.is_form_filled = false;
    }
    const auto name_of = [&](EndpointId id) {
        const session::Endpoint* const endpoint = session.endpoint(id);
        return endpoint == nullptr ? std::string() : endpoint->name;
    };
    small_text("How the bytes of this endpoint are split");
    if (endpoints.size() > 1) {
        ImGui::SetNextItemWidth(-FLT_MIN);
        if (ImGui::BeginCombo("##framing endpoint", "", ImGuiComboFlags_CustomPreview)) {
            std::uint64_t row = 0;
            for (const EndpointId id : endpoints) {
                push_id(row++);
                if (ImGui::Selectable("##one", id == state.form_endpoint)) {
                    state.form_endpoint = id;
                    state.is_form_filled = false;
                }
                ImGui::SameLine();
                text(name_of(id));
                ImGui::PopID();
            }
            ImGui::EndCombo();
        }
        if (ImGui::BeginComboPreview()) {
            text(name_of(state.form_endpoint));
            ImGui::EndComboPreview();
        }
        name_last_item("Framing endpoint");
    } else {
        text(name_of(state.form_endpoint), Role::kText);
    }
    if (!state.is_form_filled)
        state.framing_form = form_of(framing_of(settings, session, state.form_endpoint));
    state.is_form_filled = true;
    if (draw_framing_form(state.framing_form)) {
        FramingErrors errors;
        if (auto framing = framing_of(state.framing_form, errors))
            remember_framing(settings, name_of(state.form_endpoint), std::move(*framing));
    }
    ImGui::EndPopup();
}

void draw_framing(Flow& flow,
                  ToolbarState& state,
                  ViewSettings& settings,
                  const Session& session,
                  const ToolbarFacts& facts) {
    std::string words = "Each read";
    if (!facts.endpoints.empty()) {
        const Framing first = framing_of(settings, session, facts.endpoints.front());
        const bool is_same =
            std::all_of(facts.endpoints.begin(), facts.endpoints.end(),
                        [&](EndpointId id) { return framing_of(settings, session, id) == first; });
        words = is_same ? net::bytes::describe(first) : "by endpoint";
        if (!words.empty() && words.front() >= 'a' && words.front() <= 'z')
            words.front() = static_cast<char>(words.front() - 'a' + 'A');
        // Delimiters may come to a thousand bytes.
        if (words.size() > kMostFramingLetters)
            words = words.substr(0, kMostFramingLetters) + "...";
    }
    const std::string label = words + "###Framing";
    flow.next(button_width(label.c_str()), px(kSpace2));
    if (button(label.c_str())) ImGui::OpenPopup("##framing popup");
    hover_text("Framing: what a message is. Mixed and Messages show messages");
    draw_framing_popup(state, settings, session, facts.endpoints);
}

// ---- Encoding and layout ----

void draw_encoding(Flow& flow, ViewSettings& settings, const ToolbarFacts& facts) {
    const std::string label = std::string(net::bytes::name(settings.encoding)) + "###Encoding";
    flow.next(button_width(label.c_str()), px(kSpace1));
    if (button(label.c_str())) ImGui::OpenPopup("##encoding popup");
    hover_text("The encoding in which bytes are read as text");
    if (ImGui::BeginPopup("##encoding popup")) {
        for (std::size_t i = 0; i < net::bytes::kTextEncodings; ++i) {
            const auto encoding = static_cast<TextEncoding>(i);
            const bool is_there = net::bytes::is_available(encoding);
            const std::string name(net::bytes::name(encoding));
            ImGui::BeginDisabled(!is_there);
            if (ImGui::Selectable(name.c_str(), encoding == settings.encoding))
                settings.encoding = encoding;
            ImGui::EndDisabled();
            if (!is_there) hover_text("This machine's C library does not know it");
        }
        ImGui::EndPopup();
    }
    if (!facts.hint || *facts.hint == settings.encoding) return;
    const std::string hint =
        "Looks like " + std::string(net::bytes::name(*facts.hint)) + "###encoding hint";
    flow.next(button_width(hint.c_str()), px(kSpace1));
    ImGui::PushStyleColor(ImGuiCol_Text, color(Role::kWarning));
    if (ImGui::Button(hint.c_str())) settings.encoding = *facts.hint;
    ImGui::PopStyleColor();
    hover_text("The bytes in sight are text in that encoding, and not in this one");
}

template <typename T, std::size_t kCount>
void choice_line(const char* caption,
                 const std::array<std::pair<T, const char*>, kCount>& choices,
                 T& value) {
    small_text(caption);
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    for (std::size_t i = 0; i < kCount; ++i) {
        if (i != 0) ImGui::SameLine();
        if (segment(choices[i].second, value == choices[i].first)) value = choices[i].first;
    }
    ImGui::PopStyleVar();
}

void draw_layout(Flow& flow, ViewSettings& settings, ToolbarPress& press) {
    flow.next(button_width("Layout"), px(kSpace1));
    if (button("Layout")) ImGui::OpenPopup("##layout popup");
    hover_text("Bytes a row, grouping, times, reads apart or merged, highlights");
    if (!ImGui::BeginPopup("##layout popup")) return;
    constexpr std::array<std::pair<std::uint32_t, const char*>, 5> kRows{
        {{8, "8###row 8"},
         {16, "16###row 16"},
         {24, "24###row 24"},
         {32, "32###row 32"},
         {session::kFitsWidth, "Fit###row fit"}}};
    choice_line("Bytes a row", kRows, settings.bytes_per_row);
    constexpr std::array<std::pair<std::uint32_t, const char*>, 4> kGroups{
        {{1, "1###group 1"}, {2, "2###group 2"}, {4, "4###group 4"}, {8, "8###group 8"}}};
    choice_line("Bytes a group", kGroups, settings.grouping);
    constexpr std::array<std::pair<bool, const char*>, 2> kMerged{
        {{false, "Apart"}, {true, "Merged"}}};
    choice_line("Reads that follow each other", kMerged, settings.is_merged);
    constexpr std::array<std::pair<TimeForm, const char*>, 3> kTimes{
        {{TimeForm::kAbsolute, "Clock"},
         {TimeForm::kRelative, "Since first"},
         {TimeForm::kDelta, "Delta"}}};
    choice_line("Times", kTimes, settings.time_form);
    constexpr std::array<std::pair<bool, const char*>, 2> kMessages{
        {{false, "Text###messages text"}, {true, "Hex###messages hex"}}};
    choice_line("Messages as", kMessages, settings.messages_are_hex);
    ImGui::Separator();
    if (ImGui::MenuItem("Highlights ...")) press = ToolbarPress::kHighlights;
    ImGui::EndPopup();
}

// What opens something else, and the pause: buttons where there is room, else a menu.
struct Action {
    ToolbarPress press;
    const char* label;
    const char* words;  // in the menu
    std::string_view hint;
    bool is_on;
};

void draw_actions(Flow& flow,
                  ToolbarState& state,
                  const ToolbarFacts& facts,
                  bool is_narrow,
                  ToolbarPress& press) {
    const std::array<Action, 4> actions{
        // Of what is open a hint would cover what it opened.
        {{ToolbarPress::kSearch, "Find", "Find",
          facts.is_search_open ? "" : "Search in the bytes (Ctrl+F)", facts.is_search_open},
         {ToolbarPress::kFilter, "Filter###view filter", "Filter",
          facts.is_filter_open ? "" : "Show only some reads; what is captured is not touched",
          facts.is_filter_open || facts.is_filtered},
         {ToolbarPress::kGoTo, "Go to", "Go to ...",
          "Go to an offset, a row, a read or a time (Ctrl+G)", false},
         {ToolbarPress::kSide, "Panels", "Panels",
          facts.is_side_open ? "" : "Inspector, matches, notes and traffic beside the bytes",
          facts.is_side_open}}};
    const char* const pause = state.is_paused ? "Resume###pause" : "Pause###pause";
    if (is_narrow) {
        flow.next(button_width("...###More"), px(kSpace1));
        // What holds must not be out of sight.
        if (segment("...###More", state.is_paused || facts.is_filtered))
            ImGui::OpenPopup("##more popup");
        if (!ImGui::BeginPopup("##more popup")) return;
        for (const Action& action : actions)
            if (ImGui::MenuItem(action.words, nullptr, action.is_on)) press = action.press;
        if (facts.is_live && ImGui::MenuItem("Pause", nullptr, state.is_paused))
            state.is_paused = !state.is_paused;
        ImGui::EndPopup();
        return;
    }
    float gap = kSpace2;
    for (const Action& action : actions) {
        flow.next(button_width(action.label), px(gap));
        gap = kSpace1;
        if (segment(action.label, action.is_on)) press = action.press;
        hover_text(action.hint);
    }
    if (!facts.is_live) return;
    flow.next(button_width(pause), px(kSpace1));
    if (segment(pause, state.is_paused)) state.is_paused = !state.is_paused;
    hover_text(state.is_paused ? "Shows what has come meanwhile, and goes on"
                               : "Holds the view still; capturing goes on");
}

}  // namespace

Framing framing_of(const ViewSettings& settings, const Session& session, EndpointId endpoint) {
    const session::Endpoint* const known = session.endpoint(endpoint);
    if (known == nullptr) return {};
    for (const session::EndpointFraming& one : settings.framings)
        if (one.endpoint == known->name) return one.framing;
    return {};
}

ToolbarPress draw_view_toolbar(ToolbarState& state,
                               ViewSettings& settings,
                               const Session& session,
                               const ToolbarFacts& facts) {
    ToolbarPress press = ToolbarPress::kNone;
    Flow flow;
    const bool is_narrow = ImGui::GetContentRegionAvail().x < px(kNarrow);
    flow.next(0, 0);
    if (is_narrow) {
        ImGui::PushStyleVarX(ImGuiStyleVar_FramePadding, px(6));
    } else {
        ImGui::AlignTextToFramePadding();
        strong_text("Bytes");
    }
    draw_scope(flow, state);
    draw_modes(flow, settings);
    draw_framing(flow, state, settings, session, facts);
    draw_encoding(flow, settings, facts);
    draw_layout(flow, settings, press);
    draw_actions(flow, state, facts, is_narrow, press);
    if (is_narrow) ImGui::PopStyleVar();
    return press;
}

}  // namespace app::ui
