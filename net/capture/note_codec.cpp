#include "net/capture/note_codec.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

// Stands in the file: never renumber.
enum class NoteCode : std::uint16_t {
    kServerListening = 1,
    kClientResolving = 2,
    kClientConnecting = 3,
    kClientWaiting = 4,
    kEndpointStopped = 5,
    kFailed = 6,
    kReadingPaused = 7,
    kReadingResumed = 8,
    kConnectionContinues = kNoteConnectionContinues,  // ContinuedConnection, which is no event
    kRunEnded = kNoteRunEnded,                        // ServiceStopped
    kNoteRecorded = kNoteOnBytes,
    kNoteRemoved = kNoteOnBytesRemoved,
    kRunGoesOn = kNoteRunGoesOn,  // no event
};

// The same list of fields for both ways: each event is written down once, in fields().
class Encoder {
  public:
    explicit Encoder(std::vector<std::uint8_t>& out) : out_(out) {}

    template <typename T>
    void field(const T& value) {
        if constexpr (std::is_same_v<T, std::string>) {
            const std::string_view text = std::string_view{value}.substr(0, kMostNoteTextBytes);
            field(static_cast<std::uint32_t>(text.size()));
            out_.insert(out_.end(), text.begin(), text.end());
        } else if constexpr (std::is_same_v<T, bytes::SocketAddress>) {
            field(value.family);
            out_.insert(out_.end(), value.ip.begin(), value.ip.end());
            field(value.scope_id);
            field(value.port);
        } else {
            static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
            std::uint8_t raw[sizeof(T)];
            std::memcpy(raw, &value, sizeof(T));
            out_.insert(out_.end(), raw, raw + sizeof(T));
        }
    }

  private:
    std::vector<std::uint8_t>& out_;
};

class Decoder {
  public:
    Decoder(std::span<const std::uint8_t> in, bool is_swapped) : in_(in), is_swapped_(is_swapped) {}

    [[nodiscard]] bool is_good() const { return is_good_; }

    template <typename T>
    void field(T& value) {
        if constexpr (std::is_same_v<T, std::string>) {
            std::uint32_t size = 0;
            field(size);
            const std::span<const std::uint8_t> text = take(size);
            value.assign(text.begin(), text.end());
        } else if constexpr (std::is_same_v<T, bytes::SocketAddress>) {
            field(value.family);
            if (value.family > bytes::Family::kIpv6) is_good_ = false;
            const std::span<const std::uint8_t> ip = take(value.ip.size());
            std::copy(ip.begin(), ip.end(), value.ip.begin());
            field(value.scope_id);
            field(value.port);
        } else if constexpr (std::is_same_v<T, bool>) {
            std::uint8_t number = 0;
            field(number);
            value = number != 0;
        } else {
            const std::span<const std::uint8_t> raw = take(sizeof(T));
            if (raw.empty()) return;
            if constexpr (sizeof(T) == 1) {
                value = static_cast<T>(raw[0]);
            } else if constexpr (sizeof(T) == 2) {
                value = static_cast<T>(load16(raw.data(), is_swapped_));
            } else if constexpr (sizeof(T) == 4) {
                value = static_cast<T>(load32(raw.data(), is_swapped_));
            } else {
                static_assert(sizeof(T) == 8);
                value = static_cast<T>(load64(raw.data(), is_swapped_));
            }
        }
    }

  private:
    // Empty, and no longer good, when fewer are left.
    std::span<const std::uint8_t> take(std::size_t size) {
        if (size > in_.size()) is_good_ = false;
        if (!is_good_) return {};
        const auto taken = in_.first(size);
        in_ = in_.subspan(size);
        return taken;
    }

    std::span<const std::uint8_t> in_;
    bool is_swapped_ = false;
    bool is_good_ = true;
};

// One line of fields for each event, in the order in which they stand in the file.
template <typename Codec, typename E>
void fields(Codec& codec, E& event) {
    using T = std::remove_const_t<E>;
    if constexpr (std::is_same_v<T, channel::ServerListening>) {
        codec.field(event.time_ns), codec.field(event.endpoint), codec.field(event.local);
    } else if constexpr (std::is_same_v<T, channel::ClientResolving> ||
                         std::is_same_v<T, channel::EndpointStopped>) {
        codec.field(event.time_ns), codec.field(event.endpoint);
    } else if constexpr (std::is_same_v<T, channel::ClientConnecting>) {
        codec.field(event.time_ns), codec.field(event.endpoint), codec.field(event.peer);
        codec.field(event.attempt);
    } else if constexpr (std::is_same_v<T, channel::ClientWaiting>) {
        codec.field(event.time_ns), codec.field(event.endpoint), codec.field(event.next_attempt);
        codec.field(event.delay_ns);
    } else if constexpr (std::is_same_v<T, channel::Failed>) {
        auto& failure = event.failure;
        codec.field(failure.time_ns), codec.field(failure.operation), codec.field(failure.endpoint);
        codec.field(failure.connection), codec.field(failure.is_final), codec.field(failure.code);
        codec.field(failure.message);
    } else if constexpr (std::is_same_v<T, channel::ReadingPaused>) {
        codec.field(event.time_ns), codec.field(event.cause), codec.field(event.pauses);
    } else if constexpr (std::is_same_v<T, channel::ServiceStopped>) {
        codec.field(event.time_ns), codec.field(event.connections), codec.field(event.read_pauses);
        codec.field(event.datagrams_dropped), codec.field(event.loop_close_result);
    } else if constexpr (std::is_same_v<T, ContinuedConnection>) {
        codec.field(event.connection), codec.field(event.received), codec.field(event.sent);
        codec.field(event.endpoint), codec.field(event.has_peer_ended);
        codec.field(event.has_ended_here), codec.field(event.was_opened_here);
        codec.field(event.is_second_side), codec.field(event.opened_ns);
        codec.field(event.local), codec.field(event.peer);
    } else if constexpr (std::is_same_v<T, channel::NoteRecorded>) {
        auto& note = event.note;
        codec.field(note.id), codec.field(note.time_ns), codec.field(note.connection);
        codec.field(note.direction), codec.field(note.stream_offset), codec.field(note.bytes);
        codec.field(note.kind), codec.field(note.text);
    } else if constexpr (std::is_same_v<T, channel::NoteRemoved>) {
        codec.field(event.note), codec.field(event.time_ns);
    } else {
        static_assert(std::is_same_v<T, channel::ReadingResumed>);
        codec.field(event.time_ns), codec.field(event.cause);
    }
}

template <typename E>
constexpr NoteCode kCodeOf = NoteCode{0};
template <>
constexpr NoteCode kCodeOf<channel::ServerListening> = NoteCode::kServerListening;
template <>
constexpr NoteCode kCodeOf<channel::ClientResolving> = NoteCode::kClientResolving;
template <>
constexpr NoteCode kCodeOf<channel::ClientConnecting> = NoteCode::kClientConnecting;
template <>
constexpr NoteCode kCodeOf<channel::ClientWaiting> = NoteCode::kClientWaiting;
template <>
constexpr NoteCode kCodeOf<channel::EndpointStopped> = NoteCode::kEndpointStopped;
template <>
constexpr NoteCode kCodeOf<channel::Failed> = NoteCode::kFailed;
template <>
constexpr NoteCode kCodeOf<channel::ReadingPaused> = NoteCode::kReadingPaused;
template <>
constexpr NoteCode kCodeOf<channel::ReadingResumed> = NoteCode::kReadingResumed;
template <>
constexpr NoteCode kCodeOf<channel::NoteRecorded> = NoteCode::kNoteRecorded;
template <>
constexpr NoteCode kCodeOf<channel::NoteRemoved> = NoteCode::kNoteRemoved;

// Of a later version: shown as a plain one.
channel::NoteKind known_kind(channel::NoteKind kind) {
    return static_cast<std::size_t>(kind) < channel::kNoteKinds ? kind : channel::NoteKind::kMark;
}

template <typename E>
std::optional<channel::Event> decode_as(Decoder& decoder) {
    E event;
    fields(decoder, event);
    if constexpr (std::is_same_v<E, channel::Failed>) {
        if (event.failure.operation > channel::Operation::kReply) return std::nullopt;
    } else if constexpr (std::is_same_v<E, channel::ReadingPaused> ||
                         std::is_same_v<E, channel::ReadingResumed>) {
        if (event.cause > channel::PauseCause::kStorage) return std::nullopt;
    } else if constexpr (std::is_same_v<E, channel::NoteRecorded>) {
        channel::Note& note = event.note;
        if (note.id == channel::NoteId::kNone || note.bytes == 0 ||
            note.direction > channel::Direction::kSent)
            return std::nullopt;
        note.kind = known_kind(note.kind);
        note.text = channel::note_text(note.text);
    }
    if (!decoder.is_good()) return std::nullopt;
    return channel::Event{std::move(event)};
}

template <typename E>
void encode(NoteCode code, const E& fact, std::vector<std::uint8_t>& body) {
    Encoder encoder{body};
    encoder.field(kNoteMagic);
    encoder.field(code);
    fields(encoder, fact);
}

// The code of a note of ours; nothing where it is none.
std::optional<NoteCode> decode_code(Decoder& decoder) {
    std::uint32_t magic = 0;
    NoteCode code{};
    decoder.field(magic);
    decoder.field(code);
    if (!decoder.is_good() || magic != kNoteMagic) return std::nullopt;
    return code;
}

}  // namespace

void encode_continued(const ContinuedConnection& connection, std::vector<std::uint8_t>& body) {
    encode(NoteCode::kConnectionContinues, connection, body);
}

std::optional<ContinuedConnection> decode_continued(std::span<const std::uint8_t> body,
                                                    bool is_swapped) {
    Decoder decoder{body, is_swapped};
    if (decode_code(decoder) != NoteCode::kConnectionContinues) return std::nullopt;
    ContinuedConnection connection;
    fields(decoder, connection);
    if (!decoder.is_good() || connection.connection == channel::ConnectionId::kNone)
        return std::nullopt;
    return connection;
}

void encode_run_ended(const channel::ServiceStopped& event, std::vector<std::uint8_t>& body) {
    encode(NoteCode::kRunEnded, event, body);
}

void encode_run_goes_on(std::vector<std::uint8_t>& body) {
    Encoder encoder{body};
    encoder.field(kNoteMagic);
    encoder.field(NoteCode::kRunGoesOn);
}

bool is_run_goes_on(std::span<const std::uint8_t> body, bool is_swapped) {
    Decoder decoder{body, is_swapped};
    return decode_code(decoder) == NoteCode::kRunGoesOn;
}

bool encode_note(const channel::Event& event, std::vector<std::uint8_t>& body) {
    return std::visit(
        [&body](const auto& fact) {
            using E = std::decay_t<decltype(fact)>;
            if constexpr (kCodeOf<E> == NoteCode{0}) {
                return false;
            } else {
                encode(kCodeOf<E>, fact, body);
                return true;
            }
        },
        event);
}

std::optional<channel::Event> decode_note(std::span<const std::uint8_t> body, bool is_swapped) {
    Decoder decoder{body, is_swapped};
    const std::optional<NoteCode> code = decode_code(decoder);
    if (!code) return std::nullopt;
    switch (*code) {
        case NoteCode::kServerListening: return decode_as<channel::ServerListening>(decoder);
        case NoteCode::kClientResolving: return decode_as<channel::ClientResolving>(decoder);
        case NoteCode::kClientConnecting: return decode_as<channel::ClientConnecting>(decoder);
        case NoteCode::kClientWaiting: return decode_as<channel::ClientWaiting>(decoder);
        case NoteCode::kEndpointStopped: return decode_as<channel::EndpointStopped>(decoder);
        case NoteCode::kFailed: return decode_as<channel::Failed>(decoder);
        case NoteCode::kReadingPaused: return decode_as<channel::ReadingPaused>(decoder);
        case NoteCode::kReadingResumed: return decode_as<channel::ReadingResumed>(decoder);
        case NoteCode::kConnectionContinues: return std::nullopt;  // decode_continued()
        case NoteCode::kRunGoesOn: return std::nullopt;            // is_run_goes_on()
        case NoteCode::kRunEnded: return decode_as<channel::ServiceStopped>(decoder);
        case NoteCode::kNoteRecorded: return decode_as<channel::NoteRecorded>(decoder);
        case NoteCode::kNoteRemoved: return decode_as<channel::NoteRemoved>(decoder);
    }
    return std::nullopt;
}

}  // namespace net::capture
