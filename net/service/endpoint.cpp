#include "net/service/endpoint.h"

#include "net/bytes/escapes.h"
#include "net/service/clock.h"
#include "net/service/connection.h"
#include "net/service/replier.h"

#include <cerrno>
#include <utility>

namespace net::service {

Endpoint::Endpoint(channel::EndpointId id,
                   std::string name,
                   bool keeps_half_open,
                   SharedBytes greeting)
    : id_(id),
      name_(std::move(name)),
      keeps_half_open_(keeps_half_open),
      greeting_(std::move(greeting)) {}

Endpoint::~Endpoint() = default;

bool Endpoint::set_replies(Connections& all, const channel::Replies& replies, std::string& error) {
    auto plan = ReplyPlan::make(replies, error);
    if (plan == nullptr) return false;
    // What they hold of the old plan goes before it.
    connections.for_each([](Connection& connection) { connection.end_replies(); });
    replier_.reset();
    echoes_ = replies.echoes;
    if (plan->has_work()) replier_ = std::make_unique<Replier>(all, *this, std::move(plan));
    connections.for_each([](Connection& connection) { connection.begin_replies(); });
    return true;
}

channel::Failure Endpoint::reply_failure(const std::string& message) const {
    channel::Failure failure;
    failure.operation = channel::Operation::kReply;
    failure.endpoint = id_;
    failure.is_final = false;
    failure.time_ns = wall_time_ns();
    failure.code = channel::errno_name(EINVAL);
    failure.message = "reply of " + bytes::printable(name_) + ": " + message;
    return failure;
}

}  // namespace net::service
