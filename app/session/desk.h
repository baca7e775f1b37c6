// The window as a whole: which captures lie on the desk (the live one, opened ones), which long work is under way, what can be chosen from; and what the user asks
// for there. Plain values: app/documents.* makes the facts and carries out the wishes, app/ui/desk.* draws the facts and makes the wishes.
//
// Thread: frame.
#pragma once

#include "app/session/facts.h"
#include "app/session/saved_sends.h"
#include "app/session/send_history.h"
#include "app/session/settings.h"
#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace app::session {

enum class DocumentId : std::uint64_t { kNone = 0 };
enum class JobId : std::uint64_t { kNone = 0 };

// ---- Facts. ----

struct DocumentFact {
    DocumentId id{};
    std::string title;  // "Live", or the file's name; printable
    std::string path;   // where its capture lies (a ring: the newest file); printable
    bool is_live = false;
    bool is_stream = false;    // of standard input: it lies in no file
    bool is_arriving = false;  // a stream that has not ended
    // A live capture in the default place, or a stream, with something in it that no Save has copied and that nobody has given up at quitting; or one with notes that are in no file.
    bool has_unsaved = false;
    bool lacks_only_notes =
        false;  // has_unsaved means notes: the capture itself is in a file that stays as it is
    std::string saved_path;  // where Save (without a question) goes; empty: it has to be asked
    // While the question of quitting is open: the files that Discard would delete, printable; the newest kMostNamedFiles of them, and how many more there are.
    std::vector<std::string> at_stake;
    std::size_t more_at_stake = 0;
    double opening_progress = -1;  // 0..1 while it is being read

    bool operator==(const DocumentFact&) const = default;
};

inline constexpr std::size_t kMostNamedFiles = 3;

// Work under way: a save, an export.
struct JobFact {
    JobId id{};
    std::string label;  // "Saving to /home/me/x.pcapng"; printable
    double progress = 0;

    bool operator==(const JobFact&) const = default;
};

// What came of it: stays until dismissed, and stands in the active document's log as well.
struct NoticeFact {
    std::uint64_t id = 0;
    Severity severity{};
    std::string text;
};

struct FolderEntry {
    std::string name;  // as the file system has it: any bytes
    bool is_folder = false;
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;
};

inline constexpr std::size_t kMostFolderEntries = 10000;

struct FolderContents {
    std::string asked;  // the path of the ListFolderWish that this answers, as it was
    std::string path;   // absolute, as listed
    std::vector<FolderEntry> entries;  // folders first, then by name; at most kMostFolderEntries
    bool is_cut = false;               // there were more
    std::string error;                 // a sentence; empty: none
};

// A capture that an earlier run has left in the default folder.
struct LeftCapture {
    std::string path;
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;       // since the epoch
    bool ended_in_order = false;        // false: a crash, a kill, a loss of power
    std::uint64_t left_over_bytes = 0;  // after its last whole block
};

// A session file that would listen where other machines can connect: nothing of it has been started, an answer is awaited (AnswerSessionWish).
struct SessionQuestion {
    std::string path;                  // printable
    std::vector<std::string> servers;  // those, as in the file

    bool operator==(const SessionQuestion&) const = default;
};

enum class QuitState : std::uint8_t {
    kNo,
    kAsking,     // there is an unsaved capture: save, discard or cancel?
    kSaving,     // the network has been stopped, the capture is being saved
    kFinishing,  // nothing is unsaved, but saves and exports are under way: they are waited for
};

struct DeskFacts {
    std::vector<DocumentFact> documents;  // never empty
    std::size_t active = 0;
    std::vector<JobFact> jobs;
    std::vector<NoticeFact> notices;
    std::optional<FolderContents> folder;  // of the last ListFolder
    std::vector<LeftCapture> left;         // the newest first
    std::size_t offered_left =
        0;  // so many of these did not end in order, and nobody has looked at them or kept them: offered at the start
    Settings settings;
    // Kept between runs, and with other windows of this program: they may grow by themselves.
    SavedSends sends;
    SendHistory history;
    std::uint64_t sends_version = 0;  // counts up with every change of these two
    std::optional<SessionQuestion> session_question;
    QuitState quit{};
    std::uint64_t version = 0;  // counts up with every change
};

// ---- Wishes. ----

enum class ExportFormat : std::uint8_t {
    kRaw,  // the bytes alone, one file a direction: PATH, or PATH.received and PATH.sent where both are asked for
    kHexDump,    // text: a heading for each read, then rows as `hexdump -C` writes them
    kPcapng,     // a capture of the chosen connections alone, openable here and in Wireshark
    kCsv,        // RFC 4180: time,connection,direction,size,offset,missing,bytes
    kJsonLines,  // the same fields, an object a line
};
enum class ByteText : std::uint8_t { kHex, kBase64 };  // CSV and JSON Lines; RFC 4648

struct OpenCaptureWish {
    std::string path;  // absolute
};
struct OpenLiveWish {};  // a live document, where there is none
struct ActivateDocumentWish {
    DocumentId id{};
};
struct CloseDocumentWish {
    DocumentId id{};  // a saved capture's; the live one ends with the window
};
struct SaveWish {
    DocumentId id{};
    std::string path;  // absolute
    bool may_overwrite = false;
};
struct ExportWish {
    DocumentId id{};
    std::vector<ConnectionId> connections;  // empty: all
    bool wants_received = true;
    bool wants_sent = true;
    ExportFormat format{};
    ByteText byte_text{};
    std::string path;  // absolute
    bool may_overwrite = false;
};
struct CancelJobWish {
    JobId id{};
};
struct DismissNoticeWish {
    std::uint64_t id = 0;
};
struct ListFolderWish {
    std::string
        path;  // absolute, or "~..." (the home folder); empty: the last one used, or the home folder
};
struct LookForLeftWish {};
struct DiscardLeftWish {
    std::string path;
};
struct KeepLeftWish {};  // those that are offered stay, and are not offered again
struct ChangeSettingsWish {
    Settings settings;
};
// The library as it is to be: made from this frame's facts. Refused, with a notice, where it breaks the bounds of saved_sends.h.
struct ChangeSavedSendsWish {
    SavedSends sends;
};
// A file of saved sends behind what is there; what came of it is a notice.
struct ImportSendsWish {
    std::string path;  // absolute, or "~..."
};
struct ExportSendsWish {
    std::string path;
    bool may_overwrite = false;
};
// It was sent: to the end of the history, with the time of now.
struct RememberSentWish {
    net::bytes::ComposeText what;
};
struct ForgetSentWish {
    std::optional<std::size_t> at = {};  // its place in the history; nullopt: all
};
// A session file (session_file.h): its servers and clients beside those that run, its saved sends behind those that are there, its view in place of this one. Opens a live
// document where there is none. What came of it is a notice.
struct OpenSessionWish {
    std::string path;  // absolute, or "~..."
};
struct AnswerSessionWish {
    enum class How : std::uint8_t {
        kStartAll,
        kStartOnLoopback,  // without those that the question names
        kCancel,
    };
    How how{};
};
// All servers and clients of the live document, running or not, with what they reply; the saved sends; the view.
struct SaveSessionWish {
    std::string path;
    bool may_overwrite = false;
};
struct QuitWish {
    enum class How : std::uint8_t {
        kAsk,
        kSave,
        kDiscard,
        kCancel,    // back to the window
        kStopJobs,  // kFinishing: gives up the saves and exports under way
    };
    How how{};
    DocumentId document{};  // kSave, kDiscard: the one that the question was about
    std::string path{};     // kSave: absolute
    bool may_overwrite = false;
};

using DeskWish = std::variant<OpenCaptureWish,
                              OpenLiveWish,
                              ActivateDocumentWish,
                              CloseDocumentWish,
                              SaveWish,
                              ExportWish,
                              CancelJobWish,
                              DismissNoticeWish,
                              ListFolderWish,
                              LookForLeftWish,
                              DiscardLeftWish,
                              KeepLeftWish,
                              ChangeSettingsWish,
                              ChangeSavedSendsWish,
                              ImportSendsWish,
                              ExportSendsWish,
                              RememberSentWish,
                              ForgetSentWish,
                              OpenSessionWish,
                              AnswerSessionWish,
                              SaveSessionWish,
                              QuitWish>;
using DeskWishes = std::vector<DeskWish>;

}  // namespace app::session
