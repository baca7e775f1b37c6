// The formats of an export that show payload: raw, hex dump, CSV, JSON Lines.
//
// Thread: one (a worker).
#pragma once

#include "app/jobs/export_output.h"
#include "app/jobs/export_reads.h"

#include <memory>

namespace app::jobs {

// Raw bytes go to `received` and `sent` by their direction (the same file, where only one is wanted); a gap is left out.
[[nodiscard]] std::unique_ptr<ExportFormatter> make_raw_format(ExportOutput& received,
                                                               ExportOutput& sent);
[[nodiscard]] std::unique_ptr<ExportFormatter> make_hex_dump_format(ExportOutput& output);
[[nodiscard]] std::unique_ptr<ExportFormatter> make_csv_format(ExportOutput& output,
                                                               session::ByteText byte_text);
[[nodiscard]] std::unique_ptr<ExportFormatter> make_json_lines_format(ExportOutput& output,
                                                                      session::ByteText byte_text);

}  // namespace app::jobs
