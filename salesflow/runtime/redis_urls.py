"""One setting names Redis; what Celery and the cache need is derived from it."""

from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit


def broker_url(url: str) -> str:
    """The address as Celery wants it: it calls a socket `redis+socket` and its database `virtual_host`."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    secret = f":{parts.password}@" if parts.password else ""
    return f"redis+socket://{secret}{unquote(parts.path)}?virtual_host={number}"


def numbered(url: str, number: int) -> str:
    """The same server, but its database `number`."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        # put together by hand: a socket without a password has no host, and its two slashes would be lost
        return f"unix://{parts.netloc}{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))
