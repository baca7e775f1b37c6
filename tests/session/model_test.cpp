// Random runs against an obvious model: a list of everything that happened, from which each fact is worked out anew by looking at all of it.
#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <variant>

#include "tests/session/fold.h"

namespace session_test {
namespace {

constexpr std::uint64_t kEndpoints = 5;  // and one more that is never added
constexpr std::uint64_t kConnectionIds = 30;

// Something that happened, or was asked for.
struct Step {
    std::variant<channel::Event, Intent> what;
};

class Model {
  public:
    std::vector<Step> steps;

    [[nodiscard]] std::uint64_t bytes(Direction direction, std::optional<std::uint64_t> of) const {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto* const read = event<channel::Recorded>(i);
            if (read == nullptr || read->direction != direction) continue;
            if (of && (number(read->connection) != *of || !is_listed_before(*of, i))) continue;
            sum += read->size;
        }
        return sum;
    }
    // Opened and not cleared, in the order of opening.
    [[nodiscard]] std::vector<ConnectionId> listed() const {
        std::vector<ConnectionId> ids;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (const auto* const opened = event<channel::ConnectionOpened>(i)) {
                if (std::find(ids.begin(), ids.end(), opened->connection) == ids.end()) {
                    ids.push_back(opened->connection);
                }
            }
            if (intent<app::session::ClearClosedIntent>(i) != nullptr) {
                std::erase_if(ids, [&](ConnectionId id) {
                    return state(number(id), i) == ConnectionState::kClosed;
                });
            }
        }
        return ids;
    }
    [[nodiscard]] bool is_listed_before(std::uint64_t id, std::size_t end) const {
        return state(id, end).has_value();
    }
    // Of a connection after the first `end` steps; nothing: not in the list.
    [[nodiscard]] std::optional<ConnectionState> state(std::uint64_t id, std::size_t end) const {
        std::optional<ConnectionState> state;
        for (std::size_t i = 0; i < end; ++i) {
            if (const auto* const opened = event<channel::ConnectionOpened>(i)) {
                if (number(opened->connection) == id && !state) state = ConnectionState::kOpen;
            }
            if (!state) continue;
            if (const auto* const ended = event<channel::PeerEnded>(i)) {
                if (number(ended->connection) == id && *state == ConnectionState::kOpen) {
                    state = ConnectionState::kPeerEnded;
                }
            }
            if (const auto* const close = intent<app::session::CloseIntent>(i)) {
                const auto& ids = close->connections;
                if (std::find(ids.begin(), ids.end(), ConnectionId{id}) != ids.end() &&
                    *state != ConnectionState::kClosed) {
                    state = ConnectionState::kClosing;
                }
            }
            if (const auto* const closed = event<channel::ConnectionClosed>(i)) {
                if (number(closed->connection) == id) state = ConnectionState::kClosed;
            }
            if (intent<app::session::ClearClosedIntent>(i) != nullptr &&
                *state == ConnectionState::kClosed) {
                state.reset();
            }
        }
        return state;
    }
    // Openings that counted: of an id that was not in the list.
    [[nodiscard]] std::uint64_t openings(std::optional<std::uint64_t> of_endpoint) const {
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto* const opened = event<channel::ConnectionOpened>(i);
            if (opened == nullptr || is_listed_before(number(opened->connection), i)) continue;
            if (!of_endpoint || number(opened->endpoint) == *of_endpoint) ++count;
        }
        return count;
    }
    [[nodiscard]] EndpointState endpoint_state(std::uint64_t id) const {
        EndpointState state = EndpointState::kStarting;
        bool has_failed = false;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const bool is_over =
                state == EndpointState::kStopped || state == EndpointState::kFailed;
            const bool is_deaf = is_over || state == EndpointState::kStopping;
            if (const auto* const e = event<channel::ServerListening>(i)) {
                if (number(e->endpoint) == id && !is_deaf) state = EndpointState::kListening;
            } else if (const auto* const r = event<channel::ClientResolving>(i)) {
                if (number(r->endpoint) == id && !is_deaf) state = EndpointState::kResolving;
            } else if (const auto* const w = event<channel::ClientWaiting>(i)) {
                if (number(w->endpoint) == id && !is_deaf) state = EndpointState::kWaiting;
            } else if (const auto* const f = event<channel::Failed>(i)) {
                if (number(f->failure.endpoint) == id && f->failure.is_final) has_failed = true;
            } else if (const auto* const s = event<channel::EndpointStopped>(i)) {
                if (number(s->endpoint) == id) {
                    state = has_failed ? EndpointState::kFailed : EndpointState::kStopped;
                }
            } else if (const auto* const stop = intent<app::session::StopEndpointIntent>(i)) {
                if (number(stop->endpoint) == id && !is_over) state = EndpointState::kStopping;
            }
        }
        return state;
    }

    template <typename T>
    [[nodiscard]] const T* event(std::size_t i) const {
        const auto* const e = std::get_if<channel::Event>(&steps[i].what);
        return e == nullptr ? nullptr : std::get_if<T>(e);
    }
    template <typename T>
    [[nodiscard]] const T* intent(std::size_t i) const {
        const auto* const e = std::get_if<Intent>(&steps[i].what);
        return e == nullptr ? nullptr : std::get_if<T>(e);
    }
};

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t n) { return engine_() % n; }

    Step step() {
        const EndpointId endpoint{1 + below(kEndpoints + 1)};
        const ConnectionId connection{1 + below(kConnectionIds)};
        switch (below(20)) {
            case 0:
            case 1:
            case 2:
                return {channel::Event{channel::ConnectionOpened{.connection = connection,
                                                                 .endpoint = endpoint,
                                                                 .local = loopback(9000),
                                                                 .peer = loopback(50000),
                                                                 .time_ns = kNow}}};
            case 3:
            case 4:
                return {channel::Event{channel::ConnectionClosed{.connection = connection,
                                                                 .reason = CloseReason::kClosedHere,
                                                                 .time_ns = kNow}}};
            case 5:
                return {
                    channel::Event{channel::PeerEnded{.connection = connection, .time_ns = kNow}}};
            case 6:
                return {channel::Event{
                    channel::ServerListening{.endpoint = endpoint, .local = loopback(1)}}};
            case 7: return {channel::Event{channel::ClientResolving{.endpoint = endpoint}}};
            case 8: return {channel::Event{channel::ClientWaiting{.endpoint = endpoint}}};
            case 9:
                if (below(3) != 0) return step();
                return {channel::Event{channel::EndpointStopped{.endpoint = endpoint}}};
            case 10:
                return {channel::Event{
                    channel::Failed{.failure = {.operation = channel::Operation::kListen,
                                                .endpoint = endpoint,
                                                .is_final = below(4) == 0,
                                                .code = "EWHY",
                                                .message = "no"}}}};
            case 11:
                return {Intent{app::session::CloseIntent{
                    .connections = {connection, ConnectionId{1 + below(kConnectionIds)}},
                    .how =
                        below(2) == 0 ? channel::CloseHow::kInOrder : channel::CloseHow::kAbort}}};
            case 12:
                if (below(4) != 0) return step();
                return {Intent{app::session::ClearClosedIntent{}}};
            case 13: return {Intent{app::session::StopEndpointIntent{endpoint}}};
            case 14:
                return {channel::Event{channel::ConnectionStats{
                    .connection = connection, .rtt_us = static_cast<std::uint32_t>(below(99))}}};
            default:
                return {channel::Event{channel::Recorded{
                    .connection = connection,
                    .time_ns = kNow,
                    .offset = 0,
                    .size = static_cast<std::uint32_t>(1 + below(1000)),
                    .file = FileId{1},
                    .direction = below(2) == 0 ? Direction::kReceived : Direction::kSent}}};
        }
    }

  private:
    std::mt19937_64 engine_;
};

void expect_equal(const Session& session, const Model& model) {
    ASSERT_EQ(session.connections(), model.listed());
    std::uint64_t open = 0;
    std::map<std::uint64_t, std::uint32_t> open_of_endpoint;
    for (const ConnectionId id : session.connections()) {
        const Connection* const connection = session.connection(id);
        ASSERT_NE(connection, nullptr);
        EXPECT_EQ(connection->state, model.state(number(id), model.steps.size()));
        if (connection->is_open()) {
            ++open;
            ++open_of_endpoint[number(connection->endpoint)];
        }
    }
    EXPECT_EQ(session.totals().open_connections, open);
    EXPECT_EQ(session.totals().connections, model.openings({}));
    EXPECT_EQ(session.totals().received, model.bytes(Direction::kReceived, {}));
    EXPECT_EQ(session.totals().sent, model.bytes(Direction::kSent, {}));
    for (std::uint64_t id = 1; id <= kEndpoints; ++id) {
        const Endpoint* const endpoint = session.endpoint(EndpointId{id});
        ASSERT_NE(endpoint, nullptr);
        EXPECT_EQ(endpoint->connections, model.openings(id));
        EXPECT_EQ(endpoint->open_connections, open_of_endpoint[id]);
        // The model knows the states of a server; a client's own are tested by name.
        EXPECT_EQ(endpoint->state, model.endpoint_state(id));
    }
}

TEST(Model, RandomRunsEqualTheObviousModel) {
    const bool is_long = std::getenv("WIRELOUPE_LONG") != nullptr;  // NOLINT(concurrency-mt-unsafe)
    const std::uint64_t runs = is_long ? 2000 : 100;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        Session session;
        Model model;
        for (std::uint64_t id = 1; id <= kEndpoints; ++id) {
            session.fold(
                channel::EndpointAdded{
                    .endpoint = EndpointId{id}, .kind = EndpointKind::kServer, .name = "server"},
                kNow);
        }
        std::uint64_t version = session.version();
        for (int i = 0; i < 300; ++i) {
            Step step = random.step();
            model.steps.push_back(step);
            if (auto* const event = std::get_if<channel::Event>(&step.what)) {
                session.fold(std::move(*event), kNow);
            } else {
                Intents intents;
                intents.push_back(std::move(std::get<Intent>(step.what)));
                session.apply(std::move(intents), kNow);
            }
            if (random.below(10) == 0) session.advance(i * kSecond);
            ASSERT_GE(session.version(), version);
            version = session.version();
            if (i % 50 == 49) {
                expect_equal(session, model);
                if (::testing::Test::HasFailure()) return;
            }
        }
        // Bytes of each connection: those that came while it was in its present life.
        for (const ConnectionId id : session.connections()) {
            std::uint64_t received = 0;
            for (std::size_t k = 0; k < model.steps.size(); ++k) {
                const auto* const opened = model.event<channel::ConnectionOpened>(k);
                if (opened != nullptr && opened->connection == id &&
                    !model.is_listed_before(number(id), k)) {
                    received = 0;
                }
                const auto* const read = model.event<channel::Recorded>(k);
                if (read != nullptr && read->connection == id &&
                    read->direction == Direction::kReceived &&
                    model.is_listed_before(number(id), k)) {
                    received += read->size;
                }
            }
            EXPECT_EQ(session.connection(id)->received, received);
        }
        if (::testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace session_test
