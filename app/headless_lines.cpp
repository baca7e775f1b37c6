#include "app/headless_lines.h"

#include "app/session/facts.h"
#include "net/bytes/address.h"
#include "net/channel/failure.h"
#include "net/channel/ids.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <variant>

namespace app {
namespace {

using net::channel::number;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

void add_key(std::string_view key, std::string& out) {
    out += ",\"";
    out += key;
    out += "\":";
}

void add(std::string_view key, std::uint64_t value, std::string& out) {
    add_key(key, out);
    out += std::to_string(value);
}

void add(std::string_view key, std::string_view text, std::string& out) {
    add_key(key, out);
    const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
        return c >= ' ' && c <= '~' && c != '"' && c != '\\';
    });
    if (is_plain) {
        out += '"';
        out += text;
        out += '"';
        return;
    }
    // A path may be any bytes; a line is valid JSON whatever it is.
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add(std::string_view key, const net::bytes::SocketAddress& address, std::string& out) {
    add(key, std::string_view(net::bytes::to_text(address)), out);
}

void end(std::string& out) {
    out += "}\n";
}

}  // namespace

void HeadlessLines::begin(std::int64_t time_ns, std::string_view event, std::string& out) {
    std::int64_t second = time_ns / kNsPerSecond;
    std::int64_t fraction = time_ns % kNsPerSecond;
    if (fraction < 0) {
        fraction += kNsPerSecond;
        --second;
    }
    if (second != second_ || second_text_.empty()) {
        const std::time_t seconds = second;
        std::tm utc{};
        gmtime_r(&seconds, &utc);
        std::array<char, 32> text{};
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
        second_ = second;
        second_text_ = text.data();
    }
    std::array<char, 9> nanoseconds{};
    for (std::size_t i = nanoseconds.size(); i-- > 0; fraction /= 10)
        nanoseconds[i] = static_cast<char>('0' + fraction % 10);
    out += R"({"time":")";
    out += second_text_;
    out += '.';
    out.append(nanoseconds.data(), nanoseconds.size());
    out += R"(Z","event":")";
    out += event;
    out += '"';
}

void HeadlessLines::append(const net::channel::Event& event, std::string& out) {
    using namespace net::channel;
    if (const auto* read = std::get_if<Recorded>(&event)) {
        if (!is_verbose_) return;
        begin(read->time_ns, read->direction == Direction::kReceived ? "received" : "sent", out);
        add("connection", number(read->connection), out);
        add("bytes", std::uint64_t{read->size}, out);
        end(out);
    } else if (const auto* opened = std::get_if<ConnectionOpened>(&event)) {
        begin(opened->time_ns, "opened", out);
        add("connection", number(opened->connection), out);
        add("endpoint", number(opened->endpoint), out);
        add("local", opened->local, out);
        add("peer", opened->peer, out);
        end(out);
    } else if (const auto* closed = std::get_if<ConnectionClosed>(&event)) {
        begin(closed->time_ns, "closed", out);
        add("connection", number(closed->connection), out);
        add("reason", session::reason_text(closed->reason, closed->code), out);
        add("received", closed->received, out);
        add("sent", closed->sent, out);
        end(out);
    } else if (const auto* listening = std::get_if<ServerListening>(&event)) {
        begin(listening->time_ns, "listening", out);
        add("endpoint", number(listening->endpoint), out);
        add("local", listening->local, out);
        end(out);
    } else if (const auto* connecting = std::get_if<ClientConnecting>(&event)) {
        begin(connecting->time_ns, "connecting", out);
        add("endpoint", number(connecting->endpoint), out);
        add("peer", connecting->peer, out);
        end(out);
    } else if (const auto* failed = std::get_if<Failed>(&event)) {
        const Failure& failure = failed->failure;
        begin(failure.time_ns, "failed", out);
        add("endpoint", number(failure.endpoint), out);
        add("operation", to_text(failure.operation), out);
        add("code", failure.code, out);
        add("message", failure.message, out);
        end(out);
    } else if (const auto* stopped = std::get_if<EndpointStopped>(&event)) {
        begin(stopped->time_ns, "stopped", out);
        add("endpoint", number(stopped->endpoint), out);
        end(out);
    }
}

void HeadlessLines::append(const RunSummary& summary, std::string& out) {
    begin(summary.time_ns, "summary", out);
    add("received", summary.received, out);
    add("sent", summary.sent, out);
    add("stored", summary.stored, out);
    add("connections", summary.connections, out);
    add("read_pauses", summary.read_pauses, out);
    add("datagrams_dropped", summary.datagrams_dropped, out);
    add("capture", std::string_view(summary.capture), out);
    end(out);
}

}  // namespace app
