#include "app/remembered_sends.h"

#include "app/jobs/text_file.h"
#include "app/session/sends_json.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace app {

namespace {

using session::SavedSends;
using session::SendHistory;

// What makes a kind of value keepable: JSON text, and the merging of two windows' values.
struct SendsKind {
    using Value = SavedSends;
    static constexpr const char* kName = "sends.json";
    static constexpr const char* kWhat = "the saved sends";
    static std::optional<Value> read(const std::string& text, std::string& error) {
        session::SavedSendsParsed parsed = session::saved_sends_from_json(text);
        error = std::move(parsed.error);
        if (!error.empty()) return std::nullopt;
        return std::move(parsed.sends);
    }
    static Value merge(const Value& base, const Value& ours, const Value& theirs) {
        return session::merged(base, ours, theirs).sends;
    }
};

struct HistoryKind {
    using Value = SendHistory;
    static constexpr const char* kName = "history.json";
    static constexpr const char* kWhat = "the history of sends";
    static std::optional<Value> read(const std::string& text, std::string& error) {
        session::SendHistoryParsed parsed = session::send_history_from_json(text);
        error = std::move(parsed.error);
        if (!error.empty()) return std::nullopt;
        return std::move(parsed.history);
    }
    static Value merge(const Value& base, const Value& ours, const Value& theirs) {
        // What was removed here (it was in the base) stays removed.
        SendHistory added;
        for (const session::SentEntry& entry : theirs.entries()) {
            const auto& known = base.entries();
            if (std::find(known.begin(), known.end(), entry) == known.end()) added.add(entry);
        }
        return session::merged(ours, added);
    }
};

template <typename Kind>
typename Kind::Value read_or_none(const std::string& text) {
    std::string error;
    if (text.empty()) return {};
    auto read = Kind::read(text, error);
    return read ? std::move(*read) : typename Kind::Value{};
}

template <typename Kind>
class KeptFile {
  public:
    using Value = typename Kind::Value;

    KeptFile(const std::string& folder,
             const std::function<void()>& wake_frame,
             std::vector<std::string>& troubles)
        : troubles_(troubles) {
        if (folder.empty()) return;
        const std::string path = folder + "/" + Kind::kName;
        if (!read(path)) return;
        file_.emplace(
            jobs::SharedFileConfig{
                .path = path,
                .what = Kind::kWhat,
                .most_bytes = session::kMostSendsFileBytes,
                .merge = [](const std::string& base, const std::string& ours,
                            const std::string& theirs) -> std::optional<std::string> {
                    std::string error;
                    const auto read = Kind::read(theirs, error);
                    if (!read) return std::nullopt;
                    return to_json(
                        Kind::merge(read_or_none<Kind>(base), read_or_none<Kind>(ours), *read));
                }},
            wake_frame);
    }
    ~KeptFile() {
        if (is_changed_ && file_) file_->write(base_, to_json(value_));
    }
    KeptFile(const KeptFile&) = delete;
    KeptFile& operator=(const KeptFile&) = delete;

    [[nodiscard]] const Value& value() const { return value_; }
    void change(Value value) {
        if (value == value_) return;
        value_ = std::move(value);
        is_changed_ = true;
        write();
    }
    bool turn() {
        bool is_other = false;
        while (auto result = file_ ? file_->take_result() : std::nullopt) {
            is_other |= take(std::move(*result));
        }
        write();
        return is_other;
    }

  private:
    // False: there is something that must not be written over.
    bool read(const std::string& path) {
        const std::string name = net::bytes::printable(path);
        const std::string attempt = std::string("read ") + Kind::kWhat + " in";
        jobs::TextRead text =
            jobs::read_text_file(path, attempt.c_str(), session::kMostSendsFileBytes, Kind::kWhat);
        if (text.failure) {
            troubles_.push_back(text.failure->message + "; changes are not remembered");
            return false;
        }
        if (!text.is_there) return true;
        std::string error;
        auto value = Kind::read(text.text, error);
        if (value) {
            value_ = std::move(*value);
            base_ = std::move(text.text);
            return true;
        }
        const std::string aside = jobs::set_aside(path);
        troubles_.push_back(std::string(Kind::kWhat) + " in " + name + " are damaged (" +
                            net::bytes::printable(error) + "): " +
                            (aside.empty() ? "they could not be set aside, so changes are not "
                                             "remembered"
                                           : "kept as " + net::bytes::printable(aside)));
        return !aside.empty();
    }

    void write() {
        if (!is_changed_ || asked_ || !file_) return;
        is_changed_ = false;
        asked_ = to_json(value_);
        file_->write(base_, *asked_);
    }

    bool take(jobs::SharedFileResult&& result) {
        const std::string asked = std::exchange(asked_, std::nullopt).value_or(std::string{});
        if (!result.remark.empty()) troubles_.push_back(std::move(result.remark));
        if (result.failure) {
            troubles_.push_back(result.failure->message);
            return false;
        }
        base_ = std::move(result.text);
        if (base_ == asked) return false;
        Value theirs = read_or_none<Kind>(base_);
        // It may have been changed here since.
        value_ = is_changed_ ? Kind::merge(read_or_none<Kind>(asked), value_, theirs)
                             : std::move(theirs);
        troubles_.push_back(std::string("another window has changed ") + Kind::kWhat +
                            ": what is new there was added here");
        return true;
    }

    std::vector<std::string>& troubles_;
    Value value_;
    std::string base_;                  // what the file held when we last looked
    std::optional<std::string> asked_;  // being written
    bool is_changed_ = false;
    std::optional<jobs::SharedFile> file_;  // nullopt: nothing is written
};

}  // namespace

struct RememberedSends::Kept {
    Kept(const std::string& folder, const std::function<void()>& wake_frame)
        : sends(folder, wake_frame, troubles),
          history(folder, wake_frame, troubles) {}

    std::vector<std::string> troubles;
    KeptFile<SendsKind> sends;
    KeptFile<HistoryKind> history;
};

RememberedSends::RememberedSends(const std::string& folder, const std::function<void()>& wake_frame)
    : kept_(std::make_unique<Kept>(folder, wake_frame)) {}
RememberedSends::~RememberedSends() = default;

const SavedSends& RememberedSends::sends() const {
    return kept_->sends.value();
}

const SendHistory& RememberedSends::history() const {
    return kept_->history.value();
}

std::string RememberedSends::change(SavedSends sends) {
    // What would not be read again must not be written.
    std::string error = session::saved_sends_from_json(to_json(sends)).error;
    if (error.empty()) kept_->sends.change(std::move(sends));
    return error;
}

void RememberedSends::change(SendHistory history) {
    kept_->history.change(std::move(history));
}

bool RememberedSends::turn() {
    const bool has_sends = kept_->sends.turn();
    return kept_->history.turn() || has_sends;
}

std::vector<std::string> RememberedSends::take_troubles() {
    return std::exchange(kept_->troubles, {});
}

}  // namespace app
