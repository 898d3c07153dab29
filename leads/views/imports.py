"""The import wizard: upload, map, watch, report; everything it shows is the job's row."""

import io
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads import policies
from leads.forms import UploadForm
from leads.models import LeadImport, LeadImportRow
from leads.services import import_retry, import_start, import_undo, import_upload, rejected_rows
from leads.services.imports import import_outcome
from leads.services.imports.mapping import custom_key, targets_named
from leads.services.imports.template import template_notes, template_rows
from salesflow.lib.tabular import write_xlsx
from salesflow.lib.uploads import Allowance, takes_files
from salesflow.lib.web.downloads import as_attachment, csv_answer
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast

NEW_FIELD = "+custom"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def visible_import(request: HttpRequest, pk: int) -> LeadImport:
    rows = LeadImport.objects.visible_to(request.user).select_related("source", "by")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


@takes_files(Allowance("IMPORT_MAX_BYTES"))
@login_required
def import_new(request: HttpRequest) -> HttpResponse:
    """Step one: the file and what to do with it."""
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
    """Step two while the columns need a meaning; afterwards progress and report."""
    job = visible_import(request, pk)
    if job.status == LeadImport.Status.NEEDS_MAPPING:
        return render(request, "leads/import_map.html", _mapping_context(job, job.mapping or {}))
    return render(request, "leads/import.html", _report_context(request, job))


def _mapping_context(job: LeadImport, chosen: dict[str, list[str]], error: str = "") -> dict[str, Any]:
    columns = []
    for place, name in enumerate(job.header):
        samples = [row[place] for row in job.sample if place < len(row) and row[place].strip()][:3]
        columns.append(
            {"place": place, "name": name, "chosen": list(chosen.get(name, [])), "samples": samples}
        )
    groups = targets_named(chosen)
    return {"job": job, "columns": columns, "groups": groups, "new_field": NEW_FIELD, "error": error}


def _report_context(request: HttpRequest, job: LeadImport) -> dict[str, Any]:
    running = job.status in (LeadImport.Status.QUEUED, LeadImport.Status.RUNNING)
    rejected = LeadImportRow.objects.filter(lead_import=job, result="rejected").order_by("number")[:20]
    return {
        "job": job,
        "running": running,
        "rejected": [] if running else rejected,
        "outcome": import_outcome(job) if job.status == LeadImport.Status.DONE else None,
        "kept": job.kept_after_undo[:50],
        "may_run": policies.can_run_import(request.user, job),  # type: ignore[arg-type]
    }


@login_required
@require_POST
def import_begin(request: HttpRequest, pk: int) -> HttpResponse:
    job = visible_import(request, pk)
    mapping = _chosen(request, job)
    try:
        import_start(job=job, by=request.user, mapping=mapping)  # type: ignore[arg-type]
    except ValidationError as error:
        words = " ".join(error.messages)
        return render(request, "leads/import_map.html", _mapping_context(job, mapping, words), status=400)
    return redirect("leads:import", pk)


def _chosen(request: HttpRequest, job: LeadImport) -> dict[str, list[str]]:
    """What the selects say: header -> targets; the entry for a new field gets a key made of the header."""
    mapping: dict[str, list[str]] = {}
    for place, name in enumerate(job.header):
        wanted = [target for target in request.POST.getlist(f"column-{place}") if target]
        mapping[name] = [f"custom.{custom_key(name)}" if target == NEW_FIELD else target for target in wanted]
    return mapping


@login_required
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that is asked for again while the job runs."""
    job = visible_import(request, pk)
    return render(request, "leads/_import_progress.html", _report_context(request, job))


@login_required
def import_rejected(request: HttpRequest, pk: int) -> HttpResponse:
    job = visible_import(request, pk)
    header, rows = rejected_rows(job)
    return csv_answer(header, rows, f"rejected-{job.pk}.csv")  # type: ignore[return-value]


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    job = import_undo(job=visible_import(request, pk), by=request.user)  # type: ignore[arg-type]
    toast(request, _("The import is undone."), "success" if not job.kept_after_undo else "warning")
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
    write_xlsx(file, header, rows, notes=template_notes())
    return as_attachment(HttpResponse(file.getvalue(), content_type=XLSX), "leads-template.xlsx")
