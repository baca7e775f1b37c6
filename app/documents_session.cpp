// Session files on the desk: opened, asked about, started and saved.
#include "app/documents.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <utility>

namespace app {

using session::Severity;

namespace {

std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

bool is_on_loopback(const session::SessionServer& server) {
    const net::bytes::ListenAddress& address = server.config.address;
    return !address.all_interfaces && net::bytes::is_loopback(address.address);
}

}  // namespace

void Documents::carry_out(session::OpenSessionWish&& wish) {
    texts_.emplace_back(next_text_, TextUse::kOpenSession);
    text_exchange_.ask({.id = next_text_++,
                        .path = absolute(std::move(wish.path)),
                        .attempt = "open the session",
                        .most_bytes = session::kMostSessionFileBytes});
}

void Documents::take_session(const std::string& path, const std::string& text) {
    const std::string name = net::bytes::printable(path);
    session::SessionParsed parsed = session::session_from_json(text);
    if (!parsed.error.empty()) {
        notice(Severity::kError,
               "open the session " + name + ": " + net::bytes::printable(parsed.error));
        return;
    }
    for (const std::string& warning : parsed.warnings)
        notice(Severity::kWarning, "session " + name + ": " + net::bytes::printable(warning));
    std::vector<std::string> servers = parsed.session.beyond_loopback();
    if (servers.empty()) {
        start_session(std::move(parsed.session), path);
        return;
    }
    // A file of others must not open this machine to the network by being looked at.
    asked_session_ = std::move(parsed.session);
    asked_session_path_ = path;
    facts_.session_question = {.path = name, .servers = std::move(servers)};
    changed();
}

void Documents::carry_out(session::AnswerSessionWish&& wish) {
    using How = session::AnswerSessionWish::How;
    if (!facts_.session_question) return;
    facts_.session_question.reset();
    changed();
    session::SessionFile file = std::exchange(asked_session_, {});
    if (wish.how == How::kCancel) return;
    if (wish.how == How::kStartOnLoopback)
        std::erase_if(file.servers, [](const auto& server) { return !is_on_loopback(server); });
    start_session(std::move(file), asked_session_path_);
}

void Documents::start_session(session::SessionFile&& file, const std::string& path) {
    const std::string name = net::bytes::printable(path);
    if (!file.servers.empty() || !file.clients.empty()) {
        net::channel::Failure failure;
        if (live() == nullptr && !start_live(failure)) {
            notice(Severity::kError, failure.message);
            return;
        }
        active_ = live()->id();
        live()->session().apply(file.intents(), realtime_ns());
        live()->post();
    }
    std::size_t added = 0;
    if (!file.sends.groups.empty()) {
        session::SendsAdded all = session::with_added(sends_.sends(), file.sends);
        const std::string error = sends_.change(std::move(all.sends));
        if (error.empty()) {
            added = all.added;
        } else {
            notice(Severity::kWarning,
                   "session " + name + ": its saved sends: " + net::bytes::printable(error));
        }
        if (all.left_out > 0)
            notice(Severity::kWarning, "session " + name + ": " + std::to_string(all.left_out) +
                                           " of its saved sends were left out: there is no room "
                                           "for them; remove some");
        tell_sends();
    }
    if (file.view) carry_out(session::ChangeViewSettingsWish{.settings = std::move(*file.view)});
    notice(Severity::kInfo, "session " + name + ": " +
                                counted(file.servers.size(), "server", "servers") + ", " +
                                counted(file.clients.size(), "client", "clients") + ", " +
                                counted(added, "saved send", "saved sends") + " added");
    update_facts();
}

session::SessionFile Documents::session_of(Document& document) const {
    session::SessionFile file;
    const session::Session& session = document.session();
    for (const net::channel::EndpointId id : session.endpoints()) {
        const session::Endpoint* const endpoint = session.endpoint(id);
        if (endpoint == nullptr) continue;
        // As they reply now, not as they were started.
        const session::ReplyFacts* const replies = session.replies(id);
        if (endpoint->server) {
            auto& server = file.servers.emplace_back(
                session::SessionServer{.name = endpoint->name, .config = *endpoint->server});
            if (replies != nullptr) {
                server.config.replies = replies->replies;
                server.config.echoes = replies->replies.echoes;
            }
        } else if (endpoint->client) {
            auto& client = file.clients.emplace_back(
                session::SessionClient{.name = endpoint->name, .config = *endpoint->client});
            if (replies != nullptr) client.config.replies = replies->replies;
        }
    }
    return file;
}

void Documents::carry_out(session::SaveSessionWish&& wish) {
    Document* const document = live();
    session::SessionFile file =
        document == nullptr ? session::SessionFile{} : session_of(*document);
    file.sends = sends_.sends();
    file.view = remembered_.settings().view;
    texts_.emplace_back(next_text_, TextUse::kSaveSession);
    text_exchange_.ask({.id = next_text_++,
                        .path = absolute(std::move(wish.path)),
                        .attempt = "save the session to",
                        .text = to_json(file),
                        .may_overwrite = wish.may_overwrite});
}

}  // namespace app
