"""A peer that is a socket of python's, for tests that talk to the program themselves."""

import socket

from wireloupe_process import DEADLINE_SECONDS


def connect(address):
    """To "host:port" or "[host]:port"."""
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), timeout=DEADLINE_SECONDS)


def read_exactly(peer, size):
    """So many bytes, or what came before the end."""
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


def read_to_end(peer):
    """Everything until the other side has ended its stream."""
    data = b""
    while piece := peer.recv(65536):
        data += piece
    return data
