"""The rows of a chunk as records: read by the mapping, written through the rules of their kind."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.lib.tabular import Row
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.imports import CUSTOM, Answer, RowDraft, kind_named
from salesflow.work.models import Import, ImportRow, ImportTrialKey
from salesflow.work.services.imports.flow import ImportFlow
from salesflow.work.services.imports.mapping import target_label
from salesflow.work.services.imports.storing import Chunks

JOIN = ", "
_TYPE = Import._meta.label_lower


class RowTexts:
    """Reads the cells of rows by one mapping; several columns to one field are joined in the order of the file."""

    def __init__(self, job: Import) -> None:
        self.empty = {word.strip().casefold() for word in workspace().placeholder_values}
        self.places: dict[str, list[int]] = {}
        for place, name in enumerate(job.header):
            for target in (job.mapping or {}).get(name, ()):
                self.places.setdefault(target, []).append(place)

    def draft(self, number: int, cells: Sequence[str], error: str = "") -> RowDraft:
        """The row as texts; empty cells are left out. With `error`, why the row itself could not be read."""
        draft = RowDraft(number)
        if error:
            draft.refuse("", error)
            return draft
        for target, places in self.places.items():
            parts = [text for place in places if (text := self._cell(cells, place))]
            if not parts:
                continue
            text = JOIN.join(dict.fromkeys(parts))
            if target.startswith(CUSTOM):
                draft.values.setdefault("custom", {})[target.removeprefix(CUSTOM)] = text
            else:
                draft.values[target] = text
        return draft

    def _cell(self, cells: Sequence[str], place: int) -> str:
        text = cells[place].strip() if place < len(cells) else ""
        return "" if text.casefold() in self.empty else text


class RowWriting:
    """Turns rows into records as the job says, inside the caller's transaction."""

    def __init__(self, job: Import) -> None:
        self.job, self.kind = job, kind_named(job.resource)
        self.texts = RowTexts(job)
        self.columns: dict[str, list[str]] = {}
        for name in job.header:
            for target in (job.mapping or {}).get(name, ()):
                self.columns.setdefault(target, []).append(name)

    def write(self, drafts: Sequence[RowDraft]) -> list[Answer]:
        """An answer for each; what is wrong with a rejected one is told by the column it stands in."""
        by = User.objects.get(pk=self.job.by_id)  # the rights of this moment
        self._know_again(drafts)
        writer = self.kind.writer(by=by, mode=self.job.mode, job_id=self.job.pk, met=self._met)
        answers = writer.write(drafts)
        for draft, answer in zip(drafts, answers, strict=True):
            if draft.faults and answer.result == "rejected":
                answer.reason = self._faults(draft)
        return answers

    def _faults(self, draft: RowDraft) -> str:
        told = []
        for name, messages in draft.faults.items():
            columns = self.columns.get(name) or [label for label in (target_label(self.kind, name),) if label]
            for message in messages:
                words = {"column": ", ".join(columns), "fault": message}
                told.append(_("%(column)s: %(fault)s") % words if columns else message)
        return " ".join(told)

    def _know_again(self, drafts: Sequence[RowDraft]) -> None:
        """Name for each row the record that the same row of the very same file became before.

        So a file imported twice makes nothing twice, also where nothing in its rows tells one record from another.
        """
        if not self.job.sha256 or not any(draft.values for draft in drafts):
            return
        same = Import.objects.filter(
            sha256=self.job.sha256,
            filename=self.job.filename,
            sheet=self.job.sheet,
            resource=self.job.resource,
        )
        rows = ImportRow.objects.filter(
            job__in=same.exclude(pk=self.job.pk),
            number__in=[draft.number for draft in drafts],
            result=ImportRow.Result.CREATED,
            record_id__isnull=False,
        )
        made = dict(rows.order_by("pk").values_list("number", "record_id"))
        for draft in drafts:
            draft.known_as = made.get(draft.number)

    def _met(self, keys: Iterable[str]) -> Mapping[str, int]:
        """Rows of this dry run, committed before, that would have made a record of these keys."""
        if not self.job.dry_run:
            return {}
        hashed = {key_hash(key): key for key in keys}
        found = ImportTrialKey.objects.filter(job_type=_TYPE, job_id=self.job.pk, key__in=list(hashed))
        return {hashed[key]: number for key, number in found.values_list("key", "number")}


def key_hash(key: str) -> int:
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class RecordChunks(Chunks):
    """Rows that become records of the job's kind."""

    results = ("created", "updated", "skipped", "rejected")
    columns = ("record_id", "changes")

    def __init__(self, flow: ImportFlow, job: Import) -> None:
        super().__init__(flow, job)
        self.writing = RowWriting(job)

    def draft(self, row: Row, fault: str) -> RowDraft:
        return self.writing.texts.draft(row.number, row.cells, fault)

    def answers(self, drafts: Sequence[RowDraft]) -> list[Answer]:
        if not self.job.dry_run:
            return self.writing.write(drafts)
        with transaction.atomic():
            answers = self.writing.write(drafts)
            transaction.set_rollback(True)
        keys = [(_TYPE, self.job.pk, key_hash(key), draft.number)
                for draft, answer in zip(drafts, answers, strict=True) if answer.result == "created"
                for key in answer.keys]  # fmt: skip
        trial = [ImportTrialKey(job_type=t, job_id=j, key=k, number=n) for t, j, k, n in keys]
        ImportTrialKey.objects.bulk_create(trial, ignore_conflicts=True)
        for answer in answers:
            answer.record_id = None if answer.result == "created" else answer.record_id
        return answers

    def outcome(self, row: Row, answer: Answer) -> tuple[Any, ...]:
        return answer.record_id, answer.changes or None
