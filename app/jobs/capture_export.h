// Writes chosen connections of a capture in other formats: payload, hex dump, pcapng, CSV, JSON Lines.
//
// Reads the capture's files with its own net::capture::Reader, so live and saved captures, ours and others', are one path. Files are made as by
// capture_saving.h: hidden, synced, renamed at the end, 0600; a cancelled export leaves nothing.
//
// A gap (bytes that were not captured) is a line of its own in text, and is left out of raw bytes, which the result's remark says. pcapng takes whole connections: the
// two `wants_` count for the other formats only. What is copied there are the packets themselves with their interfaces and, of ours, the notes: times, comments and link
// layers are those of the source. Name resolution, statistics and TLS secrets are not copied: they may be about others.
//
// Text: hex dump rows carry the offset in the connection's stream of that direction, as in the window. CSV and JSON Lines have a field `missing`: 0 for a read, the number of missing
// bytes for a gap (its size is 0).
//
// Thread: as capture_saving.h.
#pragma once

#include "app/jobs/capture_saving.h"
#include "app/session/desk.h"
#include "net/channel/ids.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace app::jobs {

struct ExportRequest {
    std::vector<CapturePart> parts = {};
    std::vector<net::channel::ConnectionId> connections = {};  // empty: all
    bool wants_received = true;
    bool wants_sent = true;
    session::ExportFormat format{};
    session::ByteText byte_text{};
    std::string path = {};  // absolute
    bool may_overwrite = false;
};

class CaptureExport {
  public:
    // `files` and the parts in it are used here only.
    CaptureExport(const net::capture::FileTable& files,
                  ExportRequest request,
                  std::function<void()> wake_frame);
    ~CaptureExport();  // cancels and joins
    CaptureExport(const CaptureExport&) = delete;
    CaptureExport& operator=(const CaptureExport&) = delete;

    void cancel();
    [[nodiscard]] double progress() const;
    [[nodiscard]] std::optional<FileMade> take_result();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
