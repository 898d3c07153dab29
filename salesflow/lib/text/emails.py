"""Canonical e-mail addresses and company domains."""

import re
import unicodedata
from functools import lru_cache

from .hosts import SECOND_LEVEL, is_shared_host

_WRAPPED = re.compile(r"<([^<>]+)>\s*$")
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_GMAIL = {"gmail.com", "googlemail.com"}
_URL_HEAD = re.compile(r"^[a-z][a-z0-9+.-]*:/*", re.IGNORECASE)


@lru_cache(maxsize=8192)
def host_ascii(host: str) -> str | None:
    """Host name in lower case and ASCII (IDNA), or None when it is no public host name (no dot, an IP address …)."""
    host = unicodedata.normalize("NFKC", host).strip().rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or labels[-1].isdigit() or len(labels[-1]) < 2:
        return None
    return host if all(_LABEL.fullmatch(label) for label in labels) else None


def email_key(raw: str | None) -> str | None:
    """The address two people would agree is the same mailbox, in lower case; None when it is no valid address.

    `Name <a@b.c>` and `mailto:` are unwrapped, full-width signs folded, the domain written in ASCII. Dots and
    `+tags` are folded for Gmail alone, whose provider documents that they do not matter; everywhere else `a.b`
    and `ab` may be two people, and a false "duplicate" would refuse a real lead.
    """
    if not raw:
        return None
    text = unicodedata.normalize("NFKC", raw).strip() if not raw.isascii() else raw.strip()
    if "<" in text and (wrapped := _WRAPPED.search(text)):
        text = wrapped[1].strip()
    text = text.lower().removeprefix("mailto:")
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    host = host_ascii(domain)
    if host is None:
        return None
    if host in _GMAIL:
        host = "gmail.com"
        local = local.split("+", 1)[0].replace(".", "") or local
    return f"{local}@{host}"


def is_email(raw: str | None) -> bool:
    """Whether the text is one syntactically valid address."""
    return email_key(raw) is not None


def domain_key(email_or_website: str | None) -> str | None:
    """The company's own registered domain (`huawei.com` for `www.huawei.com/cn` or `li@mail.huawei.com`).

    None for free-mail hosts, shop and social platforms (many companies under one host), IP addresses and text
    that is no host. Without a public suffix list two-level endings are known by pattern (`com.cn`, `co.uk`).
    """
    if not email_or_website:
        return None
    text = _URL_HEAD.sub("", email_or_website.strip())
    text = re.split(r"[/?#\s]", text, maxsplit=1)[0].rpartition("@")[2]
    host = host_ascii(text.split(":", 1)[0])
    if host is None:
        return None
    labels = host.split(".")
    ending = 2 if len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else 1
    domain = ".".join(labels[-ending - 1 :])
    return None if len(labels) <= ending or is_shared_host(host, domain) else domain
