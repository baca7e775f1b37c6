// The files of a capture, held by descriptors of a job's own: what the frame side releases or closes meanwhile can be read to the end.
//
// Thread: constructor on the frame thread (where files are released); the rest on the worker.
#pragma once

#include "app/jobs/capture_saving.h"
#include "net/capture/file_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::jobs {

struct HeldPart {
    net::channel::FileId file{};  // of HeldParts::files()
    int descriptor = -1;
    std::string path;
    std::uint64_t end_offset = 0;  // once measured: never 0 but for an empty file
    bool is_end_known = false;     // it was given: whole blocks up to there
};

class HeldParts {
  public:
    HeldParts(const net::capture::FileTable& files, const std::vector<CapturePart>& parts);

    // Where an end was not given, the file's end now. A failure: a part that is gone, or shorter than it should be. `attempt` begins its sentence, `goal` is its path.
    [[nodiscard]] std::optional<net::channel::Failure> measure(std::string_view attempt,
                                                               const std::string& goal);
    // `goal` is one of these files: it cannot be written from itself.
    [[nodiscard]] bool contains(const std::string& goal) const;

    [[nodiscard]] net::capture::FileTable& files() { return files_; }
    [[nodiscard]] const std::vector<HeldPart>& parts() const { return parts_; }
    [[nodiscard]] std::uint64_t total_bytes() const;

  private:
    net::capture::FileTable files_;
    std::vector<HeldPart> parts_;
    int error_ = 0;  // errno of the first that could not be held
    std::string error_path_;
};

// "the capture file /x was cut short by another program: 5 of 10 bytes are there".
[[nodiscard]] std::string cut_short_text(const std::string& path,
                                         std::uint64_t have,
                                         std::uint64_t wanted);

// "the capture file /x could be read up to byte 5 of 10 only: WHY".
[[nodiscard]] std::string read_short_text(const HeldPart& part,
                                          std::uint64_t have,
                                          const std::string& why);

}  // namespace app::jobs
