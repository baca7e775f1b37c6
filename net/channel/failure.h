// A failure as the user sees it: operation, value, reason, what to do.
//
// Thread: any; values and pure functions.
#pragma once

#include "net/channel/ids.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace net::channel {

enum class Operation : std::uint8_t {
    kListen,
    kAccept,
    kResolve,
    kConnect,
    kReceive,
    kSend,
    kCapture,
    kOpen,
    kStart,
    kSendJob,
    kReply
};

struct Failure {
    Operation operation{};
    EndpointId endpoint{};
    ConnectionId connection{};
    SendJobId job{};  // kSendJob: of which one; not in a capture
    bool is_final =
        true;  // false: the program goes on trying (the next address, the next attempt, later)
    std::int64_t time_ns = 0;
    std::string code;     // errno's name ("EADDRINUSE"), or getaddrinfo's ("EAI_NONAME")
    std::string message;  // the whole sentence, see describe()
};

// "listen", "accept", "resolve", "connect", "receive", "send", "capture", "open", "start", "send job", "reply": the words of the command line contract.
[[nodiscard]] std::string_view to_text(Operation operation);

// strerrorname_np(3) and strerror(3) in lower case: "EADDRINUSE", "address already in use"; "E?123" / "unknown error 123" for an unknown code.
[[nodiscard]] std::string errno_name(int code);
[[nodiscard]] std::string errno_text(int code);

// `listen on 127.0.0.1:9000: EADDRINUSE (address already in use); choose another port or stop the program that holds it`.
// `target` is the address or path; it is made printable here. `code` is an errno value.
[[nodiscard]] std::string describe(Operation operation, std::string_view target, int code);
// What to do about it, in words; empty where nothing useful can be said.
[[nodiscard]] std::string_view advice(Operation operation, int code);

// A Failure for an errno value, its code and message filled in.
[[nodiscard]] Failure make_failure(Operation operation,
                                   EndpointId endpoint,
                                   std::string_view target,
                                   int code,
                                   std::int64_t time_ns);
// The same for getaddrinfo(3) (`gai_code` is an EAI_ value; `errno_value` counts for EAI_SYSTEM).
[[nodiscard]] Failure make_resolve_failure(EndpointId endpoint,
                                           std::string_view host,
                                           int gai_code,
                                           int errno_value,
                                           std::int64_t time_ns);

}  // namespace net::channel
