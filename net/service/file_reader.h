// Reads a file in pieces on a thread of its own: pread(2) waits as long as the disk or the network file system pleases, and the loop must not.
//
// A read that never comes back cannot be cancelled, so the thread shares nothing with this room but a mailbox that it keeps alive, and is left to itself at the end.
// Thread: network thread only.
#pragma once

#include "net/bytes/checksum.h"
#include "net/service/loop.h"
#include "net/service/send_queue.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace net::service {

class FileReader final : private PollHandler {
  public:
    struct Opened {
        int error = 0;        // an errno value
        std::string because;  // added to the sentence; may be empty
        std::uint64_t size = 0;
    };
    struct Piece {
        std::uint64_t offset = 0;
        int error = 0;          // an errno value; ENODATA: the file has become shorter
        std::uint64_t end = 0;  // where it ends now, for ENODATA
        SharedBytes bytes;
        // The CRC-32 of the file up to `crc_from` and up to the end of this piece, where the piece goes beyond all that were read before.
        bool has_crc = false;
        std::uint64_t crc_from = 0;
        bytes::ChecksumState crc_before{bytes::Checksum::kCrc32};
        std::uint32_t crc_after = 0;
    };

    FileReader(Loop& loop,
               std::function<void(const Opened&)> on_opened,
               std::function<void(Piece&&)> on_piece);
    ~FileReader();
    FileReader(const FileReader&) = delete;
    FileReader& operator=(const FileReader&) = delete;

    // 0, or an errno value and nothing runs. Regular files only; a pipe, a socket or a device is refused without being opened.
    [[nodiscard]] int start(const std::string& path);
    // In order; each is answered once.
    void read(std::uint64_t offset, std::size_t size);

  private:
    struct Mailbox;
    static void run(const std::shared_ptr<Mailbox>& mailbox, const std::string& path);
    void on_poll(int status, int events) override;

    Loop& loop_;
    const std::function<void(const Opened&)> on_opened_;
    const std::function<void(Piece&&)> on_piece_;
    std::shared_ptr<Mailbox> mailbox_;
    Poll poll_;
};

}  // namespace net::service
