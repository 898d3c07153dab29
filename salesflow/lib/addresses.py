"""Addresses of records, many of which stand on one page."""

from functools import lru_cache

from django.urls import get_script_prefix, reverse


def record_url(name: str, pk: int) -> str:
    """The address of a record's page whose route `name` takes the key alone; looked up once per route."""
    before, after = _around(name, get_script_prefix())
    return f"{before}{pk}{after}"


@lru_cache(maxsize=256)
def _around(name: str, prefix: str) -> tuple[str, str]:
    before, _zero, after = reverse(name, args=[0]).rpartition("0")
    return before, after
