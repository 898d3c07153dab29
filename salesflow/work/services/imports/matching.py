"""Rows of a file that find the record they mean, or become one; how it is written says who inherits.

A row knows its record by `id`, by `external_id` and by the keys of its kind, strongest first. The records that any row
of a chunk may mean are read and locked at once, by their keys.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.people.models import User
from salesflow.work.imports import Answer, ImportKind, Met, RowDraft, Text, Writer
from salesflow.work.models import Import
from salesflow.work.services.custom_values import CustomKinds, custom_kinds
from salesflow.work.services.imports.given import Given, Refused, faults_told

Mode = Import.Mode


class MatchingWriter(Writer):
    """Answers each row of a chunk; subclasses say how a kind is read and found, and write what they are given."""

    model: ClassVar[type[Model]]
    #: What is said where a rule about people refuses a row.
    denied: ClassVar[Text] = gettext_lazy("You may not put a record into the hands of this person.")
    #: Texts of one line, of which runs of blanks count as one.
    lines: ClassVar[tuple[str, ...]] = ()

    def __init__(self, kind: ImportKind, *, by: User, mode: str, job_id: int, met: Met) -> None:
        self.kind, self.by, self.mode, self.job_id, self.met = kind, by, mode, job_id, met
        self.kinds: CustomKinds = (
            custom_kinds(kind.resource, by=by) if kind.has_custom else CustomKinds(by=by)
        )
        self.known: dict[str, list[Any]] = defaultdict(list)
        self.seen: set[int] = set()
        #: Records as rows above have left them.
        self.latest: dict[int, Any] = {}

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

    def spelling_kept(self, record: Any, given: Given, key: str) -> None:
        """Leave out values that only spell otherwise what the record was known by."""

    def create(self, row: Given) -> Answer:
        """Make a record of the row; raises ValidationError, PermissionDenied, Refused."""
        raise NotImplementedError

    def edit(self, row: Given, record: Any, key: str) -> Answer:
        """Change the record the row means, which it is known by `key`; raises as `create`."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write what is only pending."""

    # the flow

    def write(self, drafts: Sequence[RowDraft]) -> list[Answer]:
        rows = [Given(draft) for draft in drafts]
        for row in rows:
            if not row.draft.faults:
                self._begin(row)
        self.relate(rows)
        self._find(rows)
        answers = [self._answered(row) for row in rows]
        self.flush()
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
        self.keep(self._locked(condition))
        self.rows_met = self.met({key for row in rows for key in row.keys})

    def _locked(self, condition: Q) -> list[Any]:
        """Locked, and then read with what they name: joined, one that changes hands meanwhile would come without."""
        everything = self.model._default_manager.order_by("pk")
        ids = list(everything.filter(condition).select_for_update(no_key=True).values_list("pk", flat=True))
        self.seen |= set(self.kind.spec.visible(self.by).filter(pk__in=ids).values_list("pk", flat=True))
        return list(self.joined(everything.filter(pk__in=ids)))

    def joined(self, rows: Any) -> Any:
        return rows

    def keep(self, records: Iterable[Any]) -> None:
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
            return Answer("rejected", reason=str(self.denied))

    def _written(self, row: Given) -> Answer:
        record, key = self._match(row)
        met = next((self.rows_met[key] for key in row.keys if key in self.rows_met), None)
        if record is None and met is not None:
            words = _("As row %(number)s of this file would be.") % {"number": met}
            return Answer("skipped" if self.mode == Mode.CREATE else "updated", reason=words)
        if record is None and self.mode == Mode.UPDATE:
            raise Refused(_("There is no such record to update."))
        if record is None:
            return self.create(row)
        if record.pk is None:  # a row above is about to make it
            self.flush()
        if self.mode == Mode.CREATE:
            return Answer(
                "skipped", record.pk if record.pk in self.seen else None, _("There is such a record already.")
            )
        return self.edit(row, record, key)

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

    # what rows say of people

    def person(self, row: Given, name: str) -> None:
        """Set the person a row names: an active one whom the importer may see."""
        if text := row.draft.text(name):
            found = self.kinds.person(text)
            if found is None:
                row.draft.refuse(name, _("Name one person who is here, by e-mail address, name or id."))
            else:
                row.values[name] = found

    def people(self, rows: Sequence[Given], name: str) -> None:
        """The people that rows name, in place of their ids."""
        people = User.objects.in_bulk({row.values[name] for row in rows if name in row.values})
        for row in rows:
            if name in row.values:
                row.values[name] = people[row.values[name]]
