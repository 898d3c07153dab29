"""Which hosts lie outside: what people name in a URL may not lead into the company's own network.

An address is judged twice: by its words when it is entered (`check_outside_url`, asks nobody), and by what its name
resolves to when it is called (`salesflow.lib.http`). `OUTGOING_ALLOWED_HOSTS` names hosts inside that may be called.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST = 1000
_PORTS = {"https": 443, "http": 80}
#: Names that mean a machine inside, whatever they resolve to.
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "corp")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Target:
    """Where a URL leads: scheme, host without brackets, port, and path with query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_named(self) -> bool:
        """Whether the administrator of the machine allows this host, wherever it lies."""
        return _named(self.host, self.port)


def target_of(url: str) -> Target:
    """The parts of an http(s) URL; raises ValidationError where it is none, or carries a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _wrong() from None
    is_plain = url.isprintable() and " " not in url and "\\" not in url and len(url) <= LONGEST
    if not is_plain or parts.scheme not in _PORTS or not host or "@" in parts.netloc or port == 0:
        raise _wrong()
    try:
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise _wrong() from None
    path = parts.path or "/"
    return Target(
        parts.scheme,
        host.lower(),
        port or _PORTS[parts.scheme],
        f"{path}?{parts.query}" if parts.query else path,
    )


def check_outside_url(url: str) -> None:
    """Raise a ValidationError for a URL that is none, or whose words name a host inside."""
    target = target_of(url)
    if not target.is_named and not is_outside_name(target.host):
        raise ValidationError(
            _("This address lies inside the network or on this machine; it may not be named here."),
            code="inside_address",
        )


def is_outside_name(host: str) -> bool:
    """Whether the words of a host do not name one inside: no internal address in any spelling, no local name."""
    address = literal(host)
    if address is not None:
        return is_outside(address)
    name = host.rstrip(".").lower()
    return "." in name and not any(name == end or name.endswith(f".{end}") for end in _INSIDE)


def literal(host: str) -> Address | None:
    """The address a host spells out, as every resolver reads it (`127.1`, `0x7f000001`, `[::1%lo]`), or nothing."""
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return None


def is_outside(address: Address) -> bool:
    """Whether an address is of the public internet; one of IPv4 in an envelope of IPv6 is judged by itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_outside(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _named(host: str, port: int) -> bool:
    allowed = {each.strip().lower() for each in settings.OUTGOING_ALLOWED_HOSTS}
    return host in allowed or f"{host}:{port}" in allowed


def _wrong() -> ValidationError:
    return ValidationError(_("This is no web address (https://…)."), code="invalid")
