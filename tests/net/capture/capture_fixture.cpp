#include "tests/net/capture/capture_fixture.h"

#include "net/bytes/address.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tests {

using namespace net::channel;  // NOLINT(google-build-using-namespace)
using net::capture::Stored;

TemporaryDirectory::TemporaryDirectory()
    : TemporaryDirectory(std::filesystem::temp_directory_path()) {}

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& parent) {
    for (const auto& folder : {parent, std::filesystem::temp_directory_path()}) {
        std::string name = (folder / "wireloupe-capture-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) continue;
        path_ = name;
        return;
    }
    throw std::runtime_error("mkdtemp: " + parent.string());
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::path(std::string_view name) const {
    return (path_ / name).string();
}

Bytes read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

void write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
}

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
    Bytes bytes(size);
    std::uint64_t state = seed * 0x9E3779B97F4A7C15ULL + 1;
    for (std::size_t i = 0; i < size; ++i) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        bytes[i] = static_cast<std::uint8_t>(state >> 32U);
    }
    return bytes;
}

std::int64_t next_time() {
    static std::atomic<std::int64_t> time{1769903999'123456789LL};
    return time += 1'234'567;
}

net::bytes::SocketAddress ipv4(std::uint16_t port, std::uint8_t last) {
    net::bytes::SocketAddress address;
    address.family = net::bytes::Family::kIpv4;
    address.ip = {127, 0, 0, last};
    address.port = port;
    return address;
}

net::bytes::SocketAddress ipv6(std::uint16_t port, std::uint8_t last) {
    net::bytes::SocketAddress address;
    address.family = net::bytes::Family::kIpv6;
    address.ip = {0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last};
    address.scope_id = 7;
    address.port = port;
    return address;
}

// ---- Recording -----------------------------------------------------------------------------------

Recording::Recording(net::capture::WriterConfig config) {
    int error = 0;
    std::string path_tried;
    writer_ = net::capture::Writer::open(std::move(config), error, path_tried);
    if (!writer_) throw std::runtime_error("open " + path_tried + ": " + std::strerror(error));
}

Recording Recording::at(net::capture::FileTable& files, const std::string& path) {
    net::capture::WriterConfig config;
    config.files = &files;
    config.path = path;
    config.bounds.least_free_bytes = 0;
    return Recording{std::move(config)};
}

void Recording::endpoint(std::uint64_t id, EndpointKind kind, std::string name) {
    writer_->add_endpoint(EndpointId{id}, kind, name);
    endpoints_.emplace_back(id, kind);
    events_.emplace_back(
        EndpointAdded{.endpoint = EndpointId{id}, .kind = kind, .name = std::move(name)});
}

Flow& Recording::open(std::uint64_t id,
                      std::uint64_t endpoint_id,
                      net::bytes::SocketAddress local,
                      net::bytes::SocketAddress peer,
                      bool is_second_side) {
    const auto endpoint =
        std::find_if(endpoints_.begin(), endpoints_.end(),
                     [&](const auto& known) { return known.first == endpoint_id; });
    auto& flow = *flows_.emplace_back(std::make_unique<Flow>());
    flow.connection = ConnectionId{id};
    flow.endpoint = EndpointId{endpoint_id};
    flow.was_opened_here =
        endpoint != endpoints_.end() && endpoint->second == EndpointKind::kClient;
    flow.local = local;
    flow.peer = peer;
    flow.is_second_side = is_second_side;
    const std::int64_t time = next_time();
    writer_->opened(flow, time);
    events_.emplace_back(ConnectionOpened{.connection = flow.connection,
                                          .endpoint = flow.endpoint,
                                          .local = local,
                                          .peer = peer,
                                          .time_ns = time});
    return flow;
}

namespace {

Recorded to_event(const Flow& flow, const Stored& stored, Direction direction, std::int64_t time) {
    return Recorded{.connection = flow.connection,
                    .time_ns = time,
                    .offset = stored.offset,
                    .size = stored.size,
                    .file = stored.file,
                    .direction = direction};
}

}  // namespace

void Recording::receive(Flow& flow, std::span<const std::uint8_t> bytes) {
    auto room = writer_->reserve(flow, bytes.size());
    if (room.empty()) {
        flush();
        room = writer_->reserve(flow, bytes.size());
    }
    ASSERT_EQ(room.size(), bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
    const std::int64_t time = next_time();
    events_.emplace_back(
        to_event(flow, writer_->commit(flow, bytes.size(), time), Direction::kReceived, time));
    received += bytes.size();
}

void Recording::send(Flow& flow, std::span<const std::uint8_t> bytes) {
    const std::int64_t time = next_time();
    events_.emplace_back(
        to_event(flow, writer_->record_sent(flow, bytes, time), Direction::kSent, time));
    sent += bytes.size();
    if (writer_->is_full()) flush();
}

void Recording::peer_ends(Flow& flow) {
    const std::int64_t time = next_time();
    writer_->ended(flow, Direction::kReceived, time);
    events_.emplace_back(PeerEnded{.connection = flow.connection, .time_ns = time});
}

void Recording::we_end(Flow& flow) {
    writer_->ended(flow, Direction::kSent, next_time());
}

void Recording::close(Flow& flow, CloseReason reason, std::int32_t code, std::uint64_t not_sent) {
    const ConnectionClosed how{.connection = flow.connection,
                               .reason = reason,
                               .code = code,
                               .time_ns = next_time(),
                               .received = flow.received,
                               .sent = flow.sent,
                               .not_sent = not_sent};
    writer_->closed(flow, how);
    events_.emplace_back(how);
}

void Recording::note(const Event& event) {
    writer_->note(event);
    events_.push_back(event);
}

void Recording::flush() {
    const int error = writer_->flush().error;
    ASSERT_EQ(error, 0) << std::strerror(error);
    flushed_events_ = events_.size();
}

net::capture::Continuation Recording::continue_in(const net::capture::NextFile& next) {
    const net::capture::Continuation how = writer_->continue_in(next);
    if (how.error != 0) return how;
    for (std::size_t i = flushed_events_; i < events_.size(); ++i) {
        auto* recorded = std::get_if<Recorded>(&events_[i]);
        if (recorded == nullptr) continue;
        recorded->file = writer_->file();
        recorded->offset += how.shift;
    }
    flushed_events_ = events_.size();
    return how;
}

void Recording::finish() {
    flush();
    writer_.reset();
}

// ---- reading ----------------------------------------------------------------------------------------

ReadBack read_back(net::capture::FileTable& files, const std::string& path) {
    ReadBack read;
    int error = 0;
    read.file = net::capture::open_capture(files, path, error);
    EXPECT_NE(read.file, FileId::kNone) << path << ": " << std::strerror(error);
    if (read.file == FileId::kNone) return read;
    std::string message;
    const auto reader = net::capture::Reader::open(files, read.file, message);
    EXPECT_NE(reader, nullptr) << path << ": " << message;
    if (reader == nullptr) return read;
    Event event;
    while (reader->next(event))
        read.events.push_back(std::move(event));
    read.counts = reader->counts();
    return read;
}

std::vector<Event> facts(const ReadBack& read, FileId file) {
    std::vector<Event> events;
    for (const Event& event : read.events) {
        if (std::holds_alternative<CaptureOpened>(event) ||
            std::holds_alternative<LedgerMark>(event) ||
            std::holds_alternative<ServiceStopped>(event)) {
            continue;
        }
        events.push_back(event);
        if (auto* recorded = std::get_if<Recorded>(&events.back())) recorded->file = file;
    }
    return events;
}

namespace {

struct Line {
    std::ostringstream out;

    void operator()(const Recorded& e) {
        out << "recorded " << number(e.connection)
            << (e.direction == Direction::kSent ? " sent " : " received ") << e.size << " at "
            << number(e.file) << ':' << e.offset << ' ' << e.time_ns;
    }
    void operator()(const EndpointAdded& e) {
        out << "endpoint " << number(e.endpoint)
            << (e.kind == EndpointKind::kClient ? " client " : " server ") << e.name;
    }
    void operator()(const ServerListening& e) {
        out << "listening " << number(e.endpoint) << ' ' << to_text(e.local) << ' ' << e.time_ns;
    }
    void operator()(const ClientResolving& e) {
        out << "resolving " << number(e.endpoint) << ' ' << e.time_ns;
    }
    void operator()(const ClientConnecting& e) {
        out << "connecting " << number(e.endpoint) << ' ' << to_text(e.peer) << " attempt "
            << e.attempt << ' ' << e.time_ns;
    }
    void operator()(const ClientWaiting& e) {
        out << "waiting " << number(e.endpoint) << ' ' << e.next_attempt << ' ' << e.delay_ns << ' '
            << e.time_ns;
    }
    void operator()(const EndpointStopped& e) {
        out << "stopped " << number(e.endpoint) << ' ' << e.time_ns;
    }
    void operator()(const ConnectionOpened& e) {
        out << "opened " << number(e.connection) << " of " << number(e.endpoint) << ' '
            << to_text(e.local) << ' ' << to_text(e.peer) << ' ' << e.time_ns;
    }
    void operator()(const PeerEnded& e) {
        out << "peer ended " << number(e.connection) << ' ' << e.time_ns;
    }
    void operator()(const ConnectionClosed& e) {
        out << "closed " << number(e.connection) << " reason "
            << int{static_cast<std::uint8_t>(e.reason)} << " code " << e.code << ' ' << e.received
            << '/' << e.sent << '/' << e.not_sent << ' ' << e.time_ns;
    }
    void operator()(const ConnectionStats& e) { out << "stats " << number(e.connection); }
    void operator()(const Failed& e) {
        const Failure& f = e.failure;
        out << "failed " << to_text(f.operation) << ' ' << number(f.endpoint) << ' '
            << number(f.connection) << (f.is_final ? " final " : " not final ") << f.time_ns << ' '
            << f.code << ' ' << f.message;
    }
    void operator()(const ReadingPaused& e) {
        out << "paused " << int{static_cast<std::uint8_t>(e.cause)} << ' ' << e.pauses << ' '
            << e.time_ns;
    }
    void operator()(const ReadingResumed& e) {
        out << "resumed " << int{static_cast<std::uint8_t>(e.cause)} << ' ' << e.time_ns;
    }
    void operator()(const CaptureOpened& e) {
        out << "capture " << e.path << (e.is_live ? " live" : " saved");
    }
    void operator()(const net::channel::SendJobProgress& e) {
        out << "job " << number(e.job) << " state " << static_cast<int>(e.state);
    }
    void operator()(const LedgerMark& e) {
        out << "ledger " << e.received << ' ' << e.sent << ' ' << e.reads << ' ' << e.end_offset;
    }
    void operator()(const net::channel::StreamGap& e) {
        out << "gap " << number(e.connection)
            << (e.direction == Direction::kSent ? " sent " : " received ") << e.bytes << ' '
            << static_cast<int>(e.cause);
    }
    void operator()(const net::channel::CaptureFileDropped& e) {
        out << "dropped " << number(e.file);
    }
    void operator()(const net::channel::NoteRecorded& e) {
        const net::channel::Note& n = e.note;
        out << "note " << number(n.id) << " on " << number(n.connection)
            << (n.direction == Direction::kSent ? " sent " : " received ") << n.stream_offset << '+'
            << n.bytes << " kind " << int{static_cast<std::uint8_t>(n.kind)} << ' ' << n.time_ns
            << ' ' << n.text << (e.is_on_last_read ? " (on the last read)" : "");
    }
    void operator()(const net::channel::NoteRemoved& e) {
        out << "note " << number(e.note) << " removed " << e.time_ns;
    }
    void operator()(const net::channel::RepliesChanged& e) {
        out << "replies changed " << number(e.endpoint);
    }
    void operator()(const net::channel::ReplyHits& e) {
        out << "rule " << e.rule << " hits " << e.hits;
    }
    void operator()(const net::channel::RepliesLimited& e) {
        out << "replies left out " << e.left_out;
    }
    void operator()(const SignalReceived& e) { out << "signal " << e.signal; }
    void operator()(const ServiceStopped& e) {
        out << "service stopped " << e.connections << ' ' << e.read_pauses << ' ' << e.time_ns;
    }
};

}  // namespace

std::string to_line(const Event& event) {
    Line line;
    std::visit(line, event);
    return line.out.str();
}

std::vector<std::string> to_lines(const std::vector<Event>& events) {
    std::vector<std::string> lines;
    lines.reserve(events.size());
    for (const Event& event : events)
        lines.push_back(to_line(event));
    return lines;
}

Bytes payload(const net::capture::FileTable& files,
              const std::vector<Event>& events,
              std::uint64_t connection,
              Direction direction) {
    Bytes all;
    for (const Event& event : events) {
        const auto* recorded = std::get_if<Recorded>(&event);
        if (recorded == nullptr || number(recorded->connection) != connection ||
            recorded->direction != direction) {
            continue;
        }
        const std::size_t before = all.size();
        all.resize(before + recorded->size);
        const auto read =
            files.read(recorded->file, recorded->offset, std::span{all}.subspan(before));
        EXPECT_EQ(read, static_cast<std::int64_t>(recorded->size));
    }
    return all;
}

// ---- other programs -----------------------------------------------------------------------------------

Output run(const std::vector<std::string>& arguments) {
    int out[2] = {-1, -1};
    int err[2] = {-1, -1};
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
        throw std::runtime_error("pipe2");
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);

    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(out[1], STDOUT_FILENO);
        ::dup2(err[1], STDERR_FILENO);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    ::close(out[1]);
    ::close(err[1]);
    Output output;
    const auto drain = [](int fd, std::string& text) {
        char buffer[65536];
        for (;;) {
            const ssize_t n = ::read(fd, buffer, sizeof buffer);
            if (n > 0) {
                text.append(buffer, static_cast<std::size_t>(n));
            } else if (n == 0 || errno != EINTR) {
                break;
            }
        }
        ::close(fd);
    };
    std::thread errors(drain, err[0], std::ref(output.errors));
    drain(out[0], output.text);
    errors.join();
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    output.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return output;
}

bool is_installed(std::string_view program) {
    std::istringstream path(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
    for (std::string folder; std::getline(path, folder, ':');) {
        if (::access((folder + '/' + std::string{program}).c_str(), X_OK) == 0) return true;
    }
    return false;
}

Followed follow(const std::string& path, unsigned stream) {
    const Output output =
        run({"tshark", "-n", "-r", path, "-q", "-z", "follow,tcp,raw," + std::to_string(stream)});
    EXPECT_EQ(output.status, 0) << output.errors;
    Followed followed;
    followed.errors = output.errors;
    // A head of six lines that ends with the nodes, then hex lines: those of node 1 (the server) are indented by a tab; then a line of '='.
    std::istringstream lines(output.text);
    bool is_data = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("Node 1:")) {
            is_data = true;
            continue;
        }
        if (!is_data) continue;
        if (line.starts_with("=")) break;
        Bytes& side = line.starts_with("\t") ? followed.server : followed.client;
        const auto digit = [](char c) {
            return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
        };
        for (std::size_t i = line.starts_with("\t") ? 1 : 0; i + 1 < line.size(); i += 2) {
            side.push_back(static_cast<std::uint8_t>((digit(line[i]) << 4U) | digit(line[i + 1])));
        }
    }
    return followed;
}

std::string analysis_flags(const std::string& path) {
    // Port reuse is no fault: two lives of one address pair are told apart, and Wireshark says that it did so.
    const Output output =
        run({"tshark", "-n", "-r", path, "-Y", "tcp.analysis.flags && !tcp.analysis.reused_ports",
             "-T", "fields", "-e", "frame.number", "-e", "tcp.stream", "-e", "_ws.expert.message"});
    EXPECT_EQ(output.status, 0) << output.errors;
    return output.text;
}

}  // namespace tests
