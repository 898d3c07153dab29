"""What a person looked at last: a hint for his next step, kept in the cache and lost with it without harm."""

from typing import Any

from django.core.cache import cache
from django.db.models import Model

from salesflow.lib.search_registry import Hit
from salesflow.lib.subjects import subject_of, type_of, visible_subjects

KEPT = 20
SHOWN = 8
_DAYS = 60


def looked_at(user: Any, record: Model) -> None:
    """Remember that this person has the record before him. Of a record's page, once the person may see it."""
    here = [type_of(record), record.pk]
    others = [each for each in _kept(user) if each != here]
    cache.set(_key(user), [here, *others][:KEPT], _DAYS * 86_400)


def recent(user: Any, limit: int = SHOWN) -> list[Hit]:
    """The records this person looked at last, latest first, of those he may still see; one statement per kind."""
    named = [(type_, id_) for type_, id_ in _kept(user)]
    seen = visible_subjects(user, named)
    found = [(type_, seen[type_, id_]) for type_, id_ in named if (type_, id_) in seen]
    return [
        Hit(
            id=record.pk,
            title=subject_of(type_).label(record),
            url=subject_of(type_).url(record.pk),
            end=_kind(record),
        )
        for type_, record in found[:limit]
    ]


def _kind(record: Model) -> str:
    name = str(record._meta.verbose_name)
    return name[:1].upper() + name[1:]


def _key(user: Any) -> str:
    return f"recent:{user.pk}"


def _kept(user: Any) -> list[list[Any]]:
    return cache.get(_key(user)) or []
