// The forms in which a person says what is to be sent by itself: repeats, generated traffic, a file, a split-point test.
//
// Thread: frame thread, within a frame; job_of() is pure.
#pragma once

#include "app/ui/composer.h"
#include "net/channel/sending.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace app::ui {

enum class SendJobKind : std::uint8_t { kRepeat, kGenerate, kFile, kSplit };

enum class TimeUnit : std::uint8_t { kMicroseconds, kMilliseconds, kSeconds, kMinutes, kHours };

struct SendJobForm {
    SendJobKind kind{};
    // Of kRepeat.
    std::string interval = "1";
    TimeUnit interval_unit = TimeUnit::kSeconds;
    std::string count{};  // empty: until stopped
    // Of kGenerate.
    std::string rate = "1000";  // empty: as fast as it goes
    bool counts_messages = false;
    std::string least_bytes = "64";
    std::string most_bytes = "64";
    net::channel::GeneratePattern pattern{};
    std::string seed = "1";
    std::string text = "The quick brown fox";
    std::string duration{};  // seconds; empty: until stopped
    // Of kFile.
    std::string path{};
    std::string limit_kib{};  // a second; empty: none
    bool wants_chooser = false;
    // Of kSplit.
    std::string sizes{};  // empty: every boundary
    std::string pause_ms = "10";
};

// By field.
struct SendJobErrors {
    std::string interval;
    std::string count;
    std::string rate;
    std::string least;
    std::string most;
    std::string seed;
    std::string text;
    std::string duration;
    std::string path;
    std::string limit;
    std::string sizes;
    std::string pause;
    std::string whole;  // of what stands in the send box

    // The first that there is; empty: none.
    [[nodiscard]] std::string_view any() const;
};

// `composer`: what stands in the send box, which repeats and split tests send. Nothing: a field is wrong.
[[nodiscard]] std::optional<net::channel::SendJobWhat> job_of(const SendJobForm& form,
                                                              const Composer& composer,
                                                              std::int64_t now_ns,
                                                              SendJobErrors& errors);

// Of the form of repeats alone. Nothing: a field is wrong.
struct RepeatTimes {
    std::int64_t interval_ns = 0;
    std::uint64_t count = 0;
};
[[nodiscard]] std::optional<RepeatTimes> repeat_times(const SendJobForm& form);

// Which of the forms.
void draw_send_job_kinds(SendJobForm& form);
void draw_send_job_form(SendJobForm& form, const Composer& composer, const SendJobErrors& errors);

}  // namespace app::ui
