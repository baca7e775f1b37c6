// Facts as they come in real use, for tests that look at the whole window.
#pragma once

#include "tests/ui/ui_driver.h"

namespace tests::ui {

struct BusyScene {
    EndpointId echo_server{};
    EndpointId open_server{};  // beyond loopback
    EndpointId failed_server{};
    EndpointId client{};
    std::vector<ConnectionId> connections;
};

// Three servers (one listening to everybody, one that failed), two clients, twelve connections in all states, text and binary both ways.
BusyScene busy_scene(UiDriver& ui);
// `count` open connections of one server, each with a few bytes.
EndpointId many_connections(UiDriver& ui, int count);

}  // namespace tests::ui
