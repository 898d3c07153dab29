"""Whose certificates are believed where a mail server speaks TLS: the system's authorities and the company's own."""

import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Characters that may be pasted; the certificate of an authority has about two thousand.
LARGEST = 50_000
_PRIVATE = "PRIVATE KEY-----"


def holds_private_key(text: str) -> bool:
    return _PRIVATE in text.upper()


def certificates_read(text: str) -> str:
    """The certificates of a PEM text and nothing else of it, such as remarks; nothing for nothing.

    Raises ValidationError: a private key (it is told, and never kept), what is no certificate, too much.
    """
    if not text.strip():
        return ""
    if holds_private_key(text):
        said = _("This holds a private key, which nobody else should have. Paste the certificate alone.")
        raise ValidationError(said, code="private_key")
    if len(text) > LARGEST:
        said = _("That is too much: %(most)s characters at most, for the company's own certificates only.")
        raise ValidationError(said % {"most": LARGEST}, code="too_large")
    try:
        found = x509.load_pem_x509_certificates(text.encode())
        kept = "".join(each.public_bytes(Encoding.PEM).decode() for each in found)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=kept)
    except (ValueError, ssl.SSLError):
        said = _(
            "No certificate can be read here. Paste it as text (PEM) that begins with -----BEGIN CERTIFICATE-----."
        )
        raise ValidationError(said, code="no_certificate") from None
    return kept


def certificates_told(pem: str) -> list[tuple[str, str]]:
    """For each certificate the name it is of, and the day it ends."""
    found = x509.load_pem_x509_certificates(pem.encode()) if pem else []
    return [(each.subject.rfc4514_string(), f"{each.not_valid_after_utc:%Y-%m-%d}") for each in found]


def trust_of(pem: str) -> ssl.SSLContext:
    """Name and certificate are always proved: by the system's authorities, or by one of these certificates."""
    context = ssl.create_default_context()
    if pem:
        context.load_verify_locations(cadata=pem)
        # one that was itself issued by another counts alone; newer Pythons do so anyway
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
