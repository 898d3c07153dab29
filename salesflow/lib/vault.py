"""Secrets that must be read again (a mail server's password, a signing key), encrypted where they are stored.

The key is derived from `SECRET_KEY`; after a change of that, what was sealed under one of `SECRET_KEY_FALLBACKS` can
still be opened. Whoever has only the database has none of the secrets.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

_PURPOSE = b"salesflow.vault.1"


class Locked(Exception):
    """A secret was sealed under a key that is no longer known."""


def sealed(secret: str) -> str:
    """The secret as it is stored; nothing for nothing."""
    return _fernet(_keys()).encrypt(secret.encode()).decode() if secret else ""


def opened(box: str) -> str:
    """What `sealed` was given; raises Locked where no known key fits."""
    if not box:
        return ""
    try:
        return _fernet(_keys()).decrypt(box.encode()).decode()
    except InvalidToken:
        raise Locked from None


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    return hmac.digest(key.encode(), _PURPOSE, hashlib.sha256)
