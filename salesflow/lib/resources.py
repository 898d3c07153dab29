"""Which REST resource a kind of record is, for those who tell others where to read more.

The router fills this in as it routes; whoever asks makes sure that the addresses are loaded, since a worker has not
answered any request yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse


@dataclass(frozen=True)
class Resource:
    """`visible(user)` gives the records that user may see."""

    name: str
    visible: Callable[[Any], QuerySet[Any]]

    def address(self, pk: int) -> str:
        """Where the record is read."""
        return settings.SITE_URL + reverse(f"api:{self.name}-detail", args=[pk])


_by_type: dict[str, Resource] = {}


def register(type_: str, resource: Resource) -> None:
    """The first resource of a kind of record is the one that stands for it."""
    _by_type.setdefault(type_, resource)


def resource_of(type_: str) -> Resource | None:
    """The resource of a kind of record such as `leads.lead`, if it has one."""
    import_module(settings.ROOT_URLCONF)
    return _by_type.get(type_)
