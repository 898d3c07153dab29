"""Records that activities, tasks, notes, clocks and events can hang on, named by type and id.

The foundation may not import the stages, so each stage registers what its records are called, which of them a
person may see and where their page is.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Subject:
    """How the foundation meets one kind of record.

    `visible(user)` gives the records in work that user may see; `label(obj)` its name for people; `url(id)` its page;
    `can_work(user, obj)` whether the user may log and plan on it. `past(user)`, where there is one, gives those out of
    work as well: what hangs on them may still be read by whoever sees them, and nothing is added.
    """

    type: str
    visible: Callable[[Any], QuerySet[Any]]
    label: Callable[[Any], str]
    url: Callable[[int], str]
    can_work: Callable[[Any, Any], bool]
    past: Callable[[Any], QuerySet[Any]] | None = None

    def seen(self, user: Any) -> QuerySet[Any]:
        """The records this user may look at, in work or not."""
        return (self.past or self.visible)(user)


_NAMED = re.compile(r"([A-Za-z_.]{1,60})[\s:#]+([0-9]{1,18})", re.ASCII)

_subjects: dict[str, Subject] = {}
#: Records by kind and key.
Named = Iterable[tuple[str, int | None]]


def register(subject: Subject) -> None:
    _subjects[subject.type] = subject


def subject_types() -> list[str]:
    return sorted(_subjects)


def type_named(name: str) -> str | None:
    """The registered kind of this name; `lead` or `leads` will do for `leads.lead`."""
    if name in _subjects:
        return name
    short = name.lower()
    found = [type_ for type_ in _subjects if short.removesuffix("s") == type_.rpartition(".")[2]]
    return found[0] if len(found) == 1 else None


def record_said(type_: str, id_: int | None) -> str:
    """A record as a file names it: `lead 12`; nothing for none."""
    short = type_.rpartition(".")[2]
    return "" if id_ is None else f"{short if type_named(short) == type_ else type_} {id_}"


def record_read(text: str) -> tuple[str, int] | None:
    """Kind and key of what `record_said` named, also as `leads.lead:12`; None for what is no such name."""
    found = _NAMED.fullmatch(text.strip())
    type_ = type_named(found[1]) if found else None
    return (type_, int(found[2])) if found and type_ is not None else None


def subject_of(type_: str) -> Subject:
    """The registered kind, or a ValidationError naming the ones there are."""
    try:
        return _subjects[type_]
    except KeyError:
        raise ValidationError(
            {"subject_type": ValidationError(_("Unknown kind of record."), code="unknown_subject")}
        ) from None


def type_of(obj: Model) -> str:
    return obj._meta.label_lower


def subject_named(type_: str, id_: int) -> Any:
    """The record itself, whoever asks: of a row that hangs on it."""
    from django.apps import apps

    return apps.get_model(type_)._base_manager.get(pk=id_)


def visible_subject(user: Any, type_: str, id_: int) -> Any:
    """The record itself, to do something on it, if this user may see it; Http404 otherwise."""
    return _found(subject_of(type_).visible(user), id_)


def seen_subject(user: Any, type_: str, id_: int) -> Any:
    """The record itself, to read what hangs on it, if this user may see it; Http404 otherwise."""
    return _found(subject_of(type_).seen(user), id_)


def _found(records: QuerySet[Any], id_: int) -> Any:
    found = records.filter(pk=id_).first()
    if found is None:
        raise Http404
    return found


def visible_subjects(user: Any, named: Named) -> dict[tuple[str, int], Any]:
    """Those of the named records that this user may see, with one statement per kind; unknown kinds are left out."""
    return _all_found(named, lambda subject: subject.visible(user))


def seen_subjects(user: Any, named: Named) -> dict[tuple[str, int], Any]:
    """As `visible_subjects`, with those out of work."""
    return _all_found(named, lambda subject: subject.seen(user))


def _all_found(named: Named, records: Callable[[Subject], QuerySet[Any]]) -> dict[tuple[str, int], Any]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for type_, id_ in named:
        if type_ in _subjects and id_ is not None:
            wanted[type_].add(id_)
    return {
        (type_, record.pk): record
        for type_, ids in wanted.items()
        for record in records(_subjects[type_]).filter(pk__in=ids)
    }


def on_visible_subjects(user: Any) -> Q:
    """The condition for rows that hang on a record in work that this person may see."""
    return _on(lambda subject: subject.visible(user))


def on_seen_subjects(user: Any) -> Q:
    """The condition for rows that hang on a record this person may see, in work or not."""
    return _on(lambda subject: subject.seen(user))


def _on(records: Callable[[Subject], QuerySet[Any]]) -> Q:
    found = Q(pk__in=[])
    for type_, subject in sorted(_subjects.items()):
        there = records(subject).filter(pk=OuterRef("subject_id"))
        found |= Q(Exists(there), subject_type=type_)
    return found


def labels(type_: str, ids: Iterable[int]) -> dict[int, str]:
    """Names for many records of one kind in one query, without asking who looks: for texts already addressed."""
    subject = _subjects.get(type_)
    if subject is None:
        return {}
    from django.apps import apps

    model = apps.get_model(type_)
    return {obj.pk: subject.label(obj) for obj in model._base_manager.filter(pk__in=list(ids))}
