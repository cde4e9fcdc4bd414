"""What a hub accepts sends at once: an answer is two writes, and a second that waited would come 40 ms late."""

from __future__ import annotations

import socket

from hub.cli.serve import listening


def test_an_accepted_connection_waits_for_no_acknowledgement() -> None:
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
