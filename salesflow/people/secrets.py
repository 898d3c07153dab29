"""Secrets that must be read again are kept encrypted under SECRET_KEY; keys that came before it still open them."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def _keys() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"salesflow.secrets:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def sealed(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def opened(token: str) -> str | None:
    """What was sealed; nothing when the key it was sealed under is gone."""
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken:
        return None
