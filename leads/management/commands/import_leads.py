"""Import leads from a file, at a terminal."""

import json
import time
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import CommandError, CommandParser
from django.db.models import Count
from django.utils.translation import gettext as _

from leads import policies
from leads.models import LeadImport, LeadImportRow, LeadSource
from leads.services import import_run, import_start, import_upload, rejected_rows
from salesflow.lib.commands import OperatorCommand, counted
from salesflow.lib.tabular import write_csv
from salesflow.people.terminal import person_called

COUNTS = ("total", "processed", "created", "merged", "skipped", "rejected")
#: Reasons of rejected rows that the report names, the most frequent first.
REASONS = 5
WAITING = (LeadImport.Status.QUEUED, LeadImport.Status.RUNNING)


class Command(OperatorCommand):
    help = "Import leads from a CSV, TSV or XLSX file in somebody's name, as the page and the REST door do."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="person", metavar="EMAIL", required=True, help="in whose name")
        parser.add_argument("--source", help="id or name of the lead source")
        parser.add_argument(
            "--mapping",
            help="JSON, or @FILE with it: header -> field, list of fields, or null; the template's headers need none",
        )
        parser.add_argument("--guess", action="store_true", help="take the mapping that is proposed, unseen")
        parser.add_argument("--on-duplicate", choices=LeadImport.OnDuplicate.values, default="skip")
        parser.add_argument("--assignment", choices=LeadImport.Assignment.values, default="rules")
        parser.add_argument("--encoding", default="", help="found out by itself unless named")
        parser.add_argument("--delimiter", default="", help="found out by itself unless named")
        parser.add_argument("--sheet", default="", help="of a workbook; the first unless named")
        parser.add_argument(
            "--rejected", type=Path, metavar="FILE", help="write rejected rows here, with reasons"
        )

    def run(self, **options: Any) -> None:
        person = person_called(options["person"])
        if not policies.can_import(person):
            raise CommandError(f"{person.email} may not import leads.")
        terms = {
            name: options[name] for name in ("on_duplicate", "assignment", "encoding", "delimiter", "sheet")
        }
        terms["source"], terms["mapping"] = _source(options["source"]), _mapping(options["mapping"])
        with _opened(options["file"]) as file:
            job = import_upload(file=file, by=person, **terms)
        job = self._read(job)
        if job.status == LeadImport.Status.NEEDS_MAPPING and options["guess"]:
            job = self._read(import_start(job=job, by=person, mapping=job.mapping))
        if options["rejected"] is not None:
            _write_rejected(job, options["rejected"])
        self._report(job)

    def _read(self, job: LeadImport) -> LeadImport:
        """To the end of the file: by this process, or by the worker that was faster."""
        told = time.monotonic()

        def watch() -> None:
            nonlocal told
            if not self.as_json and time.monotonic() - told >= 1:
                told = time.monotonic()
                job.refresh_from_db(fields=["processed"])
                self.progress(f"{job.processed} rows read …")

        while job.status in WAITING:
            if not import_run(job_id=job.pk, on_chunk=watch):
                time.sleep(0.2)
                watch()
            job.refresh_from_db()
        return job

    def _report(self, job: LeadImport) -> None:
        reasons = _reasons(job)
        facts = {
            "id": job.pk,
            "status": job.status,
            **{name: getattr(job, name) for name in COUNTS},
            "mapping": job.mapping,
            "error": job.error,
            "reasons": reasons,
        }
        counts = ", ".join(f"{getattr(job, name)} {name}" for name in COUNTS[2:])
        words = [f"Import {job.pk}: {counted(job.processed, 'row')}: {counts}."]
        words += [f"  {counted(each['rows'], 'row')}: {each['reason']}" for each in reasons]
        self.tell(facts, "\n".join(words))
        if job.status == LeadImport.Status.NEEDS_MAPPING:
            guess = json.dumps(job.mapping, ensure_ascii=False)
            raise CommandError(
                f"Say with --mapping what the columns mean, or --guess; import {job.pk} waits. The guess: {guess}"
            )
        if job.status != LeadImport.Status.DONE:
            raise CommandError(f"The import failed: {job.error}")
        if job.total and job.rejected == job.total:
            raise CommandError("Every row was rejected.")


def _source(name: str | None) -> LeadSource | None:
    """By id or by name, in English or as it is shown."""
    if name is None:
        return None
    sources = list(LeadSource.objects.filter(archived_at=None).order_by("pk"))
    for source in sources:
        if name.casefold() in (str(source.pk), source.name.casefold(), _(source.name).casefold()):
            return source
    known = ", ".join(f"{source.pk} {source.name}" for source in sources)
    raise CommandError(f"There is no lead source “{name}”; there are: {known}.")


def _mapping(text: str | None) -> Any:
    if text is None:
        return None
    try:
        if text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8-sig")
        return json.loads(text)
    except OSError as error:
        raise CommandError(f"{text[1:]} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise CommandError(f"The mapping is no JSON: {error}.") from None


def _opened(path: Path) -> File:
    try:
        return File(path.open("rb"), name=path.name)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


def _reasons(job: LeadImport) -> list[dict[str, Any]]:
    rows = LeadImportRow.objects.filter(lead_import=job, result=LeadImportRow.Result.REJECTED)
    found = rows.values_list("reason").annotate(rows=Count("pk")).order_by("-rows", "reason")[:REASONS]
    return [{"reason": reason, "rows": number} for reason, number in found]


def _write_rejected(job: LeadImport, path: Path) -> None:
    header, rows = rejected_rows(job)
    try:
        with path.open("wb") as file:
            write_csv(file, header, rows)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
