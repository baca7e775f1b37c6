#include "app/jobs/export_output.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ctime>

namespace app::jobs {

namespace channel = net::channel;

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr std::size_t kMostAtOnce = 4096;
constexpr char kDigits[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kRowBytes = 16;

constexpr auto kHexPairs = [] {
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte)
        pairs[byte] = {kDigits[byte >> 4U], kDigits[byte & 15U]};
    return pairs;
}();

std::uint8_t* store_pair(std::uint8_t* at, std::uint8_t byte) {
    std::memcpy(at, kHexPairs[byte].data(), 2);
    return at + 2;
}

}  // namespace

ExportOutput::ExportOutput(std::string_view attempt) : file_(attempt), buffer_(kBufferBytes) {}

std::optional<channel::Failure> ExportOutput::begin(const std::string& path, bool may_overwrite) {
    return file_.begin(path, may_overwrite);
}

void ExportOutput::flush() {
    if (error_ == 0) error_ = file_.write(std::span{buffer_}.first(used_));
    flushed_ += used_;
    used_ = 0;
}

std::uint8_t* ExportOutput::room(std::size_t bytes) {
    if (buffer_.size() - used_ < bytes) flush();
    return buffer_.data() + used_;
}

void ExportOutput::put(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), kMostAtOnce));
        std::memcpy(room(piece.size()), piece.data(), piece.size());
        used_ += piece.size();
        bytes = bytes.subspan(piece.size());
    }
}

void ExportOutput::put(std::string_view text) {
    put({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void ExportOutput::put_number(std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    put(std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void ExportOutput::put_time(std::int64_t time_ns) {
    // Floored: a time before 1970 has a fraction that counts up as well.
    const std::int64_t second = time_ns / kSecond - (time_ns % kSecond < 0 ? 1 : 0);
    auto fraction = static_cast<std::uint32_t>(time_ns - second * kSecond);
    if (second_text_.empty() || second != second_) {
        const auto time = static_cast<std::time_t>(second);
        std::tm utc{};
        ::gmtime_r(&time, &utc);
        std::array<char, 40> text{};
        const std::size_t size =
            std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &utc);
        second_text_.assign(text.data(), size);
        second_ = second;
    }
    put(second_text_);
    std::array<char, 10> digits{};
    digits[9] = 'Z';
    for (std::size_t i = 9; i-- > 0; fraction /= 10)
        digits[i] = static_cast<char>('0' + fraction % 10);
    put(std::string_view{digits.data(), digits.size()});
}

void ExportOutput::put_hex(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), kMostAtOnce / 2));
        std::uint8_t* at = room(piece.size() * 2);
        for (const std::uint8_t byte : piece)
            at = store_pair(at, byte);
        used_ += piece.size() * 2;
        bytes = bytes.subspan(piece.size());
    }
}

void ExportOutput::put_base64(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), 3);
        std::uint32_t group = std::uint32_t{bytes[0]} << 16U;
        if (size > 1) group |= std::uint32_t{bytes[1]} << 8U;
        if (size > 2) group |= bytes[2];
        std::uint8_t* at = room(4);
        at[0] = static_cast<std::uint8_t>(kBase64[group >> 18U]);
        at[1] = static_cast<std::uint8_t>(kBase64[(group >> 12U) & 63U]);
        at[2] = static_cast<std::uint8_t>(size > 1 ? kBase64[(group >> 6U) & 63U] : '=');
        at[3] = static_cast<std::uint8_t>(size > 2 ? kBase64[group & 63U] : '=');
        used_ += 4;
        bytes = bytes.subspan(size);
    }
}

void ExportOutput::put_hex_dump(std::span<const std::uint8_t> bytes, std::uint64_t offset) {
    constexpr std::size_t kMostRowBytes = 16 + 2 + 49 + 2 + kRowBytes + 2;
    constexpr std::size_t kTextAt = 2 + 49 + 1;  // behind the offset
    while (!bytes.empty()) {
        const auto row = bytes.first(std::min(bytes.size(), kRowBytes));
        std::uint8_t* at = room(kMostRowBytes);
        const std::uint8_t* const begin = at;
        for (unsigned digits = offset >> 32U != 0 ? 16 : 8; digits-- > 0;)
            *at++ = static_cast<std::uint8_t>(kDigits[(offset >> (4 * digits)) & 15U]);
        std::memset(at, ' ', kTextAt);
        std::uint8_t* cell = at + 2;
        for (std::size_t i = 0; i < row.size(); ++i) {
            store_pair(cell, row[i]);
            cell += i == 7 ? 4 : 3;
        }
        at += kTextAt;
        *at++ = '|';
        for (const std::uint8_t byte : row)
            *at++ = byte >= 0x20 && byte < 0x7F ? byte : '.';
        *at++ = '|';
        *at++ = '\n';
        used_ += static_cast<std::size_t>(at - begin);
        offset += row.size();
        bytes = bytes.subspan(row.size());
    }
}

}  // namespace app::jobs
