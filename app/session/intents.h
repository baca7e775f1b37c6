// What the user asks for in one frame, as values: made by the panels, carried out by Session::apply().
#pragma once

#include "net/capture/sheet.h"
#include "net/channel/command.h"
#include "net/channel/ids.h"
#include "net/channel/note.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace app::session {

// `replaces`: the stopped endpoint that this one continues (kNone: a new one). `name` as the user wrote it.
struct StartServerIntent {
    std::string name;
    net::channel::ServerConfig config;
    net::channel::EndpointId replaces{};
    std::uint64_t card =
        0;  // whoever asks gets the new id back by this number: Session::endpoint_of_card(); 0: nobody asks
};
struct StartClientIntent {
    std::string name;
    net::channel::ClientConfig config;
    net::channel::EndpointId replaces{};
    std::uint64_t card = 0;
};
struct StopEndpointIntent {
    net::channel::EndpointId endpoint{};
};
// Forget a stopped endpoint in the lists (its connections stay until cleared).
struct RemoveEndpointIntent {
    net::channel::EndpointId endpoint{};
};
struct SendIntent {
    net::channel::Targets targets;
    std::vector<std::uint8_t> bytes;
};
// What the network thread is to send by itself (net/channel/sending.h); seen in Session::send_jobs() from now on.
struct StartSendJobIntent {
    net::channel::Targets targets;
    net::channel::SendJobWhat what;
};
struct PauseSendJobIntent {
    net::channel::SendJobId job{};
    bool is_paused = true;  // false: it goes on
};
struct StopSendJobIntent {
    net::channel::SendJobId job{};
};
// Takes one that has ended off the list; kNone: all that have.
struct ForgetSendJobIntent {
    net::channel::SendJobId job{};
};
struct CloseIntent {
    std::vector<net::channel::ConnectionId> connections;
    net::channel::CloseHow how{};
};
// Takes closed connections out of the list; their bytes stay in the capture and in the interleaved view.
struct ClearClosedIntent {};

// What to do about a full disk, and how much of it may be used (net/channel/command.h).
struct SetCaptureBoundsIntent {
    net::channel::CaptureBounds bounds;
};
struct MoveCaptureIntent {
    std::string path;  // absolute
    bool may_overwrite = false;
};
struct DropCaptureIntent {};

// Notes on bytes (app/session/notes.h). `bytes`: of the stream to which the first one belongs.
struct AddNoteIntent {
    net::capture::BytePlace begin;
    std::uint64_t bytes = 1;
    std::string text = {};
    net::channel::NoteKind kind{};
};
struct EditNoteIntent {
    net::channel::NoteId note{};
    std::string text;
    net::channel::NoteKind kind{};
};
struct RemoveNoteIntent {
    net::channel::NoteId note{};
};

// From now on the endpoint replies like this; what becomes of it is in Session::replies().
struct SetRepliesIntent {
    net::channel::EndpointId endpoint{};
    net::channel::Replies replies;
};

using Intent = std::variant<StartServerIntent,
                            StartClientIntent,
                            StopEndpointIntent,
                            RemoveEndpointIntent,
                            SendIntent,
                            StartSendJobIntent,
                            PauseSendJobIntent,
                            StopSendJobIntent,
                            ForgetSendJobIntent,
                            CloseIntent,
                            ClearClosedIntent,
                            SetCaptureBoundsIntent,
                            MoveCaptureIntent,
                            DropCaptureIntent,
                            AddNoteIntent,
                            EditNoteIntent,
                            RemoveNoteIntent,
                            SetRepliesIntent>;
using Intents = std::vector<Intent>;

}  // namespace app::session
