#include "net/channel/failure.h"

#include "net/bytes/escapes.h"

#include <cerrno>
#include <cstring>
#include <netdb.h>

namespace net::channel {

namespace {

// How the sentence begins: what was tried, up to its target.
std::string_view attempt(Operation operation) {
    switch (operation) {
        case Operation::kListen: return "listen on";
        case Operation::kAccept: return "accept on";
        case Operation::kResolve: return "resolve";
        case Operation::kConnect: return "connect to";
        case Operation::kReceive: return "receive from";
        case Operation::kSend: return "send to";
        case Operation::kCapture: return "write the capture";
        case Operation::kOpen: return "open";
        case Operation::kStart: return "start";
        case Operation::kSendJob: return "send";
        case Operation::kReply: return "reply of";
    }
    return "do";
}

std::string sentence(Operation operation,
                     std::string_view target,
                     std::string_view code,
                     std::string_view text,
                     std::string_view what_to_do) {
    std::string out(target.empty() && operation != Operation::kCapture ? to_text(operation)
                                                                       : attempt(operation));
    if (!target.empty()) {
        out += ' ';
        out += bytes::printable(target);
    }
    out += ": ";
    out += code;
    out += " (";
    out += text;
    out += ')';
    if (!what_to_do.empty()) {
        out += "; ";
        out += what_to_do;
    }
    return out;
}

struct ResolverCode {
    int code;
    std::string_view name;
    std::string_view text;
    std::string_view advice;
};

// Own words for getaddrinfo(3)'s codes: gai_strerror(3) follows the locale, and a log must not.
constexpr ResolverCode kResolverCodes[] = {
    {EAI_NONAME, "EAI_NONAME", "name not found",
     "check the spelling of the name, or use an IP address"},
    {EAI_NODATA, "EAI_NODATA", "the name has no address",
     "check the spelling of the name, or use an IP address"},
    {EAI_ADDRFAMILY, "EAI_ADDRFAMILY", "the name has no address of this family",
     "use an IP address"},
    {EAI_AGAIN, "EAI_AGAIN", "temporary failure in name resolution",
     "check the network and its name server, and try again"},
    {EAI_FAIL, "EAI_FAIL", "the name server failed", "try again later, or use an IP address"},
    {EAI_FAMILY, "EAI_FAMILY", "address family not supported",
     "use an address of the other family"},
    {EAI_MEMORY, "EAI_MEMORY", "out of memory", "close other programs and try again"},
    {EAI_SERVICE, "EAI_SERVICE", "service not supported", ""},
    {EAI_SOCKTYPE, "EAI_SOCKTYPE", "socket type not supported", ""},
    {EAI_BADFLAGS, "EAI_BADFLAGS", "bad flags", ""},
    {EAI_OVERFLOW, "EAI_OVERFLOW", "the answer is too long", "use an IP address"},
    {EAI_CANCELED, "EAI_CANCELED", "canceled", ""},
};

}  // namespace

std::string_view to_text(Operation operation) {
    switch (operation) {
        case Operation::kListen: return "listen";
        case Operation::kAccept: return "accept";
        case Operation::kResolve: return "resolve";
        case Operation::kConnect: return "connect";
        case Operation::kReceive: return "receive";
        case Operation::kSend: return "send";
        case Operation::kCapture: return "capture";
        case Operation::kOpen: return "open";
        case Operation::kStart: return "start";
        case Operation::kSendJob: return "send job";
        case Operation::kReply: return "reply";
    }
    return "unknown";
}

// The _np functions (glibc 2.32) return constants: no buffer that another thread overwrites, and no locale.
std::string errno_name(int code) {
    const char* name = code > 0 ? strerrorname_np(code) : nullptr;
    return name != nullptr ? name : "E?" + std::to_string(code);
}

std::string errno_text(int code) {
    const char* found = code > 0 ? strerrordesc_np(code) : nullptr;
    if (found == nullptr) return "unknown error " + std::to_string(code);
    std::string text = found;
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    // The first letter only, and not that of an abbreviation ("RFS specific error").
    if (text.size() > 1 && is_upper(text[0]) && !is_upper(text[1]))
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

std::string_view advice(Operation operation, int code) {
    const bool is_server = operation == Operation::kListen || operation == Operation::kAccept;
    const bool is_file = operation == Operation::kCapture || operation == Operation::kOpen ||
                         operation == Operation::kSendJob;
    const bool is_traffic = operation == Operation::kReceive || operation == Operation::kSend ||
                            operation == Operation::kSendJob;
    switch (code) {
        case EADDRINUSE:
            if (operation == Operation::kListen)
                return "choose another port or stop the program that holds it";
            if (operation == Operation::kConnect)
                return "all local ports towards this address are in use; close some connections or "
                       "wait a minute";
            return {};
        case EACCES:
        case EPERM:
            if (operation == Operation::kListen)
                return "ports below 1024 need privileges; choose a port from 1024 up";
            if (operation == Operation::kConnect)
                return "a firewall rule of this machine or a broadcast address forbids it; check "
                       "both";
            if (operation == Operation::kCapture)
                return "choose a folder you may write to, with --write FILE";
            if (operation == Operation::kOpen || operation == Operation::kSendJob)
                return "you may not read this file; check its owner and mode";
            if (operation == Operation::kSend) return "a firewall rule of this machine forbids it";
            return {};
        case EADDRNOTAVAIL:
            if (operation == Operation::kListen)
                return "it is not an address of this machine; use 127.0.0.1, ::1 or * (all "
                       "interfaces)";
            if (operation == Operation::kConnect)
                return "no local address or port fits; check the address, or close some "
                       "connections";
            return {};
        case EAFNOSUPPORT:
            return "this machine has no support for this kind of address; use the other of IPv4 "
                   "and IPv6";
        case ECONNREFUSED: return "nothing listens there; check the port and that the server runs";
        case ECONNRESET:
            if (operation == Operation::kConnect)
                return "the peer refused after a moment; check that the server runs";
            return is_traffic ? "the peer dropped the connection; connect again" : "";
        case ECONNABORTED:
            return operation == Operation::kAccept
                       ? "the peer left before it was accepted; nothing to do"
                       : "connect again";
        case EPIPE:
            return operation == Operation::kCapture
                       ? "its reader has gone, so the run ends here"
                       : "the connection no longer takes bytes; connect again";
        case ETIMEDOUT:
            if (operation == Operation::kConnect)
                return "no answer; check the address and firewalls, or allow a longer timeout";
            if (operation == Operation::kResolve)
                return "the name server does not answer; check the network, or use an IP address";
            return "the peer does not answer any more; check the network and connect again";
        case ENETUNREACH:
            return "there is no route to this network; check the address and this machine's "
                   "network";
        case EHOSTUNREACH:
            return "there is no way to this host, or a firewall rejects it; check the address and "
                   "the network";
        case ENETDOWN: return "the network interface is down; bring it up";
        case EMFILE:
            return "this program has reached its limit of open files; close connections or raise "
                   "it (ulimit -n)";
        case ENFILE:
            return "this machine has reached its limit of open files; close programs or raise "
                   "fs.file-max";
        case ENOBUFS:
            if (operation == Operation::kSend)
                return "the send queue of this connection is full; wait until the peer reads, or "
                       "send less at once";
            return "the kernel is out of buffers; close some connections and try again";
        case ENOMEM: return "out of memory; close some connections or other programs";
        case EUSERS:
            return "the newcomer was closed; raise the most clients at once of this server, or "
                   "close some";
        case ENOSPC:
        case EDQUOT:
            if (operation == Operation::kCapture)
                return "free some space, save the capture elsewhere, or drop it and go on; until "
                       "then reading waits and nothing is lost";
            return is_file ? "free some space" : "";
        case EFBIG:
            return "the file has reached its largest size; raise the limit (ulimit -f) or choose "
                   "another file system";
        case EIO:
            return operation == Operation::kCapture ? "the disk failed; check it"
                                                    : "the device failed; check the disk";
        case EROFS: return "the file system is read-only; choose another place with --write FILE";
        case EEXIST:
            return operation == Operation::kCapture
                       ? "choose another name, or let --overwrite replace the file"
                       : "";
        case ENOENT:
            return operation == Operation::kCapture
                       ? "its folder does not exist; create it or choose another place"
                   : is_file ? "there is no such file; check the path"
                             : "";
        case ENOTDIR: return is_file ? "a part of the path is not a folder; check the path" : "";
        case EISDIR: return is_file ? "it is a folder; name a file" : "";
        case ELOOP:
            return is_file ? "it is a symbolic link, which is not followed; name the file itself"
                           : "";
        case ENAMETOOLONG: return is_file ? "choose a shorter name" : "";
        case ETXTBSY:
        case EBUSY:
            return is_file ? "another program holds this file; choose another name or close it"
                           : "";
        case EAGAIN:
            if (operation == Operation::kCapture)
                return "whoever reads the capture has stopped reading; let it go on, or end it";
            return is_server ? "the machine is out of a resource for now; try again" : "try again";
        case EINVAL:
            return operation == Operation::kOpen
                       ? "it is not a capture that can be read (pcapng or pcap)"
                       : "";
        default: return {};
    }
}

std::string describe(Operation operation, std::string_view target, int code) {
    return sentence(operation, target, errno_name(code), errno_text(code), advice(operation, code));
}

Failure make_failure(Operation operation,
                     EndpointId endpoint,
                     std::string_view target,
                     int code,
                     std::int64_t time_ns) {
    Failure failure;
    failure.operation = operation;
    failure.endpoint = endpoint;
    failure.time_ns = time_ns;
    failure.code = errno_name(code);
    failure.message = describe(operation, target, code);
    return failure;
}

Failure make_resolve_failure(EndpointId endpoint,
                             std::string_view host,
                             int gai_code,
                             int errno_value,
                             std::int64_t time_ns) {
    if (gai_code == EAI_SYSTEM)
        return make_failure(Operation::kResolve, endpoint, host, errno_value, time_ns);
    Failure failure;
    failure.operation = Operation::kResolve;
    failure.endpoint = endpoint;
    failure.time_ns = time_ns;
    failure.code = "EAI_?" + std::to_string(gai_code);
    std::string text = "unknown resolver error " + std::to_string(gai_code);
    std::string_view what_to_do;
    for (const ResolverCode& known : kResolverCodes) {
        if (known.code != gai_code) continue;
        failure.code = known.name;
        text = known.text;
        what_to_do = known.advice;
    }
    failure.message = sentence(Operation::kResolve, host, failure.code, text, what_to_do);
    return failure;
}

}  // namespace net::channel
