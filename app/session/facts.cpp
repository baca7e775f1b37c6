#include "app/session/facts.h"

#include "net/channel/failure.h"

namespace app::session {

std::string reason_text(CloseReason reason, std::int32_t code) {
    switch (reason) {
        case CloseReason::kEndOfStream: return "end of stream";
        case CloseReason::kResetByPeer: return "reset by peer";
        case CloseReason::kClosedHere: return "closed here";
        case CloseReason::kTimedOut: return "timed out";
        case CloseReason::kError: break;
    }
    return net::channel::errno_text(code);
}

const char* to_text(EndpointState state) {
    switch (state) {
        case EndpointState::kStarting: return "starting";
        case EndpointState::kListening: return "listening";
        case EndpointState::kResolving: return "resolving";
        case EndpointState::kConnecting: return "connecting";
        case EndpointState::kConnected: return "connected";
        case EndpointState::kWaiting: return "waiting";
        case EndpointState::kStopping: return "stopping";
        case EndpointState::kStopped: return "stopped";
        case EndpointState::kFailed: return "failed";
    }
    return "unknown";
}

const char* to_text(ConnectionState state) {
    switch (state) {
        case ConnectionState::kOpen: return "open";
        case ConnectionState::kPeerEnded: return "peer ended";
        case ConnectionState::kClosing: return "closing";
        case ConnectionState::kClosed: return "closed";
    }
    return "unknown";
}

}  // namespace app::session
