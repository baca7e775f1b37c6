#include "net/service/resolver.h"

#include "net/service/socket.h"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <netdb.h>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace net::service {

struct Resolver::Mailbox {
    struct Letter {
        std::uint64_t ticket = 0;
        Resolved resolved;
    };

    UniqueFd bell{
        ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};  // open as long as a lookup may ring it
    std::mutex mutex;
    std::vector<Letter> letters;  // under `mutex`
    int lookups = 0;              // under `mutex`

    void post(Letter letter) {
        {
            const std::lock_guard lock(mutex);
            letters.push_back(std::move(letter));
            --lookups;
        }
        ring();
    }
    void ring() const {
        const std::uint64_t one = 1;
        (void)!::write(bell.get(), &one, sizeof one);
    }
};

namespace {

// Each waits in the C library for as long as the name servers please; more than these means that they do not answer at all.
constexpr int kMostLookups = 64;

int look_up(const std::string& host, std::vector<bytes::SocketAddress>& found) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (code != 0) return code;
    for (const addrinfo* item = list; item != nullptr; item = item->ai_next)
        found.push_back(from_system(item->ai_addr));
    ::freeaddrinfo(list);
    return 0;
}

Resolved resolve(const Resolver::Lookup& lookup, const std::string& host, std::uint16_t port) {
    Resolved resolved;
    std::vector<bytes::SocketAddress> found;
    errno = 0;
    resolved.code = lookup(host, found);
    resolved.errno_value = errno;
    for (bytes::SocketAddress& address : found) {
        address.port = port;
        if (address.family == bytes::Family::kNone) continue;
        if (std::find(resolved.addresses.begin(), resolved.addresses.end(), address) !=
            resolved.addresses.end())
            continue;
        resolved.addresses.push_back(address);
    }
    if (resolved.code == 0 && resolved.addresses.empty()) resolved.code = EAI_NONAME;
    return resolved;
}

}  // namespace

Resolver::Resolver(Loop& loop, Lookup lookup)
    : loop_(loop),
      lookup_(lookup ? std::move(lookup) : Lookup(look_up)) {}

Resolver::~Resolver() = default;

std::uint64_t Resolver::start(const std::string& host,
                              std::uint16_t port,
                              std::function<void(const Resolved&)> on_resolved) {
    const std::uint64_t ticket = ++tickets_;
    if (mailbox_ == nullptr) mailbox_ = std::make_shared<Mailbox>();
    if (!poll_.is_open() && poll_.open(loop_, mailbox_->bell.get(), *this) == 0)
        poll_.watch(UV_READABLE);
    waiting_.emplace(ticket, std::move(on_resolved));
    Resolved refused{.code = EAI_AGAIN, .errno_value = 0, .addresses = {}};
    {
        const std::lock_guard lock(mailbox_->mutex);
        if (++mailbox_->lookups > kMostLookups) {
            --mailbox_->lookups;
            mailbox_->letters.push_back({.ticket = ticket, .resolved = std::move(refused)});
            mailbox_->ring();
            return ticket;
        }
    }
    try {
        std::thread([mailbox = mailbox_, lookup = lookup_, host, port, ticket] {
            mailbox->post({.ticket = ticket, .resolved = resolve(lookup, host, port)});
        }).detach();
    } catch (const std::system_error& error) {
        mailbox_->post(
            {.ticket = ticket,
             .resolved = {
                 .code = EAI_SYSTEM, .errno_value = error.code().value(), .addresses = {}}});
    }
    return ticket;
}

void Resolver::on_poll(int /*status*/, int /*events*/) {
    std::uint64_t rings = 0;
    (void)!::read(mailbox_->bell.get(), &rings, sizeof rings);
    std::vector<Mailbox::Letter> letters;
    {
        const std::lock_guard lock(mailbox_->mutex);
        letters.swap(mailbox_->letters);
    }
    for (const Mailbox::Letter& letter : letters) {
        auto node = waiting_.extract(letter.ticket);
        if (!node.empty()) node.mapped()(letter.resolved);
    }
}

}  // namespace net::service
