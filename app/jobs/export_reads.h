// The reads, sends and gaps of chosen connections, in order, each with its place in its connection's stream; their bytes in pieces.
//
// The files of a capture (a ring, a capture that was moved) are read one after the other: connections that go on keep their offsets, and what an earlier file holds is no gap
// where that file is read as well.
//
// Thread: one (a worker); blocks on the disk.
#pragma once

#include "app/jobs/capture_export.h"
#include "app/jobs/held_parts.h"
#include "app/jobs/worker.h"
#include "net/capture/file_window.h"
#include "net/channel/event.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace app::jobs {

struct ExportedRead {
    net::channel::ConnectionId connection{};
    net::channel::Direction direction{};
    std::int64_t time_ns = 0;
    std::uint64_t offset = 0;  // in the stream
    std::uint32_t size = 0;
    std::uint64_t missing = 0;  // more than 0: a gap of so many bytes, without any
    net::channel::GapCause cause{};
};

// What a format does with them. Nothing is kept after the call.
class ExportFormatter {
  public:
    ExportFormatter() = default;
    virtual ~ExportFormatter() = default;
    ExportFormatter(const ExportFormatter&) = delete;
    ExportFormatter& operator=(const ExportFormatter&) = delete;

    virtual void begin() {}
    virtual void opened(const net::channel::ConnectionOpened& /*opened*/) {}
    virtual void read_begins(const ExportedRead& /*read*/) {}
    // In order, at `offset` of the read; each but the last of kPieceBytes.
    virtual void piece(const ExportedRead& read,
                       std::span<const std::uint8_t> bytes,
                       std::uint32_t offset) = 0;
    virtual void read_ends(const ExportedRead& /*read*/) {}
    virtual void gap(const ExportedRead& gap) = 0;
    // errno of what was written so far; the export ends with it.
    [[nodiscard]] virtual int error() const = 0;

    static constexpr std::size_t kPieceBytes =
        std::size_t{192} * 1024;  // a multiple of 3 and of 16
};

// Which connections an export is about.
class Chosen {
  public:
    explicit Chosen(const std::vector<net::channel::ConnectionId>& connections);
    [[nodiscard]] bool operator()(net::channel::ConnectionId connection) const {
        return is_all_ || numbers_.contains(net::channel::number(connection));
    }

  private:
    bool is_all_;
    std::unordered_set<std::uint64_t> numbers_;
};

class ReadExport {
  public:
    ReadExport(HeldParts& held, const ExportRequest& request, ExportFormatter& formatter);

    // Nothing: all of it was told, or it was cancelled (control.should_stop()), or the formatter has an error.
    [[nodiscard]] std::optional<net::channel::Failure> run(JobControl& control);

    // Bytes that are missing in what was told, and in how many gaps.
    [[nodiscard]] std::uint64_t missing_bytes() const { return missing_bytes_; }
    [[nodiscard]] std::uint64_t gaps() const { return gaps_; }
    // A sentence where a file could not be read to its end; empty: all could.
    [[nodiscard]] const std::string& cut_short() const { return cut_short_; }

  private:
    struct Stream {
        std::array<std::uint64_t, 2> offset{};  // by Direction
        // Something of this direction was told in the file that is being read.
        std::array<bool, 2> has_moved{};
        std::uint32_t part = 0;
        bool is_known = false;
    };

    [[nodiscard]] std::optional<net::channel::Failure> run_part(const HeldPart& part,
                                                                std::uint64_t bytes_before,
                                                                JobControl& control);
    void take(const net::channel::ConnectionOpened& opened);
    void take(const net::channel::StreamGap& gap);
    [[nodiscard]] std::optional<net::channel::Failure> take(const net::channel::Recorded& recorded,
                                                            const HeldPart& part);
    [[nodiscard]] bool is_wanted(net::channel::Direction direction) const;
    [[nodiscard]] Stream& stream(net::channel::ConnectionId connection);

    HeldParts& held_;
    const ExportRequest& request_;
    ExportFormatter& formatter_;
    const Chosen is_chosen_;
    net::capture::FileWindow window_;
    std::unordered_map<std::uint64_t, Stream> streams_;
    std::uint32_t part_ = 0;  // from 1
    std::uint64_t missing_bytes_ = 0;
    std::uint64_t gaps_ = 0;
    std::string cut_short_;
};

}  // namespace app::jobs
