#include "app/jobs/export_formats.h"

#include "net/bytes/address.h"

namespace app::jobs {

namespace channel = net::channel;

namespace {

using session::ByteText;

std::string_view to_text(channel::Direction direction) {
    return direction == channel::Direction::kSent ? "sent" : "received";
}

class RawFormat final : public ExportFormatter {
  public:
    RawFormat(ExportOutput& received, ExportOutput& sent) : received_(received), sent_(sent) {}

    void piece(const ExportedRead& read,
               std::span<const std::uint8_t> bytes,
               std::uint32_t /*offset*/) override {
        (read.direction == channel::Direction::kSent ? sent_ : received_).put(bytes);
    }
    void gap(const ExportedRead& /*gap*/) override {}
    [[nodiscard]] int error() const override {
        return received_.error() != 0 ? received_.error() : sent_.error();
    }

  private:
    ExportOutput& received_;
    ExportOutput& sent_;
};

// A heading for each read, which begins with '#', then its rows.
class HexDumpFormat final : public ExportFormatter {
  public:
    explicit HexDumpFormat(ExportOutput& output) : out_(output) {}

    void opened(const channel::ConnectionOpened& opened) override {
        put_begin(opened.time_ns, opened.connection);
        out_.put(opened.is_continued ? "goes on  local " : "opened  local ");
        out_.put(net::bytes::to_text(opened.local));
        out_.put("  peer ");
        out_.put(net::bytes::to_text(opened.peer));
        out_.put("\n");
    }
    void read_begins(const ExportedRead& read) override {
        put_begin(read.time_ns, read.connection);
        out_.put(to_text(read.direction));
        out_.put("  ");
        out_.put_number(read.size);
        out_.put(" bytes  at ");
        out_.put_number(read.offset);
        out_.put("\n");
    }
    void piece(const ExportedRead& read,
               std::span<const std::uint8_t> bytes,
               std::uint32_t offset) override {
        out_.put_hex_dump(bytes, read.offset + offset);
    }
    void gap(const ExportedRead& gap) override {
        put_begin(gap.time_ns, gap.connection);
        out_.put(to_text(gap.direction));
        out_.put("  ");
        out_.put_number(gap.missing);
        out_.put(" bytes missing  at ");
        out_.put_number(gap.offset);
        out_.put(gap.cause == channel::GapCause::kEarlierFile ? "  (in an earlier file)\n"
                                                              : "  (not captured)\n");
    }
    [[nodiscard]] int error() const override { return out_.error(); }

  private:
    void put_begin(std::int64_t time_ns, channel::ConnectionId connection) {
        out_.put("# ");
        out_.put_time(time_ns);
        out_.put("  #");
        out_.put_number(channel::number(connection));
        out_.put("  ");
    }

    ExportOutput& out_;
};

// CSV (RFC 4180) and JSON Lines: the same fields in other punctuation. No value needs quoting in either: numbers, times, two words, hex and base64.
struct RowSyntax {
    std::string_view heading;
    std::string_view time;
    std::string_view connection;
    std::string_view direction;
    std::string_view size;
    std::string_view offset;
    std::string_view missing;
    std::string_view bytes;
    std::string_view end;
};
constexpr RowSyntax kCsv{.heading = "time,connection,direction,size,offset,missing,bytes\r\n",
                         .time = "",
                         .connection = ",",
                         .direction = ",",
                         .size = ",",
                         .offset = ",",
                         .missing = ",",
                         .bytes = ",",
                         .end = "\r\n"};
constexpr RowSyntax kJsonLines{.heading = "",
                               .time = R"({"time":")",
                               .connection = R"(","connection":)",
                               .direction = R"(,"direction":")",
                               .size = R"(","size":)",
                               .offset = R"(,"offset":)",
                               .missing = R"(,"missing":)",
                               .bytes = R"(,"bytes":")",
                               .end = "\"}\n"};

class RowFormat final : public ExportFormatter {
  public:
    RowFormat(ExportOutput& output, const RowSyntax& syntax, ByteText byte_text)
        : out_(output),
          syntax_(syntax),
          byte_text_(byte_text) {}

    void begin() override { out_.put(syntax_.heading); }
    void read_begins(const ExportedRead& read) override {
        out_.put(syntax_.time);
        out_.put_time(read.time_ns);
        out_.put(syntax_.connection);
        out_.put_number(channel::number(read.connection));
        out_.put(syntax_.direction);
        out_.put(to_text(read.direction));
        out_.put(syntax_.size);
        out_.put_number(read.size);
        out_.put(syntax_.offset);
        out_.put_number(read.offset);
        out_.put(syntax_.missing);
        out_.put_number(read.missing);
        out_.put(syntax_.bytes);
    }
    void piece(const ExportedRead& /*read*/,
               std::span<const std::uint8_t> bytes,
               std::uint32_t /*offset*/) override {
        byte_text_ == ByteText::kHex ? out_.put_hex(bytes) : out_.put_base64(bytes);
    }
    void read_ends(const ExportedRead& /*read*/) override { out_.put(syntax_.end); }
    void gap(const ExportedRead& gap) override {
        read_begins(gap);
        read_ends(gap);
    }
    [[nodiscard]] int error() const override { return out_.error(); }

  private:
    ExportOutput& out_;
    const RowSyntax& syntax_;
    const ByteText byte_text_;
};

}  // namespace

std::unique_ptr<ExportFormatter> make_raw_format(ExportOutput& received, ExportOutput& sent) {
    return std::make_unique<RawFormat>(received, sent);
}
std::unique_ptr<ExportFormatter> make_hex_dump_format(ExportOutput& output) {
    return std::make_unique<HexDumpFormat>(output);
}
std::unique_ptr<ExportFormatter> make_csv_format(ExportOutput& output, ByteText byte_text) {
    return std::make_unique<RowFormat>(output, kCsv, byte_text);
}
std::unique_ptr<ExportFormatter> make_json_lines_format(ExportOutput& output, ByteText byte_text) {
    return std::make_unique<RowFormat>(output, kJsonLines, byte_text);
}

}  // namespace app::jobs
