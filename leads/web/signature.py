"""Signatures as Standard Webhooks has them: HMAC-SHA256 over id, time and body, good for five minutes."""

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

WINDOW_SECONDS = 300
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_TIME = re.compile(r"\d{1,12}")


class Forged(Exception):
    """A message nobody vouches for; `code` says what is missing or wrong."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Signed:
    """What came with a message: its number, its time in seconds since 1970, and its signatures."""

    message_id: str
    timestamp: str
    signatures: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Signed":
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        return cls(*(headers.get(name, "") for name in names))


def signature_check(signed: Signed, body: bytes, *, keys: Iterable[bytes], now: datetime) -> None:
    """Raises Forged(`unsigned`, `stale`, `bad_signature`) unless one of `keys` has signed this just now."""
    if not _ID.fullmatch(signed.message_id) or not _TIME.fullmatch(signed.timestamp) or not signed.signatures:
        raise Forged("unsigned")
    if abs(now.timestamp() - int(signed.timestamp)) > WINDOW_SECONDS:
        raise Forged("stale")
    made = [signature_of(key, signed.message_id, signed.timestamp, body) for key in keys]
    given = [part.encode() for part in signed.signatures[:4000].split()]
    if not any([hmac.compare_digest(mine.encode(), other) for mine in made for other in given]):
        raise Forged("bad_signature")


def signature_of(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"
