#include "net/capture/continuation.h"

#include "net/capture/packet_builder.h"

#include <algorithm>
#include <random>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

std::span<const std::uint8_t> octets(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Room for a block of at most `most` bytes behind what is there; close_block() gives back what it did not need.
std::uint8_t* open_block(std::uint32_t type, std::size_t most, std::vector<std::uint8_t>& out) {
    const std::size_t begin = out.size();
    out.resize(begin + most);
    store32(&out[begin], type);
    return &out[begin];
}

// `at`: where the block's options or body end.
void close_block(std::uint8_t* block, std::uint8_t* at, std::vector<std::uint8_t>& out) {
    const auto size = static_cast<std::uint32_t>(at - block) + std::uint32_t{kBlockTrailerBytes};
    store32(at, size);
    store32(block + 4, size);
    out.resize(static_cast<std::size_t>(block - out.data()) + size);
}

std::uint8_t* end_options(std::uint8_t* at) {
    store32(at, kOptionEnd);
    return at + 4;
}

}  // namespace

RunPart new_run() {
    RunPart part{.is_known = true};
    std::random_device random;
    for (std::size_t i = 0; i < part.run.size(); i += 4) {
        const std::uint32_t bits = random();
        std::memcpy(&part.run[i], &bits, 4);
    }
    return part;
}

void append_section_header(const RunPart& part, std::vector<std::uint8_t>& out) {
    constexpr std::string_view kApplication = "Wireloupe " WIRELOUPE_VERSION;
    std::uint8_t* block = open_block(kBlockSection, 256, out);
    store32(block + 8, kByteOrderMagic);
    store16(block + 12, 1);  // version 1.0
    store16(block + 14, 0);
    store64(block + 16, ~std::uint64_t{0});  // the section's length is not known
    std::uint8_t* at =
        put_option(block + kSectionFixedBytes, kOptionSectionApplication, octets(kApplication));
    at = put_option(at, kOptionSignature, octets({kSignature, sizeof kSignature}));
    std::array<std::uint8_t, kRunBytes> run{};
    std::copy(part.run.begin(), part.run.end(), run.begin());
    store32(&run[kRunIdBytes], part.number);
    at = put_option(at, kOptionRun, run);
    close_block(block, end_options(at), out);
}

void append_interface(channel::EndpointId endpoint,
                      channel::EndpointKind kind,
                      std::string_view name,
                      std::vector<std::uint8_t>& out) {
    const std::string_view shown = name.substr(0, kMostNameBytes);
    const std::string_view description =
        kind == channel::EndpointKind::kServer ? "TCP server" : "TCP client";
    std::array<std::uint8_t, 9> own{};
    store64(own.data(), channel::number(endpoint));
    own[8] = static_cast<std::uint8_t>(kind);
    constexpr std::uint8_t kNanoseconds = 9;  // if_tsresol: ten to the minus nine

    std::uint8_t* block =
        open_block(kBlockInterface, kInterfaceFixedBytes + padded(shown.size()) + 128, out);
    store16(block + 8, kLinkRaw);
    store16(block + 10, 0);
    store32(block + 12, 0);  // no limit to a packet's captured length
    std::uint8_t* at = block + kInterfaceFixedBytes;
    at = put_option(at, kOptionInterfaceName, octets(shown));
    at = put_option(at, kOptionInterfaceDescription, octets(description));
    at = put_option(at, kOptionInterfaceResolution, {&kNanoseconds, 1});
    at = put_option(at, kOptionEndpoint, own);
    close_block(block, end_options(at), out);
}

void append_note(std::span<const std::uint8_t> body, std::vector<std::uint8_t>& out) {
    const std::size_t whole = padded(body.size());
    std::uint8_t* block = open_block(kBlockNote, kBlockHeadBytes + whole + kBlockTrailerBytes, out);
    store32(block + kBlockHeadBytes + whole - 4, 0);  // the padding
    std::copy(body.begin(), body.end(), block + kBlockHeadBytes);
    close_block(block, block + kBlockHeadBytes + whole, out);
}

void append_continued(std::vector<ContinuedConnection>& connections,
                      std::vector<std::uint8_t>& out) {
    std::sort(connections.begin(), connections.end(),
              [](const ContinuedConnection& a, const ContinuedConnection& b) {
                  return a.connection < b.connection;
              });
    std::vector<std::uint8_t> body;
    for (const ContinuedConnection& connection : connections) {
        body.clear();
        encode_continued(connection, body);
        append_note(body, out);
    }
}

}  // namespace net::capture
