#include "net/capture/packet_notes.h"

#include <algorithm>
#include <utility>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

using channel::NoteKind;

// Where each field of kOptionNote begins.
constexpr std::size_t kIdAt = 4;
constexpr std::size_t kTimeAt = 12;
constexpr std::size_t kBeginAt = 20;
constexpr std::size_t kBytesAt = 24;
constexpr std::size_t kTextBytesAt = 32;
constexpr std::size_t kKindAt = 34;

constexpr std::uint16_t ordered(std::uint16_t value, bool is_swapped) {
    return is_swapped ? __builtin_bswap16(value) : value;
}
constexpr std::uint32_t ordered(std::uint32_t value, bool is_swapped) {
    return is_swapped ? __builtin_bswap32(value) : value;
}
constexpr std::uint64_t ordered(std::uint64_t value, bool is_swapped) {
    return is_swapped ? __builtin_bswap64(value) : value;
}

void append_option(std::uint16_t code,
                   std::span<const std::uint8_t> value,
                   bool is_swapped,
                   std::vector<std::uint8_t>& out) {
    const std::size_t at = out.size();
    out.resize(at + 4 + padded(value.size()));
    store16(&out[at], ordered(code, is_swapped));
    store16(&out[at + 2], ordered(static_cast<std::uint16_t>(value.size()), is_swapped));
    std::copy(value.begin(), value.end(), out.begin() + static_cast<std::ptrdiff_t>(at) + 4);
}

// "[bytes 12 to 15 of the data]", "[question; byte 0 of the data]", "[bytes 1400 to 1459 of the data and 40 behind them]".
std::string place_text(NoteKind kind,
                       std::uint64_t begin,
                       std::uint64_t bytes,
                       std::uint64_t payload) {
    std::string text = "[";
    switch (kind) {
        case NoteKind::kMark: break;
        case NoteKind::kQuestion: text += "question; "; break;
        case NoteKind::kProblem: text += "problem; "; break;
        case NoteKind::kGood: text += "good; "; break;
    }
    const std::uint64_t here = std::min(bytes, payload - begin);
    if (here == 1) {
        text += "byte " + std::to_string(begin);
    } else {
        text += "bytes " + std::to_string(begin) + " to " + std::to_string(begin + here - 1);
    }
    text += " of the data";
    if (bytes > here) text += " and " + std::to_string(bytes - here) + " behind them";
    return text + "]";
}

}  // namespace

void append_packet_note(const channel::Note& note,
                        std::uint32_t begin,
                        std::uint32_t payload,
                        bool is_swapped,
                        std::vector<std::uint8_t>& out) {
    std::string comment = channel::note_text(note.text);
    const auto text_bytes = static_cast<std::uint16_t>(comment.size());
    comment += comment.empty() ? "bookmark " : " ";
    comment += place_text(note.kind, begin, note.bytes, payload);
    append_option(kOptionComment,
                  {reinterpret_cast<const std::uint8_t*>(comment.data()), comment.size()},
                  is_swapped, out);

    std::uint8_t value[kPacketNoteBytes];
    store32(value, ordered(kNoteMagic, is_swapped));
    store64(value + kIdAt, ordered(channel::number(note.id), is_swapped));
    store64(value + kTimeAt, ordered(static_cast<std::uint64_t>(note.time_ns), is_swapped));
    store32(value + kBeginAt, ordered(begin, is_swapped));
    store64(value + kBytesAt, ordered(note.bytes, is_swapped));
    store16(value + kTextBytesAt, ordered(text_bytes, is_swapped));
    value[kKindAt] = static_cast<std::uint8_t>(note.kind);
    append_option(kOptionNote, value, is_swapped, out);
}

bool PacketNotes::next() {
    while (option_.next()) {
        const std::span<const std::uint8_t> value = option_.value;
        if (option_.code != kOptionNote || value.size() < kPacketNoteBytes ||
            load32(value.data(), is_swapped_) != kNoteMagic) {
            comment_ = option_.code == kOptionComment ? value : std::span<const std::uint8_t>{};
            continue;
        }
        const std::span<const std::uint8_t> comment = std::exchange(comment_, {});
        const std::size_t text_bytes = load16(&value[kTextBytesAt], is_swapped_);
        note = {};
        note.id = channel::NoteId{load64(&value[kIdAt], is_swapped_)};
        note.time_ns = static_cast<std::int64_t>(load64(&value[kTimeAt], is_swapped_));
        begin = load32(&value[kBeginAt], is_swapped_);
        note.bytes = load64(&value[kBytesAt], is_swapped_);
        if (note.id == channel::NoteId::kNone || note.bytes == 0 || text_bytes > comment.size()) {
            ++damaged;
            continue;
        }
        note.text = channel::note_text({reinterpret_cast<const char*>(comment.data()), text_bytes});
        if (value[kKindAt] < channel::kNoteKinds) note.kind = static_cast<NoteKind>(value[kKindAt]);
        return true;
    }
    return false;
}

void append_options_without_notes(std::span<const std::uint8_t> options,
                                  bool is_swapped,
                                  std::vector<std::uint8_t>& out) {
    std::size_t comment_at = out.size();
    bool follows_comment = false;
    for (Options option{options, is_swapped}; option.next();) {
        const bool is_note = option.code == kOptionNote &&
                             option.value.size() >= kPacketNoteBytes &&
                             load32(option.value.data(), is_swapped) == kNoteMagic;
        if (is_note) {
            if (follows_comment) out.resize(comment_at);
            follows_comment = false;
            continue;
        }
        follows_comment = option.code == kOptionComment;
        if (follows_comment) comment_at = out.size();
        append_option(option.code, option.value, is_swapped, out);
    }
}

}  // namespace net::capture
