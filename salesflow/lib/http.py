"""Calling others by HTTP, as one must call addresses that somebody typed in.

The name is resolved once, every address it has is judged, and the connection goes to one that was judged: a name that
changes its mind between look and call gains nothing. No redirects, no proxies of the environment, ten seconds for
connecting, sending and reading together, and no more of an answer than is wanted. How long a name is looked up is the
system resolver's own limit.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from salesflow.lib.hosts import Target, is_outside, is_outside_name, target_of

#: Seconds for connecting, sending and reading together.
SECONDS = 10.0
#: Bytes of an answer that are read.
MOST = 64 * 1024
LARGEST_BODY = 1024 * 1024


class NotCalled(Exception):
    """The address may not be called; nothing was sent. `code`: inside_address, not_https."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Exception):
    """Nothing came back that is an answer. `code`: unknown_host, unreachable, timed_out,
    bad_certificate, broken_off."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the beginning of the body, after how many seconds; names of headers in lower case."""

    status: int
    body: bytes
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS, most: int = MOST
) -> Answer:
    """POST a body; raises ValidationError (no URL), NotCalled, NoAnswer. A redirect is an answer like any other."""
    if len(body) > LARGEST_BODY:
        raise ValueError("a body of this size is no message")
    target = target_of(url)
    if target.scheme != "https" and not target.is_named:
        raise NotCalled("not_https")
    places, began = _places(target), time.monotonic()
    connection = _Connection(target, places, began + seconds)
    watch = threading.Timer(seconds, connection.break_off)
    watch.daemon = True
    watch.start()
    try:
        return _asked(connection, target, body, headers, most, began)
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer("bad_certificate", error.verify_message) from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(_said(error, connection), str(error)[:200]) from None
    finally:
        watch.cancel()
        connection.close()


def _asked(
    connection: "_Connection",
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    most: int,
    began: float,
) -> Answer:
    connection.request(
        "POST", target.path, body, {"User-Agent": "SalesFlow", "Connection": "close", **headers}
    )
    response = connection.getresponse()
    text = response.read(most)
    if connection.broken_off:
        raise NoAnswer("timed_out")
    found = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, text, time.monotonic() - began, found)


def _said(error: Exception, connection: "_Connection") -> str:
    if connection.broken_off or isinstance(error, TimeoutError):
        return "timed_out"
    return "broken_off" if connection.sock is not None else "unreachable"


def _places(target: Target) -> list[Any]:
    """The socket addresses of the target, all of them judged; one bad address spoils the name."""
    if not target.is_named and not is_outside_name(target.host):
        raise NotCalled("inside_address")
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer("unknown_host", str(error)[:200]) from None
    if not target.is_named:
        for *_kind, place in found:
            if not is_outside(ipaddress.ip_address(str(place[0]).split("%")[0])):
                raise NotCalled("inside_address")
    return found


class _Connection(http.client.HTTPConnection):
    """Connects to the judged places, never by name; TLS still proves the name."""

    def __init__(self, target: Target, places: list[Any], until: float) -> None:
        super().__init__(target.host, target.port)
        self.target, self.places, self.until = target, places, until
        self.broken_off = False
        if target.scheme == "https":
            self.default_port = 443  # the port is told in `Host` only where it is another

    def connect(self) -> None:
        last: OSError = ConnectionError("no address")
        for family, kind, protocol, _name, place in self.places:
            self._require_time()
            try:
                self._reach(socket.socket(family, kind, protocol), place)
            except OSError as error:
                if self.sock is not None:
                    self.sock.close()
                    self.sock = None
                if isinstance(error, ssl.SSLError):
                    raise
                last = error
            else:
                # the time may have ended between two sockets, when there was none to shut
                self._require_time()
                return
        raise last

    def _reach(self, plain: socket.socket, place: Any) -> None:
        """Connect; the socket is ours from the beginning, so that it can be shut at every step."""
        self.sock = plain
        plain.settimeout(max(0.1, self.until - time.monotonic()))
        plain.connect(place)
        if self.target.scheme == "https":
            context = ssl.create_default_context()
            self.sock = sealed = context.wrap_socket(
                plain, server_hostname=self.target.host, do_handshake_on_connect=False
            )
            self._require_time()
            sealed.do_handshake()

    def _require_time(self) -> None:
        if self.broken_off or time.monotonic() >= self.until:
            self.broken_off = True
            raise TimeoutError

    def break_off(self) -> None:
        """End whatever is under way: a peer that sends a byte now and then is slow as well."""
        self.broken_off = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
