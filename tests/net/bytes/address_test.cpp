#include "net/bytes/address.h"

#include "net/bytes/escapes.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <net/if.h>
#include <random>
#include <string>
#include <string_view>

namespace {

using namespace net::bytes;
using namespace std::string_view_literals;

SocketAddress ip(std::string_view text, std::uint16_t port = 0) {
    const std::optional<SocketAddress> address = parse_ip(text, port);
    EXPECT_TRUE(address) << text;
    return address.value_or(SocketAddress{});
}

// What an error must be, whatever it is about: a place inside the text, and words that are safe to print.
void expect_good_error(const ParseError& error, std::string_view text) {
    EXPECT_LE(error.offset, text.size()) << printable(text);
    EXPECT_LE(error.offset + error.length, text.size()) << printable(text);
    EXPECT_GE(error.message.size(), 20U) << error.message;
    EXPECT_LE(error.message.size(), 500U) << error.message;
    EXPECT_EQ(printable(error.message), error.message);
    EXPECT_FALSE(error.message.ends_with('.')) << error.message;
    EXPECT_NE(error.message.find("; "), std::string::npos)
        << "says what is accepted: " << error.message;
}

TEST(AddressTest, IsWrittenAsRfc5952Says) {
    EXPECT_EQ(to_text(ip("127.0.0.1", 9000)), "127.0.0.1:9000");
    EXPECT_EQ(to_text(ip("::1", 9000)), "[::1]:9000");
    EXPECT_EQ(to_text(ip("2001:DB8:0:0:1:0:0:1", 1)), "[2001:db8::1:0:0:1]:1");
    EXPECT_EQ(to_text(ip("2001:db8:0:1:1:1:1:1", 1)), "[2001:db8:0:1:1:1:1:1]:1");
    EXPECT_EQ(to_text(ip("::ffff:1.2.3.4", 65535)), "[::ffff:1.2.3.4]:65535");
    EXPECT_EQ(to_text(ip("fe80::1%2", 9000)), "[fe80::1%2]:9000");
    EXPECT_EQ(host_text(ip("fe80::1%2", 9000)), "fe80::1%2");
    EXPECT_EQ(host_text(ip("0.0.0.0", 1)), "0.0.0.0");
    EXPECT_EQ(to_text(SocketAddress{}), "none");
    EXPECT_EQ(host_text(SocketAddress{}), "none");
}

TEST(AddressTest, WhatIsWrittenIsReadAgain) {
    std::mt19937_64 random(5);
    for (int round = 0; round < 5000; ++round) {
        SocketAddress address;
        address.family = random() % 2 == 0 ? Family::kIpv4 : Family::kIpv6;
        address.port = static_cast<std::uint16_t>(random());
        const std::size_t size = address.family == Family::kIpv4 ? 4 : 16;
        for (std::size_t i = 0; i < size; ++i) {
            address.ip[i] =
                random() % 2 == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
        }
        if (round % 10 == 0 && size == 16) {
            address.ip[0] = 0xfe;
            address.ip[1] = 0x80;
            address.scope_id = static_cast<std::uint32_t>(random() % 1000 + 1);
        }
        EXPECT_EQ(parse_ip(host_text(address), address.port), address) << to_text(address);
        const auto listen = parse_listen_argument(to_text(address));
        ASSERT_TRUE(listen) << to_text(address);
        EXPECT_EQ(listen->address, address);
    }
}

TEST(AddressTest, LoopbackIsDecidedOnTheBytes) {
    for (const auto text : {"127.0.0.1", "127.255.255.254", "127.0.0.0", "::1", "::ffff:127.0.0.1",
                            "::ffff:127.9.9.9"}) {
        EXPECT_TRUE(is_loopback(ip(text))) << text;
    }
    for (const auto text : {"128.0.0.1", "126.255.255.255", "0.0.0.0", "::", "::2", "::127.0.0.1",
                            "::ffff:128.0.0.1", "::fffe:127.0.0.1", "1::1", "fe80::1", "7f00::1"}) {
        EXPECT_FALSE(is_loopback(ip(text))) << text;
    }
    EXPECT_FALSE(is_loopback(SocketAddress{}));
}

TEST(AddressTest, UnspecifiedMeansEveryInterface) {
    for (const auto text : {"0.0.0.0", "::", "::ffff:0.0.0.0", "0:0:0:0:0:0:0:0"}) {
        EXPECT_TRUE(is_unspecified(ip(text))) << text;
    }
    for (const auto text : {"0.0.0.1", "1.0.0.0", "::1", "127.0.0.1", "::ffff:0.0.0.1"}) {
        EXPECT_FALSE(is_unspecified(ip(text))) << text;
    }
    EXPECT_FALSE(is_unspecified(SocketAddress{}));
}

TEST(AddressTest, LiteralsAreReadStrictly) {
    const std::string long_name(300, 'a');
    const std::string_view refused[] = {
        "",
        " ",
        "127.1",
        "0",
        "1",
        "127.0.0.1 ",
        " 127.0.0.1",
        "127.0.0.01",
        "127.0.0.256",
        "1.2.3",
        "1.2.3.4.5",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "2130706433",
        "localhost",
        "*",
        "127.0.0.1\0"sv,
        "127.0.0.1\0.example"sv,
        "::1\0"sv,
        ":",
        ":::",
        "::1::",
        "[::1",
        "::1]",
        "[]",
        "[127.0.0.1]",
        "[[::1]]",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::g",
        "12345::",
        "::1%",
        "::1%lo",
        "127.0.0.1%lo",
        "fe80::1%",
        "fe80::1%nosuchinterface",
        "fe80::1%0",
        "fe80::1%4294967296",
        "fe80::1%99999999999",
        "fe80::1%lo\0"sv,
        "fe80::1%l o",
        "fe80::1%-1",
        "\xd9\xa1.0.0.1",
        "127.0.0.\xef\xbc\x91",
        long_name,
    };
    for (const std::string_view text : refused)
        EXPECT_FALSE(parse_ip(text, 1)) << printable(text);
    EXPECT_EQ(ip("[::1]", 5), ip("::1", 5));
}

TEST(AddressTest, AZoneIsAnInterfaceByNumberOrName) {
    const std::uint32_t loopback = if_nametoindex("lo");
    ASSERT_NE(loopback, 0U);
    EXPECT_EQ(ip("fe80::1%lo").scope_id, loopback);
    EXPECT_EQ(ip("ff02::1%lo").scope_id, loopback);
    EXPECT_EQ(ip("fe80::1%4294967295").scope_id, 4294967295U);
    EXPECT_EQ(ip("fe80::1").scope_id, 0U);
    EXPECT_EQ(parse_listen_argument("[fe80::1%lo]:80")->address,
              ip("fe80::1%" + std::to_string(loopback), 80));
}

TEST(PortTest, IsDigitsFrom0To65535) {
    EXPECT_EQ(*parse_port("0"), 0);
    EXPECT_EQ(*parse_port("80"), 80);
    EXPECT_EQ(*parse_port("65535"), 65535);
    EXPECT_EQ(*parse_port("00080"), 80);
    const std::string many(1000, '9');
    const std::string_view refused[] = {"",
                                        "65536",
                                        "-1",
                                        "+1",
                                        " 80",
                                        "80 ",
                                        "8o",
                                        "0x50",
                                        "1e3",
                                        "80\0"sv,
                                        "\0"sv,
                                        "80.0",
                                        "99999999999999999999",
                                        "\xd9\xa8\xd9\xa0",
                                        "\xef\xbc\x98",
                                        "4294967376",
                                        many,
                                        "http"};
    for (const std::string_view text : refused) {
        const auto port = parse_port(text);
        ASSERT_FALSE(port) << printable(text);
        expect_good_error(port.error, text);
        EXPECT_NE(port.error.message.find("65535"), std::string::npos);
    }
    EXPECT_EQ(parse_port("65536").error.message,
              "\"65536\" is not a port; 0 to 65535 is accepted, in digits only (0 asks the system "
              "for a free one)");
    EXPECT_EQ(parse_port("80a").error.offset, 2U);
    EXPECT_EQ(parse_port("80a").error.length, 1U);
}

TEST(PortTest, APeersPortIsNotZero) {
    EXPECT_EQ(*parse_peer_port("1"), 1);
    EXPECT_EQ(*parse_peer_port("65535"), 65535);
    for (const std::string_view text : {"0", "", "000", "65536", "-1"}) {
        const auto port = parse_peer_port(text);
        ASSERT_FALSE(port) << text;
        expect_good_error(port.error, text);
    }
}

TEST(ListenHostTest, TakesLiteralsLocalhostAndStar) {
    EXPECT_EQ(parse_listen_host("127.0.0.1", 80)->address, ip("127.0.0.1", 80));
    EXPECT_EQ(parse_listen_host("localhost", 80)->address, ip("127.0.0.1", 80));
    EXPECT_EQ(parse_listen_host("LocalHost", 80)->address, ip("127.0.0.1", 80));
    EXPECT_EQ(parse_listen_host("::1", 80)->address, ip("::1", 80));
    EXPECT_EQ(parse_listen_host("[::1]", 80)->address, ip("::1", 80));
    EXPECT_TRUE(is_unspecified(parse_listen_host("0.0.0.0", 80)->address));
    EXPECT_TRUE(is_unspecified(parse_listen_host("::", 80)->address));
    const auto all = parse_listen_host("*", 80);
    ASSERT_TRUE(all);
    EXPECT_TRUE(all->all_interfaces);
    EXPECT_EQ(all->address.port, 80);
    EXPECT_FALSE(parse_listen_host("::", 80)->all_interfaces);
}

TEST(ListenHostTest, RefusesWhatIsNoAddressOfAMachine) {
    const std::string_view refused[] = {"",
                                        "127.1",
                                        "0",
                                        "0x7f.1",
                                        "example.com",
                                        "localhost.",
                                        "**",
                                        "* ",
                                        " ",
                                        "127.0.0.1 ",
                                        "999.0.0.1",
                                        "::1::",
                                        "[::1",
                                        "::1]",
                                        "[127.0.0.1]",
                                        "::1%lo",
                                        "fe80::1%nosuch",
                                        "fe80::1%",
                                        "127.0.0.1\0"sv,
                                        "*\0"sv,
                                        "\xff",
                                        "\x1b[31m",
                                        "1.2.3.4.",
                                        "localhos\xd1\x82"};
    for (const std::string_view text : refused) {
        const auto host = parse_listen_host(text, 1);
        ASSERT_FALSE(host) << printable(text);
        expect_good_error(host.error, text);
    }
    EXPECT_EQ(parse_listen_host("127.1", 1).error.message,
              "\"127.1\" is not an IPv4 address; write four numbers from 0 to 255 without leading "
              "zeros, as in 127.0.0.1");
    EXPECT_EQ(parse_listen_host("fe80::1%nosuch", 1).error.offset, 8U);
    EXPECT_EQ(parse_listen_host("fe80::1%nosuch", 1).error.length, 6U);
}

TEST(PeerHostTest, TakesLiteralsAndNames) {
    const std::string longest_label(63, 'a');
    const std::string longest =
        longest_label + "." + longest_label + "." + longest_label + "." + std::string(61, 'b');
    ASSERT_EQ(longest.size(), 253U);
    for (const std::string& host :
         {std::string("localhost"), std::string("example.com"), std::string("example.com."),
          std::string("_srv.a-b.c_d"), std::string("1.example"),
          std::string("xn--bcher-kva.example"), std::string("3com"), std::string("a"),
          std::string("127.0.0.1"), std::string("::1"), longest, longest + "."}) {
        const auto peer = parse_peer_host(host, 80);
        ASSERT_TRUE(peer) << host << ": " << peer.error.message;
        EXPECT_EQ(peer->host, host);
        EXPECT_EQ(peer->port, 80);
    }
    EXPECT_EQ(parse_peer_host("[::1]", 80)->host, "::1");
    EXPECT_EQ(parse_peer_host("fe80::1%1", 80)->host, "fe80::1%1");
}

TEST(PeerHostTest, RefusesWhatIsNoName) {
    struct Case {
        std::string text;
        std::size_t offset;
        std::size_t length;
    };
    const Case cases[] = {
        {"", 0, 0},
        {"*", 0, 1},
        {".", 0, 1},
        {"a..b", 2, 1},
        {".a", 0, 1},
        {"a b", 1, 1},
        {" a", 0, 1},
        {"a ", 1, 1},
        {"-a", 0, 2},
        {"x.a-", 2, 2},
        {"a/b", 1, 1},
        {"user@host", 4, 1},
        {std::string("host\0.example", 13), 4, 1},
        {"b\xc3\xbc"
         "cher.example",
         1, 2},
        {"host\xff", 4, 1},
        {"host\x1b", 4, 1},
        {"127.1", 0, 5},
        {"0", 0, 1},
        {"0x7f000001", 0, 10},
        {"a.1", 0, 3},
        {"1.2.3.4.", 0, 8},
        {"::1::", 0, 5},
        {"::1%lo", 0, 6},
        {"[a]", 0, 3},
        {"host:80", 0, 7},
        {std::string(64, 'a'), 0, 64},
        {"x." + std::string(64, 'a') + ".y", 2, 64},
        {std::string(300, 'a'), 0, 300},
        {"fe80::1%nosuch", 8, 6},
    };
    for (const Case& c : cases) {
        const auto peer = parse_peer_host(c.text, 1);
        ASSERT_FALSE(peer) << printable(c.text);
        expect_good_error(peer.error, c.text);
        EXPECT_EQ(peer.error.offset, c.offset) << printable(c.text) << ": " << peer.error.message;
        EXPECT_EQ(peer.error.length, c.length) << printable(c.text) << ": " << peer.error.message;
    }
    EXPECT_EQ(parse_peer_host("a..b", 1).error.message,
              "\"a..b\" is not a host name; between two dots there must be something");
}

TEST(ArgumentTest, ListenTakesEveryFormOfTheContract) {
    struct Case {
        std::string_view text;
        std::string_view address;
    };
    const Case cases[] = {
        {"127.0.0.1:9000", "127.0.0.1:9000"},
        {"tcp://127.0.0.1:9000", "127.0.0.1:9000"},
        {"TCP://127.0.0.1:9000", "127.0.0.1:9000"},
        {"9000", "127.0.0.1:9000"},
        {"tcp://9000", "127.0.0.1:9000"},
        {"0", "127.0.0.1:0"},
        {"[::1]:9000", "[::1]:9000"},
        {"tcp://[::1]:0", "[::1]:0"},
        {"0.0.0.0:80", "0.0.0.0:80"},
        {"[::]:80", "[::]:80"},
        {"localhost:80", "127.0.0.1:80"},
        {"10.1.2.3:65535", "10.1.2.3:65535"},
        {"[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1"},
    };
    for (const Case& c : cases) {
        const auto listen = parse_listen_argument(c.text);
        ASSERT_TRUE(listen) << c.text << ": " << listen.error.message;
        EXPECT_FALSE(listen->all_interfaces);
        EXPECT_EQ(to_text(listen->address), c.address);
    }
    for (const std::string_view text : {"*:9000", "tcp://*:9000"}) {
        const auto listen = parse_listen_argument(text);
        ASSERT_TRUE(listen) << text;
        EXPECT_TRUE(listen->all_interfaces);
        EXPECT_EQ(listen->address.port, 9000);
    }
}

TEST(ArgumentTest, ConnectTakesNamesToo) {
    const auto expect = [](std::string_view text, std::string_view host, std::uint16_t port) {
        const auto peer = parse_peer_argument(text);
        ASSERT_TRUE(peer) << text << ": " << peer.error.message;
        EXPECT_EQ(peer->host, host) << text;
        EXPECT_EQ(peer->port, port) << text;
    };
    expect("example.com:80", "example.com", 80);
    expect("tcp://localhost:80", "localhost", 80);
    expect("80", "127.0.0.1", 80);
    expect("[::1]:80", "::1", 80);
    expect("127.0.0.1:65535", "127.0.0.1", 65535);
}

TEST(ArgumentTest, ErrorsNameTheValueThePlaceAndWhatIsAccepted) {
    struct Case {
        std::string text;
        std::size_t offset;
        std::size_t length;
    };
    const Case both[] = {
        {"", 0, 0},
        {"tcp://", 6, 0},
        {"udp://127.0.0.1:80", 0, 3},
        {"http://localhost:80/", 0, 4},
        {"://80", 0, 0},
        {"localhost", 9, 0},
        {"127.0.0.1", 9, 0},
        {"localhost:", 10, 0},
        {":80", 0, 0},
        {"65536", 0, 5},
        {"-1", 0, 2},
        {" 80", 0, 3},
        {"127.0.0.1:65536", 10, 5},
        {"127.0.0.1:-1", 10, 2},
        {"127.0.0.1: 80", 10, 3},
        {"127.0.0.1:80/", 12, 1},
        {"127.0.0.1:\xd9\xa8", 10, 2},
        {"tcp://127.0.0.1:x", 16, 1},
        {"127.1:80", 0, 5},
        {"tcp://127.1:80", 6, 5},
        {"::1:9000", 0, 8},
        {"::1", 0, 3},
        {"fe80::1%lo:80", 0, 13},
        {"a:80:90", 0, 7},
        {"[::1]", 5, 0},
        {"[::1]80", 5, 2},
        {"[::1]:", 6, 0},
        {"[::1:80", 0, 7},
        {"[]:80", 0, 2},
        {"[127.0.0.1]:80", 0, 11},
        {"[localhost]:80", 0, 11},
        {std::string("127.0.0.1\0:80", 13), 0, 10},
        {std::string("80\0", 3), 3, 0},
        {std::string(300, 'a'), 300, 0},
        {"\x1b[31m", 5, 0},
    };
    for (const Case& c : both) {
        const auto listen = parse_listen_argument(c.text);
        const auto peer = parse_peer_argument(c.text);
        ASSERT_FALSE(listen) << printable(c.text);
        ASSERT_FALSE(peer) << printable(c.text);
        for (const ParseError& error : {listen.error, peer.error}) {
            expect_good_error(error, c.text);
            if (!c.text.empty()) {
                EXPECT_NE(error.message.find("\"" + printable(c.text, 80) + "\""),
                          std::string::npos)
                    << error.message;
            }
        }
        EXPECT_EQ(listen.error.offset, c.offset)
            << printable(c.text) << ": " << listen.error.message;
        EXPECT_EQ(listen.error.length, c.length)
            << printable(c.text) << ": " << listen.error.message;
    }
    EXPECT_EQ(parse_listen_argument("127.0.0.1:65536").error.message,
              "\"65536\" is not a port; 0 to 65535 is accepted, in digits only (0 asks the system "
              "for a free one) "
              "(in \"127.0.0.1:65536\")");
}

TEST(ArgumentTest, ConnectRefusesStarAndPortZero) {
    for (const std::string_view text : {"*:80", "tcp://*:80", "localhost:0", "0", "[::1]:0"}) {
        const auto peer = parse_peer_argument(text);
        ASSERT_FALSE(peer) << text;
        expect_good_error(peer.error, text);
    }
    EXPECT_NE(parse_peer_argument("*:80").error.message.find("only for listening"),
              std::string::npos);
}

TEST(ArgumentTest, NoTextBreaksIt) {
    for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{std::random_device{}()}}) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        constexpr std::string_view kAlphabet = "0123456789abcdef:.[]%*-/tcpxlo \0\xff\xc3\xbc"sv;
        std::mt19937_64 random(seed);
        for (int round = 0; round < 20'000; ++round) {
            std::string text(random() % 24, ' ');
            for (char& c : text)
                c = kAlphabet[random() % kAlphabet.size()];
            const auto listen = parse_listen_argument(text);
            const auto peer = parse_peer_argument(text);
            if (!listen) expect_good_error(listen.error, text);
            if (!peer) expect_good_error(peer.error, text);
            if (listen && !listen->all_interfaces) {
                EXPECT_EQ(parse_listen_argument(to_text(listen->address))->address,
                          listen->address);
            }
        }
    }
}

}  // namespace
