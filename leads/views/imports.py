"""The import wizard: upload, map, try, watch, report; everything it shows is the job's row."""

import io
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

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
from salesflow.lib.tabular import write_xlsx
from salesflow.lib.uploads import Allowance, takes_files
from salesflow.lib.web import figures
from salesflow.lib.web.downloads import as_attachment, csv_answer
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast
from salesflow.work.import_forms import ReadingForm
from salesflow.work.services.imports.files import sample_cells

NEW_FIELD = "+custom"
SHOWN_ROWS = 20
KEPT_SHOWN = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Status = LeadImport.Status


def visible_import(request: HttpRequest, pk: int) -> LeadImport:
    rows = LeadImport.objects.visible_to(request.user).select_related("source", "campaign", "by")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


@takes_files(Allowance("IMPORT_MAX_BYTES"))
@login_required
def import_new(request: HttpRequest) -> HttpResponse:
    """Step one: the file and where it comes from."""
    if not policies.can_import(request.user):  # type: ignore[arg-type]
        raise PermissionDenied
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = import_upload(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as error:
            errors_to(form, error)
        else:
            return redirect("leads:import", job.pk)
    status = 400 if form.errors else 200
    return render(request, "leads/import_new.html", {"form": form}, status=status)


@login_required
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Step two while the columns need a meaning, or again after a dry run; afterwards progress and report."""
    job = visible_import(request, pk)
    again = "columns" in request.GET and job.dry_run and job.status in ENDED
    if job.status == Status.NEEDS_MAPPING or again:
        return render(request, "leads/import_map.html", _mapping_context(request, job, job.mapping or {}))
    return render(request, "leads/import.html", _report_context(request, job))


def _mapping_context(request: HttpRequest, job: LeadImport, chosen: Columns, **more: Any) -> dict[str, Any]:
    sample = sample_cells(job)
    columns = []
    for place, name in enumerate(job.header):
        samples = [row[place][:80] for row in sample if place < len(row) and row[place].strip()][:3]
        columns.append(
            {"place": place, "name": name, "chosen": list(chosen.get(name, [])), "samples": samples}
        )
    return {
        "job": job,
        "columns": columns,
        "groups": targets_named(chosen),
        "new_field": NEW_FIELD,
        "choices": ImportChoicesForm(
            initial={"on_duplicate": job.on_duplicate, "assignment": job.assignment}
        ),
        "reading": ReadingForm(job),
        "waits": job.status == Status.NEEDS_MAPPING,
        "twin": _same_file(request, job),
        "may_run": policies.can_run_import(request.user, job),  # type: ignore[arg-type]
        **more,
    }


def _same_file(request: HttpRequest, job: LeadImport) -> LeadImport | None:
    """The last visible import of the very same file."""
    rows = LeadImport.objects.visible_to(request.user).filter(sha256=job.sha256)  # type: ignore[arg-type]
    return (
        rows.filter(status=Status.DONE, dry_run=False).exclude(pk=job.pk).order_by("-pk").first()
        if job.sha256
        else None
    )


def _report_context(request: HttpRequest, job: LeadImport) -> dict[str, Any]:
    running = job.status in (Status.QUEUED, Status.RUNNING)
    ended = job.status in ENDED
    may_run = policies.can_run_import(request.user, job)  # type: ignore[arg-type]
    return {
        "job": job,
        "running": running,
        "looking": running and not job.header,
        "undoing": job.undoing_by_id is not None,
        "read": figures.number(job.processed),
        "tiles": _tiles(job, running=running),
        "rejected": _rejected(job) if ended and job.rejected else [],
        "skipped": _skipped(request, job) if ended and job.skipped else [],
        "outcome": import_outcome(job) if job.status == Status.DONE and not job.dry_run else None,
        "kept": _kept(request, job),
        "kept_more": max(0, len(job.kept_after_undo) - KEPT_SHOWN),
        "may_run": may_run,
        "may_start": may_run and ended and job.dry_run,
        "may_undo": may_run and ended and not job.dry_run,
    }


def _tiles(job: LeadImport, *, running: bool) -> list[dict[str, Any]]:
    """The four outcomes with their counts, and what can be done with them."""
    leads = f"{reverse('leads:list')}?lead_import={job.pk}"
    made = job.created and job.status != Status.UNDONE and not job.dry_run
    said = dict(LeadImportRow.Result.choices)
    if job.dry_run:
        said = {
            "created": _("Would be created"), "merged": _("Would be merged"), "skipped": _("Would be skipped"),
            "rejected": _("Would be rejected"),
        }  # fmt: skip
    links = {
        "created": (leads, _("Show the leads")) if made else ("", ""),
        "rejected": (reverse("leads:import-rejected", args=[job.pk]), _("Download with reasons"))
        if job.rejected and not running
        else ("", ""),
    }
    return [
        {
            "label": label,
            "value": figures.number(getattr(job, result)),
            "href": links.get(result, ("", ""))[0],
            "words": links.get(result, ("", ""))[1],
        }
        for result, label in said.items()
    ]


def _rows(job: LeadImport, result: str) -> list[LeadImportRow]:
    return list(LeadImportRow.objects.filter(lead_import=job, result=result).order_by("number")[:SHOWN_ROWS])


def _rejected(job: LeadImport) -> list[dict[str, Any]]:
    """The first rejected rows with what stood in them."""
    return [
        {"row": row, "stood": " · ".join(str(cell) for cell in row.cells or [] if str(cell).strip())}
        for row in _rows(job, "rejected")
    ]


def _skipped(request: HttpRequest, job: LeadImport) -> list[dict[str, Any]]:
    """The first skipped rows with the lead that each is a duplicate of, where the person may see it."""
    rows = _rows(job, "skipped")
    leads = Lead.objects.visible_to(request.user).in_bulk([row.lead_id for row in rows if row.lead_id])  # type: ignore[arg-type]
    return [
        {"row": row, "words": reason_words(row.reason), "lead": leads.get(row.lead_id or 0)} for row in rows
    ]


def _kept(request: HttpRequest, job: LeadImport) -> list[Lead]:
    rows = Lead.objects.visible_to(request.user).filter(pk__in=job.kept_after_undo[:KEPT_SHOWN])  # type: ignore[arg-type]
    return list(rows.order_by("pk").only("contact_name", "company_name")) if job.kept_after_undo else []


@login_required
@require_POST
def import_begin(request: HttpRequest, pk: int) -> HttpResponse:
    job = visible_import(request, pk)
    mapping, words = _chosen(request, job), _words(request)
    try:
        import_start(
            job=job,
            by=request.user,
            mapping=mapping,
            dry_run="dry_run" in request.POST,
            **words,  # type: ignore[arg-type]
        )
    except ValidationError as error:
        context = _mapping_context(request, job, mapping or {}, error=" ".join(error.messages))
        return render(request, "leads/import_map.html", context, status=400)
    return redirect("leads:import", pk)


@login_required
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What would become of the first rows; as a part of step two, or without scripts as the whole of it."""
    job = visible_import(request, pk)
    mapping, words = _chosen(request, job), _words(request)
    told: dict[str, Any] = {}
    try:
        rows = import_preview(job=job, by=request.user, mapping=mapping, **words)  # type: ignore[arg-type]
    except ValidationError as error:
        told["preview_error"] = " ".join(error.messages)
    else:
        told["preview"] = [{"row": row, "words": reason_words(row.reason)} for row in rows]
    if request.headers.get("HX-Request"):
        return render(request, "leads/_import_preview.html", told)
    job.on_duplicate = words.get("on_duplicate", job.on_duplicate)
    job.assignment = words.get("assignment", job.assignment)
    return render(request, "leads/import_map.html", _mapping_context(request, job, mapping or {}, **told))


def _chosen(request: HttpRequest, job: LeadImport) -> Columns | None:
    """What the selects say: header -> targets; the entry for a new field gets a key made of the header.

    None where the form has none, as after a dry run.
    """
    if job.dry_run and not any(name.startswith("column-") for name in request.POST):
        return None
    mapping: Columns = {}
    made: set[str] = set()
    for place, name in enumerate(job.header):
        wanted = [target for target in request.POST.getlist(f"column-{place}") if target]
        mapping[name] = [_new_field(name, made) if target == NEW_FIELD else target for target in wanted]
    return mapping


def _new_field(header: str, made: set[str]) -> str:
    """A target for a field of this name, another one for each column."""
    key, number = custom_key(header), 1
    unique = key
    while unique in made:
        number += 1
        unique = f"{key[:56]}_{number}"
    made.add(unique)
    return f"custom.{unique}"


def _words(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST[name] for name in ("on_duplicate", "assignment") if request.POST.get(name)}


@login_required
@require_POST
def reread(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file in another way."""
    job = visible_import(request, pk)
    form = ReadingForm(job, request.POST)
    if form.is_valid():
        try:
            import_reread(job=job, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as error:
            form.add_error(None, " ".join(error.messages))
        else:
            return redirect("leads:import", pk)
    context = _mapping_context(request, visible_import(request, pk), job.mapping or {}, reading=form)
    return render(request, "leads/import_map.html", context, status=400)


@login_required
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that is asked for again while the job runs; the page itself when the next step has come."""
    job = visible_import(request, pk)
    answer = render(request, "leads/_import_progress.html", _report_context(request, job))
    if job.status == Status.NEEDS_MAPPING or (job.finished_at and "running" in request.GET):
        answer["HX-Redirect"] = reverse("leads:import", args=[pk])
    return answer


@login_required
def import_rejected(request: HttpRequest, pk: int) -> HttpResponse:
    job = visible_import(request, pk)
    header, rows = rejected_rows(job)
    return csv_answer(header, rows, f"rejected-{job.pk}.csv")  # type: ignore[return-value]


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    job = import_undo(job=visible_import(request, pk), by=request.user)  # type: ignore[arg-type]
    if job.status == Status.UNDONE:
        toast(request, _("The import is undone."), "success" if not job.kept_after_undo else "warning")
    return redirect("leads:import", pk)


@login_required
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    import_stop(job=visible_import(request, pk), by=request.user)  # type: ignore[arg-type]
    return redirect("leads:import", pk)


@login_required
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    import_retry(job=visible_import(request, pk), by=request.user)  # type: ignore[arg-type]
    return redirect("leads:import", pk)


@login_required
def template_csv(request: HttpRequest) -> HttpResponse:
    header, *rows = template_rows()
    return csv_answer(header, rows, "leads-template.csv")  # type: ignore[return-value]


@login_required
def template_xlsx(request: HttpRequest) -> HttpResponse:
    header, *rows = template_rows()
    file = io.BytesIO()
    write_xlsx(file, header, rows, notes=template_notes(), choices=template_choices())
    return as_attachment(HttpResponse(file.getvalue(), content_type=XLSX), "leads-template.xlsx")
