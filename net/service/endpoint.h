// What servers and clients have in common: they own connections, and end when told to. Thread: network thread only.
#pragma once

#include "net/channel/command.h"
#include "net/channel/event.h"
#include "net/service/intrusive_list.h"
#include "net/service/send_queue.h"

#include <memory>
#include <string>

namespace net::service {

class Connection;
class Connections;
class Replier;

class Endpoint {
  public:
    virtual ~Endpoint();
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    // Cancels, closes, and ends once its last connection is closed. Harmless when repeated.
    virtual void stop() = 0;
    // Accepting may go on after a pause.
    virtual void resume() {}
    // A connection of this endpoint is off the list now. `is_wish`: it was closed here, on purpose.
    virtual void connection_closed(bool is_wish) = 0;

    // It holds nothing any more and EndpointStopped has been told: its owner may delete it, at the end of the turn.
    [[nodiscard]] bool has_ended() const { return has_ended_; }

    [[nodiscard]] channel::EndpointId id() const { return id_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool echoes() const { return echoes_; }
    [[nodiscard]] bool keeps_half_open() const { return keeps_half_open_; }
    [[nodiscard]] const SharedBytes& greeting() const { return greeting_; }

    // Null: nothing is to be answered but by an echo.
    [[nodiscard]] Replier* replier() const { return replier_.get(); }
    // From now on. False, and nothing has changed: `error` is a sentence. Only where no Connection is on the stack, and none waits to be deleted.
    [[nodiscard]] bool set_replies(Connections& all,
                                   const channel::Replies& replies,
                                   std::string& error);
    // Not final, of no connection.
    [[nodiscard]] channel::Failure reply_failure(const std::string& message) const;

    IntrusiveList<Connection> connections;

  protected:
    Endpoint(channel::EndpointId id, std::string name, bool keeps_half_open, SharedBytes greeting);

    bool has_ended_ = false;

  private:
    const channel::EndpointId id_;
    const std::string name_;
    const bool keeps_half_open_;
    const SharedBytes greeting_;
    std::unique_ptr<Replier> replier_;
    bool echoes_ = false;
};

}  // namespace net::service
