// Writes the fuzzer's seeds: small captures of every kind that the reader knows, ours and others'. seeds DIRECTORY
#include <cstdio>
#include <initializer_list>

#include "tests/net/capture/foreign_capture.h"
#include "tests/net/capture/random_recording.h"

namespace {

using tests::Container;
using tests::ForeignCapture;

ForeignCapture::Tcp segment(std::uint32_t i, bool is_ipv6) {
    ForeignCapture::Tcp tcp;
    const auto low = is_ipv6 ? tests::ipv6(80, 1) : tests::ipv4(80, 1);
    const auto high = is_ipv6 ? tests::ipv6(50'000, 2) : tests::ipv4(50'000, 2);
    tcp.from = i % 2 == 0 ? high : low;
    tcp.to = i % 2 == 0 ? low : high;
    constexpr std::uint8_t kFlags[] = {2, 18, 16, 24, 24, 24, 17, 17, 4};
    tcp.flags = kFlags[i % 9];
    tcp.sequence = i < 2 ? 1 : 2 + i / 2 * 20;
    tcp.acknowledgement = 2 + i / 2 * 20;
    if (tcp.flags == 24) tcp.payload = tests::random_bytes(20 + i % 3, i);
    tcp.has_extension = is_ipv6 && i % 2 == 0;
    return tcp;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: seeds DIRECTORY\n", stderr);
        return 2;
    }
    const std::string directory = std::string(arguments[1]) + "/";
    int made = 0;
    for (const Container container :
         {Container::kPcapMicroseconds, Container::kPcapNanoseconds, Container::kPcapng}) {
        for (const std::uint16_t link :
             std::initializer_list<std::uint16_t>{0, 1, 101, 108, 113, 276}) {
            ForeignCapture capture(container, link, made % 2 == 1);
            for (std::uint32_t i = 0; i < 9; ++i)
                capture.add(segment(i, made % 3 == 0));
            tests::write_file(directory + "foreign-" + std::to_string(made++), capture.bytes());
        }
    }
    for (std::uint64_t i = 0; i < 4; ++i) {
        net::capture::FileTable files;
        const std::string path = directory + "ours-" + std::to_string(i);
        std::remove(path.c_str());
        tests::Recording recording = tests::Recording::at(files, path);
        tests::record_at_random(recording, i, 6 + static_cast<int>(i) * 4, 40);
        recording.finish();
    }
    return 0;
}
