#include "tests/net/capture/hostile_corpus.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <random>

#include "tests/net/capture/hostile_bytes.h"

namespace tests {
namespace {

using namespace hostile;  // NOLINT(google-build-using-namespace): it is made of nothing else

class Corpus {
  public:
    Corpus(std::uint64_t seed, std::uint32_t scale) : random_(seed), scale_(scale) {}

    std::vector<HostileFile> make() {
        beginnings();
        lengths();
        sections();
        interfaces_and_options();
        streams();
        own_facts();
        everything_at_once();
        mutations();
        return std::move(files_);
    }

  private:
    void add(std::string name, std::function<Bytes()> make) {
        files_.push_back({std::move(name), std::move(make)});
    }
    // `fill` is called with a stream-to-be of classic pcap (IPv4).
    template <typename Fill>
    void add_pcap(std::string name, Fill fill) {
        add(std::move(name), [fill, scale = scale_] {
            Out out;
            out.pcap();
            fill(out, scale);
            return std::move(out.bytes);
        });
    }
    template <typename Fill>
    void add_ours(std::string name, Fill fill) {
        add(std::move(name), [fill, scale = scale_] {
            Out out;
            out.own_section(1, 0);
            out.own_interface(1);
            fill(out, scale);
            return std::move(out.bytes);
        });
    }

    // Nothing, or less than a head, or a head and nothing that was promised.
    void beginnings() {
        for (const std::size_t size : {0U, 1U, 3U, 4U, 7U, 8U, 11U, 12U, 20U, 23U, 24U, 27U, 28U}) {
            for (const int kind : {0, 1, 2}) {
                add("beginning of " + std::to_string(size) + ", kind " + std::to_string(kind),
                    [size, kind] {
                        Bytes bytes = kind == 0   ? ours()
                                      : kind == 1 ? theirs(true)
                                                  : theirs_in_pcap();
                        bytes.resize(size);
                        return bytes;
                    });
            }
        }
        for (const std::uint8_t fill : std::initializer_list<std::uint8_t>{0x00, 0xFF, 0x0A})
            add("a MiB of one byte", [fill] { return Bytes(1U << 20U, fill); });
    }

    // Each 32-bit word of the files' first blocks, as a length would be that lies.
    void lengths() {
        for (const std::uint32_t length : {0U, 12U, 0x7FFFFFFCU, 0x80000000U, 0xFFFFFFFCU}) {
            for (const std::size_t at : {4U, 8U, 16U, 20U, 24U, 32U, 36U, 52U, 68U, 72U}) {
                add("a word of " + std::to_string(length) + " at " + std::to_string(at),
                    [at, length] {
                        Bytes bytes = at % 8 == 0 ? theirs(false) : ours();
                        std::memcpy(&bytes[at], &length, 4);
                        return bytes;
                    });
            }
            add("a record of " + std::to_string(length), [length] {
                Bytes bytes = theirs_in_pcap();
                std::memcpy(&bytes[kPcapHeaderBytes + 8], &length, 4);
                return bytes;
            });
            add("a packet that was " + std::to_string(length) + " long", [length] {
                Out out;
                out.pcap();
                for (std::uint32_t i = 0; i < 5000; ++i)
                    out.record(tcp({.sequence = i * 100, .size = 10}), length);
                return std::move(out.bytes);
            });
        }
        for (const std::uint32_t length : {kMostBlockBytes, kMostBlockBytes + 4}) {
            add("a block of " + std::to_string(length), [length] {
                Out out;
                out.section();
                out.interface();
                out.block(0x0BAD, Bytes(length - 12));
                out.enhanced(tcp({.size = 5}));
                return std::move(out.bytes);
            });
        }
    }

    // In each other, of each other's length, in turn, going round.
    void sections() {
        const std::uint32_t many = 20'000 * scale_;
        for (const std::uint64_t length :
             {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{28}, std::uint64_t{1} << 31U,
              std::uint64_t{1} << 63U, ~std::uint64_t{27}}) {
            add("sections that say they are " + std::to_string(length), [length, many] {
                Out out;
                for (std::uint32_t i = 0; i < many; ++i)
                    out.section({}, length);
                return std::move(out.bytes);
            });
        }
        add("byte orders in turn", [many] {
            Bytes bytes;
            for (std::uint32_t i = 0; i < many; ++i) {
                Out out(i % 2 == 1);
                out.section();
                out.interface();
                bytes.insert(bytes.end(), out.bytes.begin(), out.bytes.end());
            }
            return bytes;
        });
        for (const std::uint32_t type : {kBlockSection, kBlockInterface, kBlockEnhancedPacket,
                                         kBlockSimplePacket, kBlockNote, std::uint32_t{0x0BAD}}) {
            add("one inside the other, type " + std::to_string(type), [type] {
                Bytes inner;
                for (int depth = 0; depth < 500; ++depth) {
                    Out out;
                    out.section(inner.size() < 60'000 ? inner : Bytes{});
                    out.interface();
                    out.block(type, inner);
                    inner = std::move(out.bytes);
                    if (inner.size() > 4U << 20U) break;
                }
                return inner;
            });
        }
        add("the files of a run, round and round", [many] {
            Out out;
            for (std::uint32_t i = 0; i < many; ++i) {
                out.own_section(1, i % 3);
                out.own_interface(i % 5 + 1);
                out.block(kBlockNote, continued(i % 7 + 1, i));
            }
            return std::move(out.bytes);
        });
        add("runs without end, each with a connection of the same number", [many] {
            Out out;
            for (std::uint32_t i = 0; i < many; ++i) {
                out.own_section(static_cast<std::uint8_t>(i), i % 2);
                out.own_interface(1);
                out.block(kBlockNote, continued(1, ~std::uint64_t{0}));
            }
            return std::move(out.bytes);
        });
        add("ours and another program's in turn", [many] {
            Out out;
            for (std::uint32_t i = 0; i < many / 2; ++i) {
                out.own_section(1, i);
                out.own_interface(1);
                out.block(kBlockNote, continued(1, i));
                out.section();
                out.interface();
                out.enhanced(tcp(of(i, {.size = 5})));
            }
            return std::move(out.bytes);
        });
    }

    void interfaces_and_options() {
        for (const std::uint32_t number : {65'535U, 65'536U, 65'537U}) {
            for (const std::size_t name : {0U, 64U}) {
                add(std::to_string(number) + " interfaces", [number, name] {
                    Out out;
                    out.section();
                    Bytes options;
                    out.option(options, kOptionInterfaceName, Bytes(name, 'n'));
                    for (std::uint32_t i = 0; i < number; ++i)
                        out.interface(kLinkIpv4, options);
                    out.enhanced(tcp({.size = 5}), number - 1);
                    return std::move(out.bytes);
                });
            }
        }
        add("each interface with packets", [] {
            Out out;
            out.section();
            for (std::uint32_t i = 0; i < 65'536; ++i)
                out.interface();
            for (std::uint32_t i = 0; i < 65'536; ++i)
                out.enhanced(tcp(of(i, {.size = 5})), i);
            return std::move(out.bytes);
        });
        for (const std::size_t size : {0U, 1U, 65'531U, 65'532U, 65'535U}) {
            for (const std::uint16_t code : std::initializer_list<std::uint16_t>{
                     kOptionComment, kOptionInterfaceName, kOptionEndpoint, kOptionRun}) {
                add("options of " + std::to_string(size) + ", code " + std::to_string(code),
                    [size, code] {
                        Out out;
                        Bytes options;
                        while (options.size() < 70'000)
                            out.option(options, code, Bytes(size, 0xEE));
                        out.section(options);
                        for (int i = 0; i < 20; ++i) {
                            out.interface(kLinkIpv4, options);
                            out.enhanced(tcp({.size = 5}), 0, 0, options);
                        }
                        return std::move(out.bytes);
                    });
            }
        }
        for (const std::uint32_t type : {kBlockSection, kBlockInterface, kBlockEnhancedPacket,
                                         kBlockSecondSide, kBlockNote, kBlockNames}) {
            add("16 MiB of options without a byte, type " + std::to_string(type), [type] {
                Out out;
                out.own_section(1, 0);
                out.own_interface(1);
                Bytes body(32, 0);
                if (type == kBlockSection)
                    std::memcpy(body.data(), &kByteOrderMagic, 4), body[4] = 1;
                while (body.size() < kMostBlockBytes - 100)
                    out.option(body, kOptionComment, {});
                out.block(type, body);
                out.block(type, body);
                return std::move(out.bytes);
            });
        }
        for (const std::uint8_t resolution :
             std::initializer_list<std::uint8_t>{0, 1, 63, 64, 127, 128, 200, 255}) {
            add("times of resolution " + std::to_string(resolution), [resolution] {
                Out out;
                out.section();
                Bytes options;
                out.option(options, kOptionInterfaceResolution, {resolution});
                out.option(options, kOptionInterfaceOffset, Bytes(8, 0xFF));
                out.interface(kLinkIpv4, options);
                Bytes packet = tcp({.size = 5});
                out.enhanced(packet);
                return std::move(out.bytes);
            });
        }
    }

    // What a sniffer might have seen, and never would.
    void streams() {
        const auto scaled = [](std::uint32_t n, std::uint32_t scale) { return n * scale; };
        for (const std::uint8_t flags :
             std::initializer_list<std::uint8_t>{0, 1, 2, 4, 16, 17, 18, 20, 22, 63}) {
            add_pcap("a connection a packet, flags " + std::to_string(flags),
                     [flags, scaled](Out& out, std::uint32_t scale) {
                         for (std::uint32_t i = 0; i < scaled(20'000, scale); ++i)
                             out.record(tcp(of(i, {.flags = flags, .size = i % 3})));
                     });
        }
        // Finding 4 of the review: what was held is told, and its room stays.
        for (const std::uint32_t held : {2U, 20U, 511U}) {
            add_pcap("held and told, " + std::to_string(held), [held, scaled](Out& out,
                                                                              std::uint32_t scale) {
                const std::uint32_t connections = std::min(scaled(100'000 / held, scale), 65'000U);
                for (std::uint32_t i = 0; i < connections; ++i) {
                    out.record(tcp(of(i, {.flags = kTcpSyn})));
                    for (std::uint32_t k = 1; k < held; ++k)
                        out.record(tcp(of(i, {.sequence = 1 + k, .size = 1})));
                    out.record(tcp(of(i, {.sequence = 100'000, .size = 1})));
                    out.record(tcp(of(i, {.sequence = 1, .size = 1})));
                }
            });
        }
        for (const int order : {0, 1, 2}) {
            add_pcap("segments that wait, order " + std::to_string(order),
                     [order, scaled](Out& out, std::uint32_t scale) {
                         std::mt19937 random(1);
                         const std::uint32_t many = scaled(100'000, scale);
                         out.record(tcp({.flags = kTcpSyn}));
                         for (std::uint32_t i = 0; i < many; ++i) {
                             const std::uint32_t place =
                                 order == 0   ? many - i
                                 : order == 1 ? i
                                              : static_cast<std::uint32_t>(random() % many);
                             out.record(tcp({.sequence = 10 + 2 * place, .size = 1}));
                         }
                     });
        }
        for (const std::uint32_t step :
             {1U, 0x10000U, 0x3FFFFFFFU, 0x40000000U, 0x40000001U, 0x7FFFFFFFU, 0x80000000U}) {
            add_pcap("numbers that jump by " + std::to_string(step),
                     [step, scaled](Out& out, std::uint32_t scale) {
                         for (std::uint32_t i = 0; i < scaled(20'000, scale); ++i)
                             out.record(tcp({.sequence = step * i, .size = 1 + i % 5}));
                     });
            add_pcap(
                "acknowledgements that jump by " + std::to_string(step),
                [step, scaled](Out& out, std::uint32_t scale) {
                    for (std::uint32_t i = 0; i < scaled(20'000, scale); ++i)
                        out.record(tcp({.sequence = i, .acknowledgement = step * i, .size = 1}));
                });
        }
        add_pcap("lives of one pair of addresses", [scaled](Out& out, std::uint32_t scale) {
            for (std::uint32_t i = 0; i < scaled(20'000, scale); ++i) {
                out.record(tcp({.sequence = i * 7919, .flags = kTcpSyn}));
                out.record(tcp({.sequence = i * 7919 + 2, .size = 1}));
            }
        });
        add_pcap("ends that come first", [scaled](Out& out, std::uint32_t scale) {
            for (std::uint32_t i = 0; i < scaled(10'000, scale); ++i) {
                out.record(tcp(of(i, {.sequence = 1 << 20U, .flags = kTcpFin | kTcpAck})));
                out.record(tcp(of(i, {.sequence = 5, .size = 1})));
                out.record(tcp(of(i, {.sequence = 1U << 31U, .flags = kTcpRst})));
                out.record(tcp(of(i, {.sequence = 9, .size = 1})));
            }
        });
        for (const std::size_t size : {0U, 1U, 1000U}) {
            add_pcap("datagrams of " + std::to_string(size) + " from everywhere",
                     [size, scaled](Out& out, std::uint32_t scale) {
                         for (std::uint32_t i = 0; i < scaled(40'000, scale); ++i)
                             out.record(udp(0x0B000000 + i, 1 + i % 60'000, size));
                     });
        }
        for (const std::uint16_t link :
             std::initializer_list<std::uint16_t>{0, 1, 12, 101, 108, 113, 229, 276, 9999}) {
            add("packets of nothing known, link " + std::to_string(link), [link, scale = scale_] {
                Out out;
                out.pcap(link);
                std::mt19937_64 random(link);
                for (std::uint32_t i = 0; i < 5000 * scale; ++i) {
                    Bytes packet = random_bytes(random() % 120, random());
                    // Tags in tags, and headers in headers.
                    if (link == 1 && packet.size() > 14)
                        for (std::size_t at = 12; at + 4 <= packet.size(); at += 4)
                            packet[at] = 0x81, packet[at + 1] = 0;
                    if (link == 229 && packet.size() > 7)
                        packet[0] = 0x60, packet[6] = i % 3 == 0 ? 0 : 60;
                    out.record(packet);
                }
                return std::move(out.bytes);
            });
        }
        add_pcap("fragments", [scaled](Out& out, std::uint32_t scale) {
            for (std::uint32_t i = 0; i < scaled(20'000, scale); ++i) {
                Bytes packet = tcp(of(i, {.size = 30}));
                packet[6] = 0x20;
                packet[7] = static_cast<std::uint8_t>(i);
                out.record(packet);
            }
        });
    }

    void own_facts() {
        for (const std::uint64_t first :
             {std::uint64_t{1}, std::uint64_t{1} << 31U, ~std::uint64_t{100'000}}) {
            add_ours("connections that go on from " + std::to_string(first),
                     [first](Out& out, std::uint32_t scale) {
                         for (std::uint32_t i = 0; i < 30'000 * scale; ++i)
                             out.block(kBlockNote, continued(first + i, i));
                     });
            add_ours("endpoints from " + std::to_string(first),
                     [first](Out& out, std::uint32_t scale) {
                         for (std::uint32_t i = 0; i < std::min(30'000 * scale, 65'000U); ++i)
                             out.own_interface(first + i);
                     });
            add_ours("packets of connections from " + std::to_string(first),
                     [first](Out& out, std::uint32_t scale) {
                         for (std::uint32_t i = 0; i < 20'000 * scale; ++i) {
                             Bytes options;
                             Bytes value;
                             Out::put(value, 1 + i % 2, false);
                             out.option(options, kOptionPacketFlags, value);
                             value.clear();
                             Out::put(value, first + i, false);
                             out.option(options, kOptionConnection, value);
                             value.assign(kEventClosedBytes, static_cast<std::uint8_t>(i));
                             value[0] = static_cast<std::uint8_t>(1 + i % 4);
                             out.option(options, kOptionEvent, value);
                             out.enhanced(tcp({.size = i % 10}), 0, 0, options);
                         }
                     });
        }
        for (std::uint16_t code = 0; code <= 20; ++code) {
            add_ours("notes of code " + std::to_string(code),
                     [code](Out& out, std::uint32_t scale) {
                         for (std::uint32_t i = 0; i < 200 * scale; ++i) {
                             Bytes body;
                             Out::put(body, kNoteMagic, false);
                             Out::put(body, code, false);
                             const Bytes rest = random_bytes(i % 150, i);
                             body.insert(body.end(), rest.begin(), rest.end());
                             if (i % 7 == 0) body.resize(body.size() + 65'000, 0xFF);
                             out.block(kBlockNote, body);
                         }
                     });
        }
    }

    // Every bound of the reader is reached in one file, and stays reached: another program's part, then ours.
    void everything_at_once() {
        add("everything at once", [] {
            Out out;
            out.section();
            Bytes options;
            out.option(options, kOptionInterfaceName, Bytes(64, 'n'));
            for (std::uint32_t i = 0; i < 65'536; ++i)
                out.interface(kLinkIpv4, options);
            for (std::uint32_t i = 0; i < 65'536; ++i) {
                out.enhanced(tcp(of(i, {.flags = kTcpSyn})), i);
                out.enhanced(tcp(of(i, {.sequence = 500, .size = 1})), i);
                Tcp answer = of(i);
                std::swap(answer.from, answer.to);
                std::swap(answer.from_port, answer.to_port);
                answer.sequence = 77;
                answer.flags = kTcpSyn | kTcpAck;
                out.enhanced(tcp(answer), i);
                answer.sequence = 1000;
                answer.flags = kTcpAck;
                answer.size = 1;
                out.enhanced(tcp(answer), i);
            }
            for (std::uint32_t i = 0; i < 33'000; ++i)
                out.enhanced(udp(0x0C000000 + i, 9, 1));
            for (std::uint32_t part = 0; part < 3; ++part) {
                out.own_section(1, part);
                for (std::uint32_t i = 0; i < 50'000; ++i) {
                    out.own_interface(1 + part * 50'000 + i);
                    out.block(kBlockNote, continued(1 + part * 50'000 + i, 5));
                }
            }
            return std::move(out.bytes);
        });
    }

    void mutations() {
        for (int i = 0; i < 100; ++i) {
            add("mutated " + std::to_string(i), [seed = random_(), i] {
                std::mt19937_64 random(seed);
                // A pcap has one head; pcapng goes on.
                Bytes bytes = i % 4 == 3 ? plain_capture(60'000) : Bytes{};
                while (bytes.size() < 60'000) {
                    const Bytes part = i % 4 == 0 ? ours() : theirs(i % 4 == 1);
                    bytes.insert(bytes.end(), part.begin(), part.end());
                }
                for (std::uint64_t k = 1 + random() % 60; k > 0; --k) {
                    const std::size_t at = 24 + random() % (bytes.size() - 24);
                    bytes[at] = random() % 2 == 0
                                    ? static_cast<std::uint8_t>(random())
                                    : static_cast<std::uint8_t>(bytes[at] ^ (1U << random() % 8));
                }
                return bytes;
            });
        }
    }

    std::mt19937_64 random_;
    std::uint32_t scale_;
    std::vector<HostileFile> files_;
};

}  // namespace

std::vector<HostileFile> hostile_corpus(std::uint64_t seed, std::uint32_t scale) {
    return Corpus(seed, scale).make();
}

Bytes plain_capture(std::size_t bytes) {
    Out out;
    out.pcap();
    for (std::uint32_t i = 0; out.bytes.size() < bytes; ++i)
        out.record(tcp(of(i % 10, {.sequence = i / 10 * 64, .size = 64})));
    return std::move(out.bytes);
}

}  // namespace tests
