#include "app/ui/connection_order.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <unordered_map>

namespace app::ui {

namespace {

constexpr std::int64_t kLeastIntervalNs = 250'000'000;
// Up to here doing it again costs a tenth of a millisecond: at once, then.
constexpr std::size_t kFew = 500;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains_folded(std::string_view text, std::string_view wanted_in_lower_case) {
    const auto found =
        std::search(text.begin(), text.end(), wanted_in_lower_case.begin(),
                    wanted_in_lower_case.end(), [](char a, char b) { return lower(a) == b; });
    return found != text.end();
}

bool moves_with_traffic(Column column) {
    switch (column) {
        case Column::kReceived:
        case Column::kSent:
        case Column::kReceivedRate:
        case Column::kSentRate:
        case Column::kQueued:
        case Column::kRoundTrip:
        case Column::kRetransmits:
        case Column::kDuration: return true;
        default: return false;
    }
}

// A rate as a number that orders as the rate does (non-negative doubles order as their bits).
std::uint64_t order_of(double rate) {
    return rate > 0 ? std::bit_cast<std::uint64_t>(rate) : 0;
}

std::uint64_t numeric_key(const session::Connection& connection,
                          Column column,
                          std::int64_t now_ns) {
    switch (column) {
        case Column::kState: return static_cast<std::uint64_t>(connection.state);
        case Column::kReceived: return connection.received;
        case Column::kSent: return connection.sent;
        case Column::kReceivedRate: return order_of(connection.received_rate);
        case Column::kSentRate: return order_of(connection.sent_rate);
        case Column::kReason:  // the open ones together, before the others
            if (connection.is_open()) return 0;
            return (static_cast<std::uint64_t>(connection.reason) + 1) << 32U |
                   static_cast<std::uint32_t>(connection.code);
        case Column::kQueued: return connection.queued_bytes;
        case Column::kRoundTrip:
            return connection.has_stats ? std::uint64_t{connection.rtt_us} + 1 : 0;
        case Column::kRetransmits:
            return connection.has_stats ? std::uint64_t{connection.retransmits} + 1 : 0;
        case Column::kOpened:
            return static_cast<std::uint64_t>(std::max<std::int64_t>(connection.opened_ns, 0));
        case Column::kDuration: {
            const std::int64_t end = connection.is_open() ? now_ns : connection.closed_ns;
            return static_cast<std::uint64_t>(
                std::max<std::int64_t>(end - connection.opened_ns, 0));
        }
        case Column::kOpenedBy: return connection.was_opened_here ? 1 : 0;
        default: return net::channel::number(connection.id);
    }
}

struct Row {
    std::uint64_t key = 0;
    const session::Connection* connection = nullptr;
};

}  // namespace

bool ConnectionOrder::update(const session::Session& session,
                             const TableQuery& query,
                             std::int64_t now_ns,
                             std::int64_t monotonic_ns) {
    const bool is_asked = !is_built_ || !(query == query_);
    const bool is_stale = connections_version_ != session.connections_version() ||
                          (version_ != session.version() && moves_with_traffic(query.sort));
    if (!is_asked && !is_stale) return is_behind_ = false;
    if (!is_asked) {
        const bool is_live_key = connections_version_ == session.connections_version();
        const bool is_small = session.connections().size() <= kFew && !is_live_key;
        if (!is_small && monotonic_ns - built_ns_ < kLeastIntervalNs) {
            is_behind_ = true;
            return false;
        }
    }
    rebuild(session, query, now_ns);
    is_built_ = true;
    is_behind_ = false;
    query_ = query;
    connections_version_ = session.connections_version();
    version_ = session.version();
    built_ns_ = monotonic_ns;
    return true;
}

void ConnectionOrder::rebuild(const session::Session& session,
                              const TableQuery& query,
                              std::int64_t now_ns) {
    std::string wanted = query.filter;
    std::transform(wanted.begin(), wanted.end(), wanted.begin(), lower);
    // Of thousands of connections most share an endpoint: its name is looked at once.
    std::unordered_map<std::uint64_t, bool> endpoint_fits;
    const auto fits = [&](const session::Connection& connection) {
        if (query.state == StateChoice::kOpen && !connection.is_open()) return false;
        if (query.state == StateChoice::kClosed && connection.is_open()) return false;
        if (wanted.empty()) return true;
        if (contains_folded(connection.peer_text, wanted) ||
            contains_folded(connection.local_text, wanted))
            return true;
        if (contains_folded(session::to_text(connection.state), wanted)) return true;
        const auto [known, is_new] =
            endpoint_fits.try_emplace(net::channel::number(connection.endpoint), false);
        if (is_new) {
            const session::Endpoint* endpoint = session.endpoint(connection.endpoint);
            known->second = endpoint != nullptr && contains_folded(endpoint->name, wanted);
        }
        if (known->second) return true;
        return !connection.is_open() &&
               contains_folded(session::reason_text(connection.reason, connection.code), wanted);
    };

    std::vector<Row> rows;
    rows.reserve(session.connections().size());
    for (const ConnectionId id : session.connections()) {
        const session::Connection* connection = session.connection(id);
        if (connection == nullptr || !fits(*connection)) continue;
        rows.push_back({numeric_key(*connection, query.sort, now_ns), connection});
    }

    // Stable, and in the other direction the equal ones still stand in the order of their opening.
    const auto sort_by = [&](const auto& is_before) {
        std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
            return query.is_descending ? is_before(b, a) : is_before(a, b);
        });
    };
    switch (query.sort) {
        case Column::kPeer:
            sort_by(
                [](const Row& a, const Row& b) { return a.connection->peer < b.connection->peer; });
            break;
        case Column::kLocal:
            sort_by([](const Row& a, const Row& b) {
                return a.connection->local < b.connection->local;
            });
            break;
        case Column::kEndpoint: {
            static const std::string kNoName;
            const auto name = [&](const Row& row) -> const std::string& {
                const session::Endpoint* endpoint = session.endpoint(row.connection->endpoint);
                return endpoint == nullptr ? kNoName : endpoint->name;
            };
            // By rank: the names are compared once for each endpoint, not for each pair of connections.
            std::vector<std::uint64_t> endpoints;
            std::unordered_map<std::uint64_t, const std::string*> names;
            for (const Row& row : rows) {
                const std::uint64_t id = net::channel::number(row.connection->endpoint);
                if (names.try_emplace(id, &name(row)).second) endpoints.push_back(id);
            }
            std::sort(endpoints.begin(), endpoints.end(), [&](std::uint64_t a, std::uint64_t b) {
                const int order = names[a]->compare(*names[b]);
                return order != 0 ? order < 0 : a < b;
            });
            std::unordered_map<std::uint64_t, std::uint64_t> rank;
            for (std::size_t i = 0; i < endpoints.size(); ++i)
                rank[endpoints[i]] = i;
            for (Row& row : rows)
                row.key = rank[net::channel::number(row.connection->endpoint)];
            sort_by([](const Row& a, const Row& b) { return a.key < b.key; });
            break;
        }
        default: sort_by([](const Row& a, const Row& b) { return a.key < b.key; });
    }

    ids_.clear();
    ids_.reserve(rows.size());
    for (const Row& row : rows)
        ids_.push_back(row.connection->id);
}

}  // namespace app::ui
