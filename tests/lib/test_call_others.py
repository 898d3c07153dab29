"""Calling addresses that somebody typed in: never into one's own network, never for long."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from salesflow.lib import hosts, http
from salesflow.lib.http import NoAnswer, NotCalled, post
from tests.support.certificates import Authority

INSIDE = [
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/",
    "https://10.0.0.8/", "https://192.168.1.1/", "https://172.16.0.1/", "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/", "https://0.0.0.0/", "https://[::1]/", "https://[::]/", "https://[fe80::1]/",
    "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a00:1]/", "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/", "https://224.0.0.1/", "https://255.255.255.255/", "https://localhost/",
    "https://LOCALHOST./", "https://db/", "https://erp.local/", "https://metadata.google.internal/", "https://１２７.0.0.1/",
]  # fmt: skip
NO_URL = [
    "", "hooks.example.com", "ftp://example.com/", "https://", "https://user:pass@example.com/", "file:///etc/passwd",
    "https://example.com:99999/", "https://example.com/a b", "https://example.com\\@127.0.0.1/", "https://exa\nmple.com/",
    "https://[::1/", "javascript:alert(1)", "https://example.com/" + "x" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        hosts.check_outside_url(url)
    assert refusal.value.code == "inside_address"
    with pytest.raises(NotCalled):
        post(url, b"", {})


@pytest.mark.parametrize("url", NO_URL)
def test_what_is_no_web_address_is_told(url: str) -> None:
    with pytest.raises(ValidationError):
        hosts.check_outside_url(url)


@pytest.mark.parametrize(
    "url", ["https://hooks.example.com/x?y=1", "https://8.8.8.8:8443/", "https://例子.中国/"]
)
def test_addresses_outside_may_be_named(url: str) -> None:
    hosts.check_outside_url(url)


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "::ffff:10.0.0.1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    """Also when only one of its addresses does, as with a name that changes its mind."""
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    kind = socket.AF_INET6 if ":" in inside else socket.AF_INET
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *a, **k: [good, (kind, socket.SOCK_STREAM, 6, "", (inside, 443))]
    )
    with pytest.raises(NotCalled) as refusal:
        post("https://rebinding.example.com/", b"", {})
    assert refusal.value.code == "inside_address"


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    reached: list[Any] = []

    def resolve(host: str, *rest: Any, **named: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]

    def reach(self: Any, plain: socket.socket, place: Any) -> None:
        plain.close()
        reached.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(http._Connection, "_reach", reach)
    with pytest.raises(NoAnswer) as nothing:
        post("https://hooks.example.com/", b"", {})
    assert nothing.value.code == "unreachable"
    assert asked == ["hooks.example.com"] and reached == [("93.184.216.34", 443)]


@pytest.fixture
def peer(settings: Any) -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """`peer(deed)` gives the address of a socket whose visitors meet `deed`."""
    open_ones: list[socket.socket] = []

    def listening(deed: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        open_ones.append(listener)
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        settings.OUTGOING_ALLOWED_HOSTS = [host]

        def serve() -> None:
            with suppress(OSError):
                visitor, _place = listener.accept()
                open_ones.append(visitor)
                deed(visitor)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://{host}/hook"

    yield listening
    for each in open_ones:
        each.close()


def test_a_named_host_inside_may_be_called_and_a_redirect_is_not_followed(peer: Any) -> None:
    def moved(visitor: socket.socket) -> None:
        visitor.recv(10_000)
        visitor.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno")

    answer = post(peer(moved), b"{}", {"Content-Type": "application/json"})
    assert (answer.status, answer.body, answer.is_ok) == (302, b"no", False)


def test_a_certificate_of_the_companys_own_authority_is_believed_where_that_is_set(
    peer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    context = authority.server()

    def answer(visitor: socket.socket) -> None:
        with context.wrap_socket(visitor, server_side=True) as sealed:
            while not sealed.recv(10_000).endswith(b"{}"):  # closed with something unread it would be reset
                pass
            sealed.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with pytest.raises(NoAnswer) as nothing:
        post(peer(answer).replace("http://", "https://"), b"{}", {})
    assert nothing.value.code == "bad_certificate"
    (tmp_path / "authorities.pem").write_text(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    assert post(peer(answer).replace("http://", "https://"), b"{}", {}).status == 204


def test_a_peer_that_drips_bytes_is_left_when_the_time_is_over(peer: Any) -> None:
    stop = threading.Event()

    def drip(visitor: socket.socket) -> None:
        visitor.recv(10_000)
        visitor.sendall(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.05):
            visitor.sendall(b"X-Slow: yes\r\n")

    with pytest.raises(NoAnswer) as nothing:
        post(peer(drip), b"{}", {}, seconds=0.4)
    stop.set()
    assert nothing.value.code == "timed_out"


def test_a_peer_that_drips_while_the_line_is_sealed_is_left_too(peer: Any) -> None:
    stop = threading.Event()

    def drip(visitor: socket.socket) -> None:
        visitor.sendall(b"\x16\x03\x03\x40\x00")  # the head of a record of 16 KB
        while not stop.wait(0.05):
            visitor.sendall(b"\x02")

    began = time.monotonic()
    with pytest.raises(NoAnswer) as nothing:
        post(peer(drip).replace("http://", "https://"), b"{}", {}, seconds=0.4)
    stop.set()
    assert nothing.value.code == "timed_out"
    assert time.monotonic() - began < 4


def test_when_the_time_ends_between_two_addresses_the_second_is_left(
    peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[Any] = []

    def silent(self: Any, plain: socket.socket, place: Any) -> None:
        reached.append(place)
        plain.close()
        threading.Event().wait(0.3)
        raise TimeoutError

    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (1, 2)]
    url = peer(lambda visitor: None)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: places)
    monkeypatch.setattr(http._Connection, "_reach", silent)
    with pytest.raises(NoAnswer) as nothing:
        post(url, b"{}", {}, seconds=0.2)
    assert nothing.value.code == "timed_out"
    assert reached == [("127.0.0.1", 1)]


def test_no_more_of_an_answer_is_read_than_wanted(peer: Any) -> None:
    def flood(visitor: socket.socket) -> None:
        visitor.recv(10_000)
        visitor.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000)

    assert len(post(peer(flood), b"", {}, most=1000).body) == 1000


def test_silence_and_nonsense_are_no_answers(peer: Any) -> None:
    def nonsense(visitor: socket.socket) -> None:
        visitor.recv(10_000)
        visitor.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")
        visitor.close()

    with pytest.raises(NoAnswer):
        post(peer(nonsense), b"", {})
    with pytest.raises(NoAnswer) as nothing:
        post(peer(lambda visitor: None), b"", {}, seconds=0.3)
    assert nothing.value.code == "timed_out"


def test_plain_http_goes_to_named_hosts_only() -> None:
    with pytest.raises(NotCalled) as refusal:
        post("http://93.184.216.34/", b"", {})
    assert refusal.value.code == "not_https"
