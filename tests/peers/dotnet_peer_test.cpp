// What is composed with a LEB128 length is a string to .NET's BinaryReader, and what its BinaryWriter writes is a message to our framing: Chinese, both ways, by mono.
#include "net/bytes/composition.h"
#include "net/bytes/framing.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

// Composed as in the send panel.
std::vector<std::uint8_t> with_length(const std::string& text) {
    const auto parsed =
        net::bytes::parse({.text = text, .length = net::bytes::LengthKind::kLeb128});
    EXPECT_TRUE(parsed.composition) << parsed.composition.error.message;
    std::string error;
    auto bytes = net::bytes::compose(*parsed.composition, {}, error);
    EXPECT_EQ(error, "");
    return bytes;
}

// As the receive view splits them.
std::vector<std::string> messages_in(const std::string& stream) {
    net::bytes::Framing framing;
    framing.kind = net::bytes::FramingKind::kLeb128;
    net::bytes::Framer framer(framing);
    std::vector<std::string> messages;
    const std::vector<std::uint8_t> all = octets(stream);
    std::span<const std::uint8_t> left{all};
    framer.feed(all, 0, [&](const net::bytes::Frame& frame) {
        EXPECT_EQ(frame.status, net::bytes::FrameStatus::kWhole);
        const auto of_frame = left.first(static_cast<std::size_t>(frame.bytes));
        left = left.subspan(of_frame.size());
        const auto message = net::bytes::payload(framing, frame, of_frame);
        messages.emplace_back(message.begin(), message.end());
    });
    EXPECT_TRUE(left.empty()) << "bytes that are no message";
    return messages;
}

class DotnetPeer : public ServiceFixture {
  protected:
    void SetUp() override {
        folder_ = ::testing::TempDir() + "wireloupe-dotnet-" + std::to_string(::getpid());
        const std::string make = "mkdir -p '" + folder_ + "' && mcs -nologo -out:'" + folder_ +
                                 "/peer.exe' tests/peers/dotnet_peer.cs";
        ASSERT_EQ(std::system(make.c_str()), 0) << "mcs; third_party/setup --tests installs it";
    }
    void TearDown() override {
        ServiceFixture::TearDown();
        EXPECT_EQ(std::system(("rm -rf '" + folder_ + "'").c_str()), 0);
    }
    // Its exit status is that of the pipe's end.
    [[nodiscard]] FILE* begin_peer(const bytes::SocketAddress& address, std::size_t strings) const {
        const std::string command = "mono '" + folder_ + "/peer.exe' " +
                                    std::to_string(address.port) + " " + std::to_string(strings);
        return ::popen(command.c_str(), "r");
    }

  private:
    std::string folder_;
};

TEST_F(DotnetPeer, ExchangesChineseStringsBothWays) {
    // Lengths of one, two and three bytes, on both sides of each boundary: 3 bytes a character.
    const std::vector<std::string> texts{"你好，世界",
                                         "",
                                         "a",
                                         repeated("中", 42) + "x",
                                         repeated("中", 42) + "xy",
                                         repeated("文", 5461),
                                         repeated("文", 5462),
                                         repeated("字符串", 40'000),
                                         "😀 終わり"};
    start();
    const auto address = start_server();
    std::unique_ptr<FILE, int (*)(FILE*)> peer(begin_peer(address, texts.size()), ::pclose);
    ASSERT_TRUE(peer);
    const ConnectionId id = expect_opened().connection;
    for (const std::string& text : texts) {
        post(channel::Send{.targets = {.connections = {id}}, .bytes = with_length(text)});
    }
    expect_closed(id);

    std::vector<std::string> expected;
    int characters = 0;  // as .NET counts them: units of UTF-16
    for (const std::string& text : texts) {
        expected.push_back("服务器返回：" + text);
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            characters += (byte & 0xC0U) == 0x80U ? 0 : byte >= 0xF0 ? 2 : 1;
        }
    }
    expected.push_back("共" + std::to_string(characters) + "个字符");
    EXPECT_TRUE(messages_in(received_bytes(id)) == expected);
    const int status = ::pclose(peer.release());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace service_test
