#include "app/session/session_file.h"

#include "app/session/json_reader.h"
#include "app/session/replies_json.h"
#include "app/session/sends_json_parts.h"
#include "app/session/view_json.h"
#include "net/bytes/address.h"
#include "net/bytes/escapes.h"

#include <limits>
#include <utility>

namespace app::session {

namespace {

using net::channel::ClientConfig;
using net::channel::ReconnectConfig;
using net::channel::ServerConfig;
using nlohmann::json;

constexpr char kMark[] = "wireloupe_session";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMostAddressBytes = 512;
constexpr std::size_t kMostGreetingBytes = std::size_t{1} << 20U;
constexpr std::uint64_t kMostBacklog = 1'000'000;
constexpr std::uint64_t kMostDelayNs = std::uint64_t{24} * 3'600'000'000'000;

std::string name_of(const net::bytes::ListenAddress& address) {
    if (address.all_interfaces) return "*:" + std::to_string(address.address.port);
    return net::bytes::to_text(address.address);
}

std::string name_of(const net::bytes::PeerName& peer) {
    const bool is_ipv6 = peer.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + peer.host + "]" : peer.host) + ":" + std::to_string(peer.port);
}

// An address as on the command line; the parser's own words follow the path.
template <typename T, typename Parse>
void read_address(JsonObject& object, std::string_view key, Parse&& parse, T& address) {
    std::string text;
    object.read(key, kMostAddressBytes, text);
    if (!object.problems().is_good()) return;
    const auto parsed = parse(text);
    if (parsed) {
        address = *parsed;
    } else {
        object.problems().error = object.path_of(key) + ": " + parsed.error.message;
    }
}

void read_greeting(JsonObject& object, std::vector<std::uint8_t>& greeting) {
    std::string text;
    object.read("greeting", kMostGreetingBytes, text);
    auto parsed = net::bytes::parse_escaped(text);
    if (parsed) {
        greeting = std::move(*parsed.value);
    } else if (object.problems().is_good()) {
        object.problems().error = object.path_of("greeting") + ": " + parsed.error.message;
    }
}

json server_to_json(const SessionServer& server) {
    const ServerConfig usual;
    const ServerConfig& config = server.config;
    json tree{{"listen", name_of(config.address)}};
    if (server.name != name_of(config.address)) tree["name"] = server.name;
    if (config.backlog != usual.backlog) tree["backlog"] = config.backlog;
    if (config.most_clients != 0) tree["most_clients"] = config.most_clients;
    if (config.keeps_half_open) tree["keeps_half_open"] = true;
    if (!config.greeting.empty()) tree["greeting"] = net::bytes::escape(config.greeting);
    net::channel::Replies replies = config.replies;
    replies.echoes |= config.echoes;
    if (replies != net::channel::Replies{}) tree["replies"] = replies_to_json(replies);
    return tree;
}

json client_to_json(const SessionClient& client) {
    const ClientConfig usual;
    const ClientConfig& config = client.config;
    json tree{{"connect", name_of(config.peer)}};
    if (client.name != name_of(config.peer)) tree["name"] = client.name;
    if (config.connect_timeout_ns != usual.connect_timeout_ns)
        tree["connect_timeout_ns"] = config.connect_timeout_ns;
    if (config.reconnect.is_on) {
        tree["reconnect"] = {{"first_delay_ns", config.reconnect.first_delay_ns},
                             {"longest_delay_ns", config.reconnect.longest_delay_ns}};
    }
    if (config.keeps_half_open) tree["keeps_half_open"] = true;
    if (!config.greeting.empty()) tree["greeting"] = net::bytes::escape(config.greeting);
    if (config.replies != net::channel::Replies{})
        tree["replies"] = replies_to_json(config.replies);
    return tree;
}

SessionServer read_server(const json& tree, const std::string& path, JsonProblems& problems) {
    SessionServer server;
    ServerConfig& config = server.config;
    JsonObject object(tree, path, problems);
    read_address(object, "listen", net::bytes::parse_listen_argument, config.address);
    server.name = name_of(config.address);
    object.read("name", kMostAddressBytes, server.name);
    object.read("backlog", 1, kMostBacklog, config.backlog);
    object.read("most_clients", 0, std::numeric_limits<std::uint32_t>::max(), config.most_clients);
    object.read("keeps_half_open", config.keeps_half_open);
    read_greeting(object, config.greeting);
    if (const json* const replies = object.find("replies"))
        read_replies(*replies, object.path_of("replies"), problems, config.replies);
    return server;
}

void read_reconnect(const json& tree,
                    const std::string& path,
                    JsonProblems& problems,
                    ReconnectConfig& reconnect) {
    JsonObject object(tree, path, problems);
    reconnect.is_on = true;
    object.read("first_delay_ns", 1, kMostDelayNs, reconnect.first_delay_ns);
    const auto least = static_cast<std::uint64_t>(reconnect.first_delay_ns);
    object.read("longest_delay_ns", least, kMostDelayNs, reconnect.longest_delay_ns);
}

SessionClient read_client(const json& tree, const std::string& path, JsonProblems& problems) {
    SessionClient client;
    ClientConfig& config = client.config;
    JsonObject object(tree, path, problems);
    read_address(object, "connect", net::bytes::parse_peer_argument, config.peer);
    client.name = name_of(config.peer);
    object.read("name", kMostAddressBytes, client.name);
    object.read("connect_timeout_ns", 1, kMostDelayNs, config.connect_timeout_ns);
    if (const json* const reconnect = object.find("reconnect"))
        read_reconnect(*reconnect, object.path_of("reconnect"), problems, config.reconnect);
    object.read("keeps_half_open", config.keeps_half_open);
    read_greeting(object, config.greeting);
    if (const json* const replies = object.find("replies"))
        read_replies(*replies, object.path_of("replies"), problems, config.replies);
    return client;
}

void read_session(const json& tree, JsonProblems& problems, SessionFile& session) {
    JsonObject object(tree, "", problems);
    if (problems.is_good() && object.find(kMark) == nullptr) {
        problems.error = "it is no session file (" + std::string(kMark) + " is missing at its top)";
        return;
    }
    std::uint64_t version = 0;
    object.read(kMark, kVersion, kVersion, version);
    object.read_list("servers", kMostSessionEndpoints, [&](const json& one, std::string path) {
        session.servers.push_back(read_server(one, path, problems));
    });
    object.read_list("clients", kMostSessionEndpoints, [&](const json& one, std::string path) {
        session.clients.push_back(read_client(one, path, problems));
    });
    read_groups(object, "sends", session.sends);
    if (const json* const view = object.find("view"))
        read_view(*view, object.path_of("view"), problems, session.view.emplace());
}

}  // namespace

std::vector<std::string> SessionFile::beyond_loopback() const {
    std::vector<std::string> names;
    for (const SessionServer& server : servers) {
        const net::bytes::ListenAddress& address = server.config.address;
        if (address.all_interfaces || !net::bytes::is_loopback(address.address))
            names.push_back(name_of(address));
    }
    return names;
}

Intents SessionFile::intents() const {
    Intents intents;
    for (const SessionServer& server : servers)
        intents.emplace_back(StartServerIntent{.name = server.name, .config = server.config});
    for (const SessionClient& client : clients)
        intents.emplace_back(StartClientIntent{.name = client.name, .config = client.config});
    return intents;
}

SessionParsed session_from_json(std::string_view text) {
    SessionParsed parsed;
    JsonProblems problems;
    const json tree = parse_json(text, problems);
    if (problems.is_good()) read_session(tree, problems, parsed.session);
    if (!problems.is_good()) parsed.session = {};
    parsed.error = std::move(problems.error);
    parsed.warnings = std::move(problems.warnings);
    return parsed;
}

std::string to_json(const SessionFile& session) {
    json servers = json::array();
    for (const SessionServer& server : session.servers)
        servers.push_back(server_to_json(server));
    json clients = json::array();
    for (const SessionClient& client : session.clients)
        clients.push_back(client_to_json(client));
    json tree{{kMark, kVersion}, {"servers", std::move(servers)}, {"clients", std::move(clients)}};
    if (!session.sends.groups.empty()) tree["sends"] = groups_to_json(session.sends);
    if (session.view) tree["view"] = view_to_json(*session.view);
    return json_text(tree);
}

}  // namespace app::session
