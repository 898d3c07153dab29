"""What the imports of customers, contacts and opportunities share: rows find their record, or become one.

A chunk takes a constant number of statements. The rules are those of the services of single records, asked in the same
words; the locks are taken in their order: external ids and identities, then rows by their keys.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from contacts.services.change import Changes, edit_data, external_lock
from contacts.services.imports.given import Given, Refused, faults_told
from salesflow.clocks.services import database_now
from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.bulk import insert_many
from salesflow.lib.rows import rows_put
from salesflow.people.models import User
from salesflow.work.imports import Answer, ImportKind, Met, RowDraft, Writer
from salesflow.work.models import Import
from salesflow.work.services.custom_values import CustomKinds, custom_kinds

Mode = Import.Mode


class RecordWriter(Writer):
    """Writes one chunk of rows; subclasses say how a kind is read, found and checked."""

    model: ClassVar[type[Model]]
    event: ClassVar[str]
    #: Written with every edit beside what was changed.
    computed: ClassVar[tuple[str, ...]] = ()
    lines: ClassVar[tuple[str, ...]] = ()

    def __init__(self, kind: ImportKind, *, by: User, mode: str, job_id: int, met: Met) -> None:
        self.kind, self.by, self.mode, self.job_id, self.met = kind, by, mode, job_id, met
        self.kinds: CustomKinds = (
            custom_kinds(kind.resource, by=by) if kind.has_custom else CustomKinds(by=by)
        )
        self.known: dict[str, list[Any]] = defaultdict(list)
        self.seen: set[int] = set()
        self.pending: list[tuple[Any, Answer]] = []
        #: Records as rows above have left them, and those of them not written yet.
        self.latest: dict[int, Any] = {}
        self.edited: dict[int, Any] = {}
        self.columns: set[str] = set()
        self.events: list[EventDraft] = []

    # what a kind says

    def read(self, given: Given) -> None:
        """Set values and keys of a row from its texts; what cannot be read is refused on the draft."""
        raise NotImplementedError

    def relate(self, rows: Sequence[Given]) -> None:
        """Find the records that rows name, and take the locks that come before those of the rows themselves."""

    def asked(self, keys: Mapping[str, set[str]]) -> Q:
        """The condition for records with any of these keys, by kind of key."""
        raise NotImplementedError

    def keys_of(self, record: Any) -> list[str]:
        """The keys by which a record is known."""
        raise NotImplementedError

    def is_another(self, record: Any, given: Given) -> bool:
        """Whether a record found by one key is told from the row by another."""
        return bool(
            given.values.get("external_id") and record.external_id not in ("", given.values["external_id"])
        )

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

    def spelling_kept(self, record: Any, given: Given, key: str) -> None:
        """Leave out values that only spell otherwise what the record was known by."""

    # the flow

    def write(self, drafts: Sequence[RowDraft]) -> list[Answer]:
        rows = [Given(draft) for draft in drafts]
        for row in rows:
            if not row.draft.faults:
                self._begin(row)
        external_lock(self.model, [row.values.get("external_id") for row in rows])
        self.relate(rows)
        self._find(rows)
        answers = [self._answered(row) for row in rows]
        self._flush()
        return answers

    def _begin(self, row: Given) -> None:
        draft = row.draft
        for name in self.lines:
            if text := draft.text(name):
                row.values[name] = " ".join(text.split())
        if number := draft.text("id"):
            if number.isdecimal() and int(number) < 2**63:
                row.keys.append(f"id {int(number)}")
            else:
                draft.refuse("id", _("A record number is needed here."))
        if external := draft.text("external_id"):
            row.values["external_id"] = external
            row.keys.append(f"external_id {external}")
        if custom := draft.values.get("custom"):
            row.values["custom"] = custom
        self.read(row)

    def _find(self, rows: Sequence[Given]) -> None:
        """Lock the records that any of the rows may mean, in the order of their keys."""
        for row in rows:
            if row.draft.known_as:
                row.keys.append(f"row {row.draft.known_as}")
        asked: dict[str, set[str]] = defaultdict(set)
        for key in {key for row in rows for key in row.keys}:
            name, _blank, value = key.partition(" ")
            asked[name].add(value)
        ids = [int(value) for value in asked.pop("id", ())] + [int(value) for value in asked.pop("row", ())]
        condition = Q(pk__in=ids) | (Q(archived_at=None) & self.asked(asked))
        self._keep(self._locked(condition))
        self.rows_met = self.met({key for row in rows for key in row.keys})

    def _locked(self, condition: Q) -> list[Any]:
        rows = self.model._default_manager.filter(condition).order_by("pk")
        found = list(self.joined(rows).select_for_update(of=("self",), no_key=True))
        visible = self.model._default_manager.visible_to(self.by)  # type: ignore[attr-defined]
        self.seen |= set(visible.filter(pk__in=[each.pk for each in found]).values_list("pk", flat=True))
        return found

    def joined(self, rows: Any) -> Any:
        return rows

    def _keep(self, records: Iterable[Any]) -> None:
        for record in records:
            keys = [f"id {record.pk}", f"row {record.pk}"]
            if record.archived_at is None:
                keys += self.keys_of(record)
            for key in keys:
                self.known[key].append(record)

    def _answered(self, row: Given) -> Answer:
        if row.draft.faults:
            return Answer("rejected")
        try:
            return self._written(row)
        except ValidationError as error:
            faults_told(row.draft, error)
            return Answer("rejected")
        except Refused as refusal:
            return Answer("rejected", reason=str(refusal))
        except PermissionDenied:
            return Answer("rejected", reason=_("You may not put a record into the hands of this person."))

    def _written(self, row: Given) -> Answer:
        record, key = self._match(row)
        met = next((self.rows_met[key] for key in row.keys if key in self.rows_met), None)
        if record is None and met is not None:
            words = _("As row %(number)s of this file would be.") % {"number": met}
            return Answer("skipped" if self.mode == Mode.CREATE else "updated", reason=words)
        if record is None:
            return self._create(row)
        if record.pk is None:  # a row above is about to make it
            self._flush()
        if self.mode == Mode.CREATE:
            return Answer(
                "skipped", record.pk if record.pk in self.seen else None, _("There is such a record already.")
            )
        return self._edit(row, record, key)

    def _match(self, row: Given) -> tuple[Any, str]:
        """The one record the row means and the key it is known by, or None.

        Raises Refused for one out of sight or put away, and for several.
        """
        for key in row.keys:
            found = self._candidates(key, row)
            if key.startswith("id ") and (not found or found[0].pk not in self.seen):
                raise Refused(_("There is no record of this number that you may see."))
            if not found:
                continue
            if len(found) > 1:
                raise Refused(
                    _("Several records fit this row: name one by its record number or external id.")
                )
            if found[0].archived_at is not None:
                if key.startswith("row "):
                    continue
                raise Refused(_("This record is archived."))
            if found[0].pk is not None and found[0].pk not in self.seen:
                raise Refused(_("There is such a record already, which you may not see."))
            return found[0], key
        return None, ""

    def _candidates(self, key: str, row: Given) -> list[Any]:
        """The records of this key, each once and as rows above have left it; those in sight, if there are any."""
        by_number = key.startswith(("id ", "row "))
        found: dict[int, Any] = {}
        for each in self.known.get(key, ()):
            now = self.latest.get(each.pk, each)
            if by_number or (key in self.keys_of(now) and not self.is_another(now, row)):
                found[now.pk or id(now)] = now
        return [each for each in found.values() if each.pk is None or each.pk in self.seen] or list(
            found.values()
        )

    def _create(self, row: Given) -> Answer:
        if self.mode == Mode.UPDATE:
            raise Refused(_("There is no such record to update."))
        if not self.may_create(row):
            raise Refused(_("You may not enter such a record."))
        record = self.made(row)
        answer = Answer("created", keys=tuple(dict.fromkeys([*row.keys, *self.keys_of(record)])))
        self.pending.append((record, answer))
        for key in self.keys_of(record):
            self.known[key].append(record)
        return answer

    def _edit(self, row: Given, record: Any, key: str) -> Answer:
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

    def _flush(self) -> None:
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

    def said_of_new(self, record: Any) -> dict[str, Any]:
        return {}

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

    # what rows say of people, amounts, days

    def owner(self, row: Given) -> None:
        """Set the owner a row names: an active person whom the importer may see."""
        if text := row.draft.text("owner"):
            found = self.kinds.person(text)
            if found is None:
                row.draft.refuse("owner", _("Name one person who is here, by e-mail address, name or id."))
            else:
                row.values["owner"] = found

    def owners(self, rows: Sequence[Given]) -> None:
        """The people that rows name, in place of their ids."""
        people = User.objects.in_bulk({row.values["owner"] for row in rows if "owner" in row.values})
        for row in rows:
            if "owner" in row.values:
                row.values["owner"] = people[row.values["owner"]]
