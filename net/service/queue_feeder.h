// Somebody who puts more into a connection's queue each time the kernel has taken from it. Thread: network thread only.
#pragma once

#include "net/channel/event.h"
#include "net/service/intrusive_list.h"

namespace net::service {

class Connection;

// While a connection has feeders, the peer's end of its stream does not close it: what they still have is sent first.
class QueueFeeder {
  public:
    QueueFeeder() : of_connection(*this) {}

    // send(2) has taken something. Called while the connection sends: it may leave the connection, but queues nothing.
    virtual void queue_moved(Connection& connection) = 0;
    // It is off the connection's list; the connection, its counts and its queue are still there to be asked.
    virtual void connection_ended(Connection& connection,
                                  const channel::ConnectionClosed& closed) = 0;

    ListNode<QueueFeeder> of_connection;

  protected:
    ~QueueFeeder() = default;
};

}  // namespace net::service
