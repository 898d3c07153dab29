"""What the imports of customers, contacts and opportunities share: how they write what their rows mean.

A chunk takes a constant number of statements. The rules are those of the services of single records, asked in the same
words; the locks are taken in their order: external ids and identities, then rows by their keys.
"""

import json
from collections.abc import Sequence
from copy import copy
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from contacts.services.change import Changes, edit_data, external_lock
from salesflow.clocks.services import database_now
from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.bulk import insert_many
from salesflow.lib.rows import rows_put
from salesflow.people.models import User
from salesflow.work.imports import Answer, ImportKind, Met
from salesflow.work.services.imports.given import Given, Refused
from salesflow.work.services.imports.matching import MatchingWriter


class RecordWriter(MatchingWriter):
    """Writes one chunk of rows with a statement for what is new and one for what changed."""

    event: ClassVar[str]
    #: Written with every edit beside what was changed.
    computed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, kind: ImportKind, *, by: User, mode: str, job_id: int, met: Met) -> None:
        super().__init__(kind, by=by, mode=mode, job_id=job_id, met=met)
        self.pending: list[tuple[Any, Answer]] = []
        #: Those of the latest that are not written yet.
        self.edited: dict[int, Any] = {}
        self.columns: set[str] = set()
        self.events: list[EventDraft] = []

    # what a kind says

    def may_create(self, given: Given) -> bool:
        raise NotImplementedError

    def may_edit(self, record: Any) -> bool:
        raise NotImplementedError

    def made(self, given: Given) -> Any:
        """A checked unsaved record; raises ValidationError, PermissionDenied, Refused."""
        raise NotImplementedError

    def changed(self, record: Any, given: Given) -> Changes:
        """Set a row's values on a copy of a record and check them; raises as `made`."""
        raise NotImplementedError

    def said_of_new(self, record: Any) -> dict[str, Any]:
        """What the event of a new record tells beside its import."""
        return {}

    # the flow

    def relate(self, rows: Sequence[Given]) -> None:
        external_lock(self.model, [row.values.get("external_id") for row in rows])
        self.people(rows, "owner")

    def create(self, row: Given) -> Answer:
        if not self.may_create(row):
            raise Refused(_("You may not enter such a record."))
        record = self.made(row)
        answer = Answer("created", keys=tuple(dict.fromkeys([*row.keys, *self.keys_of(record)])))
        self.pending.append((record, answer))
        for key in self.keys_of(record):
            self.known[key].append(record)
        return answer

    def edit(self, row: Given, record: Any, key: str) -> Answer:
        if not self.may_edit(record):
            raise Refused(_("You may not change this record."))
        self.spelling_kept(record, row, key)
        fresh = copy(record)
        row.values = {name: value for name, value in row.values.items() if getattr(record, name) != value}
        changes = self.changed(fresh, row)
        if not changes:
            return Answer("skipped", record.pk, _("Nothing differs from what the record holds."))
        fresh.version, fresh.updated_at = record.version + 1, self.now
        self.latest[fresh.pk] = self.edited[fresh.pk] = fresh
        for key in self.keys_of(fresh):
            self.known[key].append(fresh)
        self.columns |= {*changes, *self.computed}
        pairs = json.loads(
            json.dumps({name: list(pair) for name, pair in changes.items()}, cls=DjangoJSONEncoder)
        )
        data = edit_data(changes, self.job_id)
        self._tell("edited", fresh, data, {"changes": pairs})
        return Answer("updated", fresh.pk, changes=pairs)

    @property
    def now(self) -> Any:
        if not hasattr(self, "_now"):
            self._now = database_now()
        return self._now

    def flush(self) -> None:
        """Write what is pending: new records and edits with a statement each, then their events."""
        pending, self.pending = self.pending, []
        insert_many(self.model, [record for record, _answer in pending])
        for record, answer in pending:
            answer.record_id = record.pk
            self.seen.add(record.pk)
            self.known[f"id {record.pk}"].append(record)
            self._tell("created", record, {"import": self.job_id, **self.said_of_new(record)})
        if self.edited:
            rows_put(self.edited.values(), [*sorted(self.columns), "version", "updated_at"])
        record_many(self.events)
        self.edited, self.columns, self.events = {}, set(), []

    def _tell(
        self, what: str, record: Any, data: dict[str, Any], private: dict[str, Any] | None = None
    ) -> None:
        kind, type_ = f"contacts.{self.event}_{what}", self.kind.subject_type
        self.events.append(EventDraft(kind, type_, record.pk, self.by.pk, data, private))

    def external_checked(self, record: Any) -> None:
        """Refuse an external id that another record has; all that have it are known here, and locked."""
        for each in self.known.get(f"external_id {record.external_id}", ()):
            other = self.latest.get(each.pk, each)
            same = other is record or (other.pk is not None and other.pk == record.pk)
            if record.external_id and other.external_id == record.external_id and not same:
                raise Refused(_("Another record has this external id."))
