// The send jobs of a run (net/channel/sending.h): begins, pauses, stops them and gives them their part of each turn. Thread: network thread only.
#pragma once

#include "net/channel/command.h"
#include "net/service/deadlines.h"
#include "net/service/send_job.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

namespace net::service {

class SendJobs {
  public:
    SendJobs(Loop& loop,
             Connections& connections,
             std::function<Endpoint*(channel::EndpointId)> endpoint,
             std::function<void(const std::function<void(Connection&)>&)> for_each_connection);
    ~SendJobs();

    void handle(channel::StartSendJob& command);
    void handle(const channel::PauseSendJob& command);
    void handle(const channel::StopSendJob& command);
    void stop_all();

    [[nodiscard]] bool is_due() const { return deadlines_.is_due(); }
    // Queues what is due now. At the end of a turn, where sending may go on.
    void run() { deadlines_.run(); }
    // Something is left, and a turn is to follow at once.
    [[nodiscard]] bool has_due() const { return deadlines_.has_due(); }
    // The loop wakes up for what is due next.
    void arm() { deadlines_.arm(); }
    // Only where no job is on the stack.
    void delete_ended();
    void close();

  private:
    [[nodiscard]] std::unique_ptr<SendJob> make(channel::StartSendJob& command);
    void refuse(const channel::StartSendJob& command, int code, std::string_view more);
    [[nodiscard]] SendJob* find(channel::SendJobId id);

    Deadlines deadlines_;
    SendJobWorld world_;
    std::unordered_map<std::uint64_t, std::unique_ptr<SendJob>> jobs_;
};

}  // namespace net::service
