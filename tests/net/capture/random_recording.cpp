#include "tests/net/capture/random_recording.h"

#include <algorithm>
#include <cerrno>
#include <random>
#include <string>
#include <vector>

namespace tests {

using namespace net::channel;  // NOLINT(google-build-using-namespace)

namespace {

Event random_note(std::mt19937_64& random) {
    const auto time = next_time();
    const EndpointId endpoint{1 + random() % 3};
    switch (random() % 10) {
        case 0:
            return ServerListening{.endpoint = endpoint,
                                   .local = ipv6(static_cast<std::uint16_t>(random()), 9),
                                   .time_ns = time};
        case 1: return ClientResolving{.endpoint = endpoint, .time_ns = time};
        case 2:
            return ClientConnecting{.endpoint = endpoint,
                                    .peer = ipv4(static_cast<std::uint16_t>(random())),
                                    .attempt = static_cast<std::uint32_t>(random()),
                                    .time_ns = time};
        case 3:
            return ClientWaiting{.endpoint = endpoint,
                                 .next_attempt = 7,
                                 .delay_ns = 1'234'567'890,
                                 .time_ns = time};
        case 4: return EndpointStopped{.endpoint = endpoint, .time_ns = time};
        case 5: {
            Failure failure;
            failure.operation = static_cast<Operation>(random() % 9);
            failure.endpoint = endpoint;
            failure.connection = ConnectionId{random() % 2};
            failure.is_final = random() % 2 == 0;
            failure.time_ns = time;
            failure.code = random() % 2 == 0 ? "ECONNREFUSED" : "";
            failure.message = std::string(random() % 300, 'x') + "\n\"\xC3\xA4\xFF\"";
            return Failed{.failure = failure};
        }
        case 6:
            return ReadingPaused{.cause = static_cast<PauseCause>(random() % 2),
                                 .pauses = random(),
                                 .time_ns = time};
        case 7: {
            Note note;
            note.id = NoteId{1 + random() % 5};
            note.connection = ConnectionId{1 + random() % 4};
            note.stream_offset = random() % 1000;
            note.bytes = 1 + random();
            note.time_ns = time;
            note.text = std::string(random() % 300, 'n') + (random() % 2 == 0 ? "\xC3\xA4" : "");
            note.direction = random() % 2 == 0 ? Direction::kSent : Direction::kReceived;
            note.kind = static_cast<NoteKind>(random() % kNoteKinds);
            return NoteRecorded{.note = note};
        }
        case 8: return NoteRemoved{.note = NoteId{1 + random() % 5}, .time_ns = time};
        default:
            return ReadingResumed{.cause = static_cast<PauseCause>(random() % 2), .time_ns = time};
    }
}

struct Life {
    Flow* flow = nullptr;
    bool peer_ended = false;
    bool we_ended = false;
};

}  // namespace

void record_at_random(Recording& recording, std::uint64_t seed, int steps, std::size_t most_bytes) {
    std::mt19937_64 random(seed);
    recording.endpoint(1, EndpointKind::kServer, "127.0.0.1:9000");
    recording.endpoint(2, EndpointKind::kClient, "");
    recording.endpoint(3, EndpointKind::kServer, "*:80 \xC3\xA4 <b>");
    std::vector<Life> open;
    std::uint64_t id = 0;
    const auto size = [&] {
        switch (random() % 10) {
            case 0: return most_bytes;
            case 1: return std::size_t{1};
            case 2:
            case 3: return 1 + random() % most_bytes;
            default: return 1 + random() % std::min<std::size_t>(most_bytes, 200);
        }
    };
    for (int i = 0; i < steps; ++i) {
        const std::uint64_t what = random() % 100;
        if (open.empty() || what < 8) {
            const bool is_short = random() % 2 == 0;
            const auto port =
                static_cast<std::uint16_t>(40000 + random() % 5);  // so that pairs come back
            open.push_back(
                {.flow = &recording.open(++id, 1 + random() % 3, is_short ? ipv4(9000) : ipv6(9000),
                                         is_short ? ipv4(port) : ipv6(port), random() % 4 == 0)});
            continue;
        }
        const std::size_t which = random() % open.size();
        Life& life = open[which];
        if (what < 50) {
            if (!life.peer_ended) recording.receive(*life.flow, random_bytes(size(), random()));
        } else if (what < 85) {
            if (!life.we_ended) recording.send(*life.flow, random_bytes(size(), random()));
        } else if (what < 88) {
            if (!life.peer_ended) recording.peer_ends(*life.flow);
            life.peer_ended = true;
        } else if (what < 91) {
            if (!life.we_ended) recording.we_end(*life.flow);
            life.we_ended = true;
        } else if (what < 95) {
            const auto reason = static_cast<CloseReason>(random() % 5);
            recording.close(*life.flow, reason, reason == CloseReason::kError ? EPIPE : 0,
                            random() % 3);
            open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
        } else if (what < 98) {
            recording.note(random_note(random));
        } else {
            recording.flush();
        }
    }
}

}  // namespace tests
