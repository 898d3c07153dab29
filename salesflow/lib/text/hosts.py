"""Hosts that say nothing about a company: free mail, shops and social platforms shared by many."""

from .words import word_list

SECOND_LEVEL = word_list("second level")

FREE_MAIL = word_list("free mail")

PLATFORMS = word_list("platforms")


def is_shared_host(host: str, domain: str) -> bool:
    """Whether many unrelated people or companies live under this host (or under its registered domain)."""
    return domain in FREE_MAIL or domain in PLATFORMS or host in FREE_MAIL or host in PLATFORMS
