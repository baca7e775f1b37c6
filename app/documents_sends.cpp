// The saved sends and the history on the desk: what the user asks of them, and what the files say.
#include "app/documents.h"
#include "app/session/sends_json.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <utility>

namespace app {

using session::Severity;

void Documents::tell_sends() {
    facts_.sends = sends_.sends();
    facts_.history = sends_.history();
    ++facts_.sends_version;
    changed();
}

void Documents::turn_sends() {
    if (sends_.turn()) tell_sends();
    for (const std::string& trouble : sends_.take_troubles())
        notice(Severity::kWarning, trouble);
    while (auto answer = text_exchange_.take_answer())
        take_text(std::move(*answer));
}

void Documents::carry_out(session::ChangeSavedSendsWish&& wish) {
    const std::string error = sends_.change(std::move(wish.sends));
    if (!error.empty())
        notice(Severity::kWarning,
               "change the saved sends: " + net::bytes::printable(error) + "; they are as before");
    tell_sends();
}

void Documents::carry_out(session::RememberSentWish&& wish) {
    session::SendHistory history = sends_.history();
    if (!history.add({.what = std::move(wish.what), .time_ns = realtime_ns()})) return;
    sends_.change(std::move(history));
    tell_sends();
}

void Documents::carry_out(session::ForgetSentWish&& wish) {
    session::SendHistory history = sends_.history();
    if (wish.at) {
        history.remove(*wish.at);
    } else {
        history.clear();
    }
    sends_.change(std::move(history));
    tell_sends();
}

void Documents::carry_out(session::ImportSendsWish&& wish) {
    texts_.emplace_back(next_text_, TextUse::kImport);
    text_exchange_.ask({.id = next_text_++,
                        .path = absolute(std::move(wish.path)),
                        .attempt = "import saved sends from",
                        .most_bytes = session::kMostSendsFileBytes});
}

void Documents::carry_out(session::ExportSendsWish&& wish) {
    texts_.emplace_back(next_text_, TextUse::kExport);
    text_exchange_.ask({.id = next_text_++,
                        .path = absolute(std::move(wish.path)),
                        .attempt = "export saved sends to",
                        .text = to_json(sends_.sends()),
                        .may_overwrite = wish.may_overwrite});
}

void Documents::take_text(jobs::TextAnswer&& answer) {
    const auto asked = std::find_if(texts_.begin(), texts_.end(),
                                    [&](const auto& one) { return one.first == answer.id; });
    if (asked == texts_.end()) return;
    const TextUse use = asked->second;
    texts_.erase(asked);
    if (answer.failure) {
        notice(Severity::kError, answer.failure->message);
        return;
    }
    switch (use) {
        case TextUse::kImport: take_import(answer.path, answer.text); break;
        case TextUse::kExport:
            notice(Severity::kInfo,
                   "exported the saved sends to " + net::bytes::printable(answer.path));
            break;
        case TextUse::kOpenSession: take_session(answer.path, answer.text); break;
        case TextUse::kSaveSession:
            notice(Severity::kInfo, "saved the session to " + net::bytes::printable(answer.path));
            break;
    }
}

void Documents::take_import(const std::string& path, const std::string& text) {
    const std::string from = "import saved sends from " + net::bytes::printable(path) + ": ";
    session::SavedSendsParsed parsed = session::saved_sends_from_json(text);
    if (!parsed.error.empty()) {
        notice(Severity::kError, from + net::bytes::printable(parsed.error));
        return;
    }
    for (const std::string& warning : parsed.warnings)
        notice(Severity::kWarning, from + net::bytes::printable(warning));
    session::SendsAdded all = session::with_added(sends_.sends(), parsed.sends);
    const std::string error = sends_.change(std::move(all.sends));
    tell_sends();
    if (!error.empty()) {
        notice(Severity::kError, from + net::bytes::printable(error));
        return;
    }
    const std::size_t known = parsed.sends.size() - all.added - all.left_out;
    std::string words = from + std::to_string(all.added) + " added";
    if (known > 0) words += ", " + std::to_string(known) + " were there already";
    if (all.left_out > 0)
        words += ", " + std::to_string(all.left_out) +
                 " left out: there is no room for them; remove some";
    notice(all.left_out > 0 ? Severity::kWarning : Severity::kInfo, std::move(words));
}

}  // namespace app
