"""Which ports of this machine are free."""

import socket

HOST = "127.0.0.1"


def taken(port: int) -> bool:
    """Whether something listens on `port` here, or we may not."""
    with socket.socket() as client:
        client.settimeout(1)
        if client.connect_ex((HOST, port)) == 0:
            return True
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((HOST, port))
        except OSError:
            return True
    return False


def free_port(preferred: int) -> int:
    """`preferred` if it is free, else one that is."""
    if preferred < 65536 and not taken(preferred):
        return preferred
    with socket.socket() as server:
        server.bind((HOST, 0))
        return int(server.getsockname()[1])
