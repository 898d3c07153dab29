"""The import wizard of leads: its own are the source, the choices about duplicates, and what became of the leads."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from leads import policies
from leads.forms import ImportChoicesForm, UploadForm
from leads.models import Lead, LeadImport, LeadImportRow
from leads.services import (
    import_preview,
    import_reread,
    import_retry,
    import_start,
    import_stop,
    import_undo,
    import_upload,
    rejected_rows,
)
from leads.services.imports import import_outcome
from leads.services.imports.mapping import Columns, custom_key, targets_named
from leads.services.imports.start import ENDED
from leads.services.imports.template import template_choices, template_notes, template_rows
from leads.texts import reason_words
from salesflow.lib.errors import require
from salesflow.lib.uploads import Allowance, takes_files
from salesflow.work.import_report import KEPT_SHOWN, SHOWN_ROWS
from salesflow.work.views.import_steps import (
    ImportPages,
    ImportServices,
    template_as_csv,
    template_as_xlsx,
)

NEW_FIELD = "+custom"
Status = LeadImport.Status


class LeadImportPages(ImportPages):
    model, rows, related = LeadImport, LeadImportRow, ("source", "campaign", "by")
    space, folder, stop_word = "leads:", "leads", "stop"
    accepts = f"{ImportPages.accepts},.vcf"
    choices = ("on_duplicate", "assignment")
    services = ImportServices(
        start=import_start, preview=import_preview, reread=import_reread, stop=import_stop, undo=import_undo,
        retry=import_retry, rejected=rejected_rows, ended=ENDED,
    )  # fmt: skip

    def may_run(self, user: Any, job: LeadImport) -> bool:
        return policies.can_run_import(user, job)

    def mapping_context(self, request: HttpRequest, job: LeadImport, chosen: Columns) -> dict[str, Any]:
        said = {name: getattr(job, name) for name in self.choices}
        return {
            "groups": targets_named(chosen),
            "new_field": NEW_FIELD,
            "choices": ImportChoicesForm(initial=said),
            "twin": _same_file(request.user, job),
        }

    def report_context(self, request: HttpRequest, job: LeadImport, *, ended: bool) -> dict[str, Any]:
        return {
            "skipped": _skipped(request.user, job) if ended and job.skipped else [],
            "outcome": import_outcome(job) if job.status == Status.DONE and not job.dry_run else None,
            "kept": _kept(request.user, job),
        }

    def tile_links(self, job: LeadImport) -> dict[str, tuple[str, str]]:
        if not job.created or job.status == Status.UNDONE or job.dry_run:
            return {}
        return {"created": (f"{reverse('leads:list')}?lead_import={job.pk}", _("Show the leads"))}

    def targets(self, header: str, wanted: Sequence[str], taken: set[str]) -> list[str]:
        """The entry for a new field gets a key made of the header."""
        return [_new_field(header, taken) if target == NEW_FIELD else target for target in wanted]

    def foretold(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [{"row": row, "words": reason_words(row.reason)} for row in rows]


PAGES = LeadImportPages()


@takes_files(Allowance("IMPORT_MAX_BYTES"))
@login_required
def import_new(request: HttpRequest) -> HttpResponse:
    """Step one: the file and where it comes from."""
    require(policies.can_import(request.user))  # type: ignore[arg-type]
    form = UploadForm(request.POST or None, request.FILES or None)
    return PAGES.first(request, form, import_upload)


def _same_file(user: Any, job: LeadImport) -> LeadImport | None:
    """The last visible import of the very same file."""
    rows = LeadImport.objects.visible_to(user).filter(sha256=job.sha256)
    return (
        rows.filter(status=Status.DONE, dry_run=False).exclude(pk=job.pk).order_by("-pk").first()
        if job.sha256
        else None
    )


def _skipped(user: Any, job: LeadImport) -> list[dict[str, Any]]:
    """The first skipped rows with the lead that each is a duplicate of, where the person may see it."""
    rows = list(
        LeadImportRow.objects.filter(lead_import=job, result="skipped").order_by("number")[:SHOWN_ROWS]
    )
    leads = Lead.objects.visible_to(user).in_bulk([row.lead_id for row in rows if row.lead_id])
    return [
        {"row": row, "words": reason_words(row.reason), "lead": leads.get(row.lead_id or 0)} for row in rows
    ]


def _kept(user: Any, job: LeadImport) -> list[Lead]:
    rows = Lead.objects.visible_to(user).filter(pk__in=job.kept_after_undo[:KEPT_SHOWN])
    return list(rows.order_by("pk").only("contact_name", "company_name")) if job.kept_after_undo else []


def _new_field(header: str, made: set[str]) -> str:
    """A target for a field of this name, another one for each column."""
    key, number = custom_key(header), 1
    unique = key
    while unique in made:
        number += 1
        unique = f"{key[:56]}_{number}"
    made.add(unique)
    return f"custom.{unique}"


@login_required
def template_csv(request: HttpRequest) -> HttpResponse:
    return template_as_csv("leads", template_rows())


@login_required
def template_xlsx(request: HttpRequest) -> HttpResponse:
    return template_as_xlsx("leads", template_rows(), notes=template_notes(), choices=template_choices())
