"""Somebody on the way between two who speak: he reads along, and can change what the server says."""

import socket
import socketserver
import threading
from contextlib import suppress


class Tap:
    """Carries on to a port of this machine; `heard` is all that came from the client, as it went over the wire.

    What the server says is changed by `swaps`, as long as it is in the clear.
    """

    def __init__(self, port: int, swaps: dict[bytes, bytes] | None = None) -> None:
        self.heard = b""
        self.swaps = swaps or {}
        tap = self

        class Carry(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(("127.0.0.1", port)) as server:
                    back = threading.Thread(target=tap._back, args=(server, self.request), daemon=True)
                    back.start()
                    with suppress(OSError):
                        while part := self.request.recv(65536):
                            tap.heard += part
                            server.sendall(part)
                    with suppress(OSError):
                        server.shutdown(socket.SHUT_WR)
                    back.join(5)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Carry)
        self.server.daemon_threads = True
        self.port = int(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while part := server.recv(65536):
                for old, new in self.swaps.items():
                    part = part.replace(old, new)
                client.sendall(part)
        with suppress(OSError):
            client.shutdown(socket.SHUT_WR)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
