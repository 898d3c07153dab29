"""Rows written one by one through the services of single records: for kinds whose rules nobody wants to tell twice.

Each row takes the statements of its service, in a savepoint of its own; kinds that come in by the hundred thousand
write chunks instead (`contacts.services.imports.base`).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.lib.errors import Conflict
from salesflow.work.imports import Answer, ImportKind, Met, Writer
from salesflow.work.services.imports.given import Given, Refused, kept_plain
from salesflow.work.services.imports.matching import MatchingWriter


class ServiceWriter(MatchingWriter):
    """Subclasses name the services; what they refuse refuses the row."""

    #: What a row may change, and an undo sets back.
    fields: ClassVar[tuple[str, ...]]

    def made(self, row: Given) -> Any:
        """The new record; raises ValidationError, PermissionDenied, Conflict, Refused."""
        raise NotImplementedError

    def changed(self, record: Any, row: Given) -> Any:
        """The record with the values of the row, of which only those that differ are left; raises as `made`."""
        raise NotImplementedError

    def create(self, row: Given) -> Answer:
        record = _by_service(lambda: self.made(row))
        self.seen.add(record.pk)
        self.keep([record])
        return Answer("created", record.pk, keys=tuple(dict.fromkeys([*row.keys, *self.keys_of(record)])))

    def edit(self, row: Given, record: Any, key: str) -> Answer:
        self.spelling_kept(record, row, key)
        row.values = {
            name: value
            for name, value in row.values.items()
            if not _same(getattr(record, name), value, is_line=name in self.lines)
        }
        if not row.values:
            return Answer("skipped", record.pk, _("Nothing differs from what the record holds."))
        fresh = _by_service(lambda: self.changed(record, row))
        before, after = self._values(record), self._values(fresh)
        changes = {name: [before[name], after[name]] for name in self.fields if before[name] != after[name]}
        if not changes:
            return Answer("skipped", record.pk, _("Nothing differs from what the record holds."))
        self.latest[fresh.pk] = fresh
        for each in self.keys_of(fresh):
            self.known[each].append(fresh)
        return Answer("updated", fresh.pk, changes=changes)

    def _values(self, record: Any) -> dict[str, Any]:
        meta = self.model._meta
        return {name: kept_plain(getattr(record, meta.get_field(name).attname)) for name in self.fields}  # type: ignore[union-attr]


class ServiceImport(ImportKind):
    """A kind whose rows a `ServiceWriter` writes."""

    writes: ClassVar[type[ServiceWriter]]
    known_by = ("id",)
    has_custom = False

    def writer(self, *, by: Any, mode: str, job_id: int, met: Met) -> Writer:
        return self.writes(self, by=by, mode=mode, job_id=job_id, met=met)

    def records(self, ids: Iterable[int]) -> dict[int, Any]:
        rows = self.model._default_manager.filter(pk__in=set(ids)).order_by("pk")
        return {each.pk: each for each in rows.select_for_update(no_key=True)}

    def restore(self, record: Any, values: Mapping[str, Any], *, by: Any, job_id: int) -> None:
        raise NotImplementedError


def _by_service(write: Callable[[], Any]) -> Any:
    try:
        with transaction.atomic():
            return write()
    except Conflict as conflict:
        raise Refused(str(conflict.message)) from None


def _same(held: Any, given: Any, *, is_line: bool) -> bool:
    """Whether a file says what a record holds; line ends are those of whoever wrote the file."""
    if isinstance(held, str) and isinstance(given, str):
        return held.split() == given.split() if is_line else held.strip().splitlines() == given.splitlines()
    return bool(held == given)
