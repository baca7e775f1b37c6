// A capture of the chosen connections alone: the packet blocks themselves, copied.
//
// Two ways through each file with net::capture::Reader. First: which connections live on which addresses from where on, and to which endpoints do the chosen ones belong. Then block by
// block: of a section of ours a packet is taken by the connection id in it, a note by the event that it is; of another program's by its addresses and the life of that pair
// in which it lies. So what is opened again is what was there: times, reasons, comments, link layers, datagrams, retransmissions and gaps.
//
// Interfaces of ours that no chosen connection has are left out and the others renumbered. Classic pcap becomes pcapng.
//
// Thread: one (a worker); blocks on the disk.
#pragma once

#include "app/jobs/export_output.h"
#include "app/jobs/export_reads.h"
#include "app/jobs/own_capture.h"
#include "app/jobs/packet_blocks.h"
#include "net/bytes/address.h"
#include "net/capture/block_options.h"
#include "net/capture/packet_parse.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace app::jobs {

class PcapngExport {
  public:
    PcapngExport(HeldParts& held, const ExportRequest& request, ExportOutput& output);

    // Nothing: all of it was written, or it was cancelled, or the output has an error.
    [[nodiscard]] std::optional<net::channel::Failure> run(JobControl& control);
    // As ReadExport's.
    [[nodiscard]] const std::string& cut_short() const { return cut_short_; }

  private:
    struct Pair {
        net::bytes::SocketAddress low;
        net::bytes::SocketAddress high;
        bool is_udp = false;
        bool operator==(const Pair&) const = default;
    };
    struct PairHash {
        std::size_t operator()(const Pair& pair) const;
    };
    // One connection of an address pair: packets of blocks that end at `told_at` and behind it are its, up to the next one's.
    struct Life {
        std::uint64_t told_at = 0;
        bool is_chosen = false;
    };
    struct Lives {
        std::vector<Life> lives;  // in order of told_at
        // The SYN that was met last: one that is repeated belongs where the first did.
        std::optional<std::uint32_t> syn;
        net::bytes::SocketAddress syn_from;
        std::size_t syn_life = 0;
    };
    struct Interface {
        Block block;
        std::uint16_t link = 0;
        std::optional<std::uint32_t> number;  // in the output, once it is there
    };
    // What the events of a block said about it.
    struct Verdict {
        bool has_connection = false;
        bool is_connection_chosen = false;
        bool has_endpoint = false;
        bool is_endpoint_chosen = false;
    };

    [[nodiscard]] static Pair pair_of(const net::bytes::SocketAddress& a,
                                      const net::bytes::SocketAddress& b,
                                      bool is_udp);

    // The two ways. False: stop (cancelled, or failure_ says why).
    [[nodiscard]] bool plan(const HeldPart& part, JobControl& control);
    [[nodiscard]] bool copy(const HeldPart& part, JobControl& control);
    [[nodiscard]] bool copy_blocks_up_to(std::uint64_t offset);
    void hear(const net::channel::Event& event);
    // Says how far it is. False: stop.
    [[nodiscard]] bool look(JobControl& control, std::uint64_t done) const;

    void settle();
    void begin_pcap();
    void begin_section();
    void add_interface();
    [[nodiscard]] bool is_chosen_packet();
    [[nodiscard]] bool is_chosen_by_address(const PacketFields& fields);
    [[nodiscard]] bool is_chosen_note();
    // Its number in the output.
    [[nodiscard]] std::uint32_t need_interface(std::uint32_t interface);
    void copy_packet();
    void copy_record();
    void copy_whole(const Block& block);
    void fail_changed();

    HeldParts& held_;
    const ExportRequest& request_;
    ExportOutput& out_;
    const Chosen is_chosen_;
    std::optional<net::channel::Failure> failure_;
    std::string cut_short_;
    double total_ = 1;          // bytes of both ways
    std::uint64_t before_ = 0;  // done, of these

    // The file's.
    const HeldPart* part_ = nullptr;
    std::unordered_map<Pair, Lives, PairHash> pairs_;
    std::unordered_set<std::uint64_t> endpoints_;  // of chosen connections
    std::optional<PacketBlocks> blocks_;
    std::uint64_t position_ = 0;  // everything before it was looked at
    std::optional<Block>
        block_;  // looked at and not settled yet: the events that are told now are its
    Verdict verdict_;

    // The section's.
    std::optional<net::capture::RunPart> own_;
    std::unordered_map<std::uint64_t, bool> own_connections_;  // ids in the file: chosen?
    std::vector<Interface> interfaces_;
    std::uint32_t next_interface_ = 0;
    std::vector<std::uint8_t> packet_;  // kept for its memory
};

}  // namespace app::jobs
