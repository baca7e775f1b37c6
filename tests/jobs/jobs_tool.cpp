// A job as a program, for tests from outside (strace, memory, other programs' opinion of what it makes):
//
//   jobs_tool save FROM TO [overwrite]
//   jobs_tool export FORMAT FROM TO [overwrite]      FORMAT: raw, hexdump, pcapng, csv, json, csv64, json64
//
// Exit status 0: done; 1: the failure's sentence is on standard error.
#include "app/jobs/capture_export.h"
#include "app/jobs/capture_saving.h"
#include "app/jobs/worker_signal.h"
#include "net/capture/pcapng_reader.h"

#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

namespace {

using app::jobs::CapturePart;
using app::jobs::FileMade;
using app::session::ByteText;
using app::session::ExportFormat;

template <typename Job>
int wait_for(Job& job, app::jobs::WorkerSignal& signal) {
    std::optional<FileMade> made;
    while (!(made = job.take_result()))
        signal.wait();
    if (made->failure) {
        std::fprintf(stderr, "%s\n", made->failure->message.c_str());
        return 1;
    }
    std::printf("%llu bytes\n", static_cast<unsigned long long>(made->bytes));
    return 0;
}

}  // namespace

int main(int count, char** words) {
    (void)std::signal(SIGXFSZ, SIG_IGN);
    const std::string what = count > 1 ? words[1] : "";
    const int first = what == "export" ? 3 : 2;
    if (count < first + 2 || (what != "save" && what != "export")) {
        std::fputs("usage: jobs_tool save|export ...\n", stderr);
        return 2;
    }
    const bool may_overwrite =
        count > first + 2 && std::string_view(words[first + 2]) == "overwrite";
    net::capture::FileTable files;
    int error = 0;
    const CapturePart part{.file = net::capture::open_capture(files, words[first], error)};
    if (error != 0) {
        std::fprintf(stderr, "%s: errno %d\n", words[first], error);
        return 2;
    }
    app::jobs::WorkerSignal signal;
    const auto wake = [&] { signal.post(); };
    if (what == "save") {
        app::jobs::CaptureSaving job(
            files, {.parts = {part}, .path = words[first + 1], .may_overwrite = may_overwrite},
            wake);
        return wait_for(job, signal);
    }
    struct Choice {
        ExportFormat format;
        ByteText byte_text;
    };
    const std::map<std::string, Choice> formats = {
        {"raw", {ExportFormat::kRaw, ByteText::kHex}},
        {"hexdump", {ExportFormat::kHexDump, ByteText::kHex}},
        {"pcapng", {ExportFormat::kPcapng, ByteText::kHex}},
        {"csv", {ExportFormat::kCsv, ByteText::kHex}},
        {"csv64", {ExportFormat::kCsv, ByteText::kBase64}},
        {"json", {ExportFormat::kJsonLines, ByteText::kHex}},
        {"json64", {ExportFormat::kJsonLines, ByteText::kBase64}}};
    const auto found = formats.find(words[2]);
    if (found == formats.end()) return 2;
    app::jobs::CaptureExport job(files,
                                 {.parts = {part},
                                  .format = found->second.format,
                                  .byte_text = found->second.byte_text,
                                  .path = words[first + 1],
                                  .may_overwrite = may_overwrite},
                                 wake);
    return wait_for(job, signal);
}
