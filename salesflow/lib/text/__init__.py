"""Normalised keys: two spellings of the same address, number, company or person give the same key.

What folds into what, and why, is written in `docs/text-keys.md`. All functions are pure, take what people type and
return None where there is nothing to compare.
"""

from .codes import uscc_key
from .companies import company_key
from .emails import domain_key, email_key, is_email
from .fold import clean, fold
from .people import person_key
from .phones import Phone, phone_key, phone_parse

__all__ = [
    "Phone", "clean", "company_key", "domain_key", "email_key", "fold", "is_email", "person_key", "phone_key",
    "phone_parse", "uscc_key",
]  # fmt: skip
