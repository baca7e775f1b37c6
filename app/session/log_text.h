// The sentences of the log, in one place, so that they read alike and the translation of a later day finds them.
//
// Thread: any; pure functions. Names come in printable (Endpoint::name is).
#pragma once

#include "app/session/facts.h"
#include "app/session/send_jobs.h"
#include "net/channel/event.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace app::session {

// 1234567 -> "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t value);
// "1,024 B".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
// "500 ms", "2 s", "2.5 s".
[[nodiscard]] std::string delay_text(std::int64_t delay_ns);

[[nodiscard]] std::string listening_text(const Endpoint& endpoint,
                                         const net::bytes::SocketAddress& local);
[[nodiscard]] std::string beyond_loopback_text(const Endpoint& endpoint,
                                               const net::bytes::SocketAddress& local);
[[nodiscard]] std::string connecting_text(const Endpoint& endpoint,
                                          const net::bytes::SocketAddress& peer,
                                          std::uint32_t attempt);
[[nodiscard]] std::string waiting_text(const Endpoint& endpoint,
                                       std::int64_t delay_ns,
                                       std::uint32_t next_attempt);
// "opened #12 from 127.0.0.1:51234", "opened #12 to 127.0.0.1:9000".
[[nodiscard]] std::string opened_text(const Connection& connection);
// "#12: 1,234 received bytes are missing here (not captured)"; of saved captures only.
[[nodiscard]] std::string gap_text(const net::channel::StreamGap& gap);
// "closed #12: reset by peer (received 1,024 B, sent 0 B)", with what was never sent where there is such.
[[nodiscard]] std::string closed_text(const Connection& connection);
[[nodiscard]] std::string paused_text(net::channel::PauseCause cause);
[[nodiscard]] std::string resumed_text(net::channel::PauseCause cause);
// Where the live capture goes from now on, and why.
[[nodiscard]] std::string capturing_text(const net::channel::CaptureOpened& event);
// "a note is not shown (on bytes that are not in this capture): TEXT".
[[nodiscard]] std::string note_lost_text(const net::channel::Note& note, std::string_view why);
[[nodiscard]] std::string too_many_notes_text();
// "3 notes on bytes of that file are gone with it".
[[nodiscard]] std::string notes_gone_text(std::size_t notes);
// "deleted from the capture: /x/a.pcapng (1,234 B)".
[[nodiscard]] std::string dropped_text(const CaptureFile& file);
// "the capture keeps everything while 268,435,456 B are free on the disk", "the capture keeps the newest 5 files of 10,485,760 B; ...".
[[nodiscard]] std::string bounds_text(const net::channel::CaptureBounds& bounds);
// "send /x/y.bin: done, 1,234 B sent": with what was skipped, and a file's checksum.
[[nodiscard]] std::string send_job_ended_text(const SendJobFact& job);
// "reply "hello" to #12 (5 hits)".
[[nodiscard]] std::string reply_text(std::string_view rule, const net::channel::ReplyHits& hits);
// "127.0.0.1:9000: more is to be answered than 10,000 times a second; 5 left out so far".
[[nodiscard]] std::string limited_text(const Endpoint& endpoint,
                                       std::uint32_t most_per_second,
                                       std::uint64_t left_out);
// "SIGINT", else "signal 5".
[[nodiscard]] std::string signal_text(std::int32_t signal);

}  // namespace app::session
