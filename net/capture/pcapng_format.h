// The capture's format: constants, layouts, and the few loads and stores that writer and reader share.
//
// pcapng as in draft-ietf-opsawg-pcapng, in the byte order of the machine that writes (the section header says which). What Wireshark has no
// field for is kept in local-use codes, which other programs skip:
//
//   section header    option kOptionSignature: this section was written by us, in this version of the local-use codes
//                     option kOptionRun: which run (16 random bytes), and which file of it (u32, from 0): a capture may go on in a new file (ring, EIO, moved),
//                     which begins with the interfaces so far and a note kConnectionContinues for each open connection, so that it can be read alone
//   interface         option kOptionEndpoint: endpoint id (u64), kind (u8)
//   packet            option kOptionConnection: connection id (u64), in every packet
//                     option kOptionEvent: what this packet tells besides its payload (EventCode, fields below)
//                     option kOptionNote: a person's note on bytes of the payload, behind the comment that has its text (in copies: packet_notes.h)
//   kBlockSecondSide  a packet block in all but its type: the second side of a connection that is ours on both ends
//   kBlockNote        a fact that has no packet (listening, a failure, a pause) or comes after it (a person's note on bytes that were recorded before): kNoteMagic, code,
//                     fields (note_codec.h). The last block of a run that ended in order is the note kRunEnded; that of a file from which the user
//                     moved the capture to another place is kRunGoesOn
//
// The synthesised packets are what a capture on the wire would show if each read and each send were one packet: IPv4 (20 bytes, DF, checksum right)
// or IPv6 (40), TCP (20, the SYNs 28), sequence and acknowledgement numbers that go with the payload. The TCP checksum field holds the sum over the
// pseudo header only, which is what a sender that leaves the rest to its network card hands down ("checksum offload"; every capture of loopback
// traffic on Linux shows the same): the payload is not summed. Wireshark does not check TCP checksums unless told to.
//
// Thread: any; constants and pure functions.
#pragma once

#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace net::capture::format {

// ---- block types -------------------------------------------------------------------------------

inline constexpr std::uint32_t kBlockSection = 0x0A0D0D0A;
inline constexpr std::uint32_t kBlockInterface = 1;
inline constexpr std::uint32_t kBlockObsoletePacket = 2;
inline constexpr std::uint32_t kBlockSimplePacket = 3;
inline constexpr std::uint32_t kBlockNames = 4;       // of hosts
inline constexpr std::uint32_t kBlockStatistics = 5;  // of an interface
inline constexpr std::uint32_t kBlockEnhancedPacket = 6;
inline constexpr std::uint32_t kBlockSecrets = 10;             // keys for decryption
inline constexpr std::uint32_t kBlockSecondSide = 0x80574C01;  // local use
inline constexpr std::uint32_t kBlockNote = 0x80574C02;        // local use

inline constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;
inline constexpr std::uint32_t kByteOrderMagicSwapped = 0x4D3C2B1A;

// ---- sizes ---------------------------------------------------------------------------------------

inline constexpr std::size_t kBlockLeastBytes = 12;      // type, length, length
inline constexpr std::size_t kBlockHeadBytes = 8;        // type, length
inline constexpr std::size_t kBlockTrailerBytes = 4;     // length again
inline constexpr std::size_t kSectionFixedBytes = 24;    // up to the options
inline constexpr std::size_t kInterfaceFixedBytes = 16;  // up to the options
inline constexpr std::size_t kPacketFixedBytes = 28;     // up to the packet
inline constexpr std::size_t kIpv4HeaderBytes = 20;
inline constexpr std::size_t kIpv6HeaderBytes = 40;
inline constexpr std::size_t kTcpHeaderBytes = 20;
inline constexpr std::size_t kUdpHeaderBytes = 8;
inline constexpr std::size_t kSynOptionBytes = 8;

// Options of a packet of ours without event or comment: flags (8), connection (12), end (4).
inline constexpr std::size_t kPacketOptionBytes = 24;

// Readers' bounds (RELIABILITY.md, R3).
inline constexpr std::uint32_t kMostBlockBytes = 16U << 20U;
inline constexpr std::size_t kMostOptionBytes = 65536;
inline constexpr std::size_t kMostInterfaces = 65536;
inline constexpr std::size_t kMostNameBytes = 4096;

// ---- options ---------------------------------------------------------------------------------------

inline constexpr std::uint16_t kOptionEnd = 0;
inline constexpr std::uint16_t kOptionComment = 1;
inline constexpr std::uint16_t kOptionSectionApplication = 4;
inline constexpr std::uint16_t kOptionInterfaceName = 2;
inline constexpr std::uint16_t kOptionInterfaceDescription = 3;
inline constexpr std::uint16_t kOptionInterfaceResolution = 9;
inline constexpr std::uint16_t kOptionInterfaceOffset = 14;
inline constexpr std::uint16_t kOptionPacketFlags = 2;
inline constexpr std::uint32_t kFlagsDirectionMask = 3;
inline constexpr std::uint32_t kFlagsInbound = 1;
inline constexpr std::uint32_t kFlagsOutbound = 2;

// Local use: the highest bit is set.
inline constexpr std::uint16_t kOptionSignature = 0xCC01;   // in the section header
inline constexpr std::uint16_t kOptionEndpoint = 0xCC02;    // in an interface description
inline constexpr std::uint16_t kOptionConnection = 0xCC03;  // in a packet
inline constexpr std::uint16_t kOptionEvent = 0xCC04;       // in a packet

inline constexpr std::uint16_t kOptionNote = 0xCC06;  // in a packet (packet_notes.h)

inline constexpr std::uint16_t kOptionRun = 0xCC05;  // in the section header
inline constexpr std::size_t kRunIdBytes = 16;
inline constexpr std::size_t kRunBytes = kRunIdBytes + 4;  // the option's whole value

inline constexpr char kSignature[8] = {'W', 'L', 'O',  'U',
                                       'P', 'E', '\0', 1};  // the last byte is the version
inline constexpr std::uint32_t kNoteMagic = 0x574C4E31;

// Two notes that are more than an event (note_codec.h has the others): magic u32, code u16, then the fields without padding.
// A connection goes on: connection u64, received u64, sent u64, endpoint u64, has_peer_ended u8, has_ended_here u8, and more.
inline constexpr std::uint16_t kNoteConnectionContinues = 9;
inline constexpr std::uint16_t kNoteRunEnded = 10;
// A person's note on bytes: the newest of an id counts.
inline constexpr std::uint16_t kNoteOnBytes = 11;
inline constexpr std::uint16_t kNoteOnBytesRemoved = 12;
// Nothing but the head: the run goes on in a file elsewhere.
inline constexpr std::uint16_t kNoteRunGoesOn = 13;
inline constexpr std::size_t kNoteHeadBytes = 6;
inline constexpr std::size_t kContinuedLeastBytes = kNoteHeadBytes + 34;

// First byte of kOptionEvent; the fields follow without padding, in the section's byte order.
enum class EventCode : std::uint8_t {
    kOpened = 1,     // endpoint u64, was_opened_here u8, scope of local u32, scope of peer u32
    kPeerEnded = 2,  // nothing
    kClosed = 3,     // reason u8, code i32, received u64, sent u64, not_sent u64
};
inline constexpr std::size_t kEventOpenedBytes = 18;
inline constexpr std::size_t kEventPeerEndedBytes = 1;
inline constexpr std::size_t kEventClosedBytes = 30;

// kOptionNote: kNoteMagic u32, id u64, time u64, first byte in the payload u32, bytes u64 (may run on into the packets that follow), bytes of text u16 (the first of
// the comment right in front of it), kind u8.
inline constexpr std::size_t kPacketNoteBytes = 35;

// ---- link types (readers) ---------------------------------------------------------------------------

inline constexpr std::uint16_t kLinkNull = 0;
inline constexpr std::uint16_t kLinkEthernet = 1;
inline constexpr std::uint16_t kLinkRawOld = 12;  // raw IP, by the number of some systems' libpcap
inline constexpr std::uint16_t kLinkRawOpenBsd = 14;
inline constexpr std::uint16_t kLinkRaw = 101;
inline constexpr std::uint16_t kLinkLoop = 108;
inline constexpr std::uint16_t kLinkLinuxCooked = 113;
inline constexpr std::uint16_t kLinkIpv4 = 228;
inline constexpr std::uint16_t kLinkIpv6 = 229;
inline constexpr std::uint16_t kLinkLinuxCooked2 = 276;
inline constexpr std::uint16_t kLinkUnknown = 0xFFFF;  // of an interface that is not described

// ---- classic pcap (readers) ---------------------------------------------------------------------------

inline constexpr std::uint32_t kPcapMagicMicroseconds = 0xA1B2C3D4;
inline constexpr std::uint32_t kPcapMagicNanoseconds = 0xA1B23C4D;
// "Modified" by Alexey Kuznetsov's patches of the nineties: eight more bytes (interface, protocol, packet type) in each record's head.
inline constexpr std::uint32_t kPcapMagicModified = 0xA1B2CD34;
inline constexpr std::size_t kPcapHeaderBytes = 24;
inline constexpr std::size_t kPcapRecordBytes = 16;
inline constexpr std::size_t kPcapModifiedRecordBytes = 24;

// ---- IP and TCP -----------------------------------------------------------------------------------------

inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpRst = 0x04;
inline constexpr std::uint8_t kTcpPsh = 0x08;
inline constexpr std::uint8_t kTcpAck = 0x10;

// ---- loads and stores: unaligned; no byte order said: the machine's ----------------------------------------

inline void store16(std::uint8_t* at, std::uint16_t value) {
    std::memcpy(at, &value, 2);
}
inline void store32(std::uint8_t* at, std::uint32_t value) {
    std::memcpy(at, &value, 4);
}
inline void store64(std::uint8_t* at, std::uint64_t value) {
    std::memcpy(at, &value, 8);
}
inline void store16_network(std::uint8_t* at, std::uint16_t value) {
    store16(at, __builtin_bswap16(value));
}
inline void store32_network(std::uint8_t* at, std::uint32_t value) {
    store32(at, __builtin_bswap32(value));
}

[[nodiscard]] inline std::uint16_t load16(const std::uint8_t* at, bool is_swapped = false) {
    std::uint16_t value = 0;
    std::memcpy(&value, at, 2);
    return is_swapped ? __builtin_bswap16(value) : value;
}
[[nodiscard]] inline std::uint32_t load32(const std::uint8_t* at, bool is_swapped = false) {
    std::uint32_t value = 0;
    std::memcpy(&value, at, 4);
    return is_swapped ? __builtin_bswap32(value) : value;
}
[[nodiscard]] inline std::uint64_t load64(const std::uint8_t* at, bool is_swapped = false) {
    std::uint64_t value = 0;
    std::memcpy(&value, at, 8);
    return is_swapped ? __builtin_bswap64(value) : value;
}
[[nodiscard]] inline std::uint16_t load16_network(const std::uint8_t* at) {
    return static_cast<std::uint16_t>((at[0] << 8U) | at[1]);
}
[[nodiscard]] inline std::uint32_t load32_network(const std::uint8_t* at) {
    return (std::uint32_t{load16_network(at)} << 16U) | load16_network(at + 2);
}
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the _network functions swap");

[[nodiscard]] constexpr std::size_t padded(std::size_t bytes) {
    return (bytes + 3) & ~std::size_t{3};
}

// The one's complement sum folded to 16 bits (RFC 1071).
[[nodiscard]] constexpr std::uint16_t folded(std::uint32_t sum) {
    sum = (sum & 0xFFFFU) + (sum >> 16U);
    sum = (sum & 0xFFFFU) + (sum >> 16U);
    return static_cast<std::uint16_t>(sum);
}

// The sequence number of the first SYN of a direction: a mix of the connection's id (splitmix64), so that two lives of one address pair are
// far apart and Wireshark tells them apart.
[[nodiscard]] constexpr std::uint32_t initial_sequence(channel::ConnectionId connection,
                                                       channel::Direction direction) {
    std::uint64_t mixed = channel::number(connection) + 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    mixed ^= mixed >> 31U;
    return static_cast<std::uint32_t>(direction == channel::Direction::kSent ? mixed >> 32U
                                                                             : mixed);
}

}  // namespace net::capture::format
