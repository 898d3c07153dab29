"""A system outside, of a test's own: it takes messages over HTTP on this machine, and answers as it is told."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Taken:
    path: str
    headers: dict[str, str]
    body: bytes


class WebPeer:
    """What has arrived; `status`, `headers` and `body` are its answer, `statuses` those of the next ones before."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.status, self.statuses = 200, list[int]()
        self.headers: dict[str, str] = {}
        self.body = b"{}"
        self.before: Any = None
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heads = {name.lower(): value for name, value in self.headers.items()}
                peer.taken.append(Taken(self.path, heads, body))
                if peer.before is not None:
                    peer.before(self.path)
                self.send_response(peer.statuses.pop(0) if peer.statuses else peer.status)
                for name, value in peer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(peer.body)

            def log_message(self, *words: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str = "/hook") -> str:
        return f"http://{self.host}{path}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def web_peer(settings: Any) -> Iterator[WebPeer]:
    peer = WebPeer()
    settings.OUTGOING_ALLOWED_HOSTS = [peer.host]
    yield peer
    peer.stop()
