"""The wizard for customers, contacts, tasks and the like: upload, map, try, watch, report; it shows the job's row."""

import io
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from salesflow.lib.errors import require
from salesflow.lib.lists.page import list_view
from salesflow.lib.tabular import write_xlsx
from salesflow.lib.uploads import Allowance, takes_files
from salesflow.lib.web.downloads import as_attachment, csv_answer
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast
from salesflow.work import policies
from salesflow.work.import_forms import ImportModeForm, ImportUploadForm, ReadingForm
from salesflow.work.import_report import report_context
from salesflow.work.imports import ImportKind, import_kind, import_kinds, kind_named
from salesflow.work.lists import ImportList
from salesflow.work.models import Import
from salesflow.work.services.imports import (
    import_cancel,
    import_preview,
    import_reread,
    import_retry,
    import_start,
    import_undo,
    import_upload,
    rejected_rows,
)
from salesflow.work.services.imports.files import sample_cells
from salesflow.work.services.imports.mapping import Columns, targets_named
from salesflow.work.services.imports.start import ENDED
from salesflow.work.services.imports.template import template_choices, template_notes, template_rows

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Status = Import.Status


def visible_import(request: HttpRequest, pk: int) -> Import:
    rows = Import.objects.visible_to(request.user).select_related("by")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)  # type: ignore[no-any-return]


@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    may = {"may_import": policies.can_import_any(request.user)}  # type: ignore[arg-type]
    return list_view(ImportList(), request, template="work/imports.html", context=may)


def _asked_kind(request: HttpRequest) -> ImportKind:
    """The kind of record the address names, or the first the person may import; 404 for what is none."""
    user: Any = request.user
    mine = [kind for kind in import_kinds() if policies.can_import(user, kind)] or import_kinds()
    found = import_kind(request.GET["resource"]) if "resource" in request.GET else mine[0]
    if found is None:
        raise Http404
    return found


@takes_files(Allowance("IMPORT_MAX_BYTES"))
@login_required
def import_new(request: HttpRequest) -> HttpResponse:
    """Step one: the file and what its rows are."""
    user: Any = request.user
    require(policies.can_import_any(user))
    kind = _asked_kind(request)
    kinds = [each for each in import_kinds() if policies.can_import(user, each)]
    form = ImportUploadForm(
        kinds, request.POST or None, request.FILES or None, initial={"resource": kind.resource}
    )
    if request.method == "POST" and form.is_valid():
        try:
            job = import_upload(by=user, **form.cleaned_data)
        except ValidationError as error:
            errors_to(form, error)
        else:
            return redirect(job)
    context = {"form": form, "kind": kind}
    return render(request, "work/import_new.html", context, status=400 if form.errors else 200)


@login_required
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Step two while the columns need a meaning, or again after a dry run; afterwards progress and report."""
    job = visible_import(request, pk)
    again = "columns" in request.GET and job.dry_run and job.status in ENDED
    if job.status == Status.NEEDS_MAPPING or again:
        return render(request, "work/import_map.html", _mapping_context(request, job, job.mapping or {}))
    return render(request, "work/import.html", report_context(request.user, job))  # type: ignore[arg-type]


def _mapping_context(request: HttpRequest, job: Import, chosen: Columns, **more: Any) -> dict[str, Any]:
    sample, kind = sample_cells(job), kind_named(job.resource)
    columns = []
    for place, name in enumerate(job.header):
        samples = [row[place][:80] for row in sample if place < len(row) and row[place].strip()][:3]
        columns.append(
            {"place": place, "name": name, "chosen": list(chosen.get(name, [])), "samples": samples}
        )
    return {
        "job": job, "columns": columns, "kind": kind, "groups": targets_named(kind),
        "choices": ImportModeForm(initial={"mode": job.mode}), "reading": ReadingForm(job),
        "waits": job.status == Status.NEEDS_MAPPING,
        "may_run": policies.can_run_import(request.user, job), **more,  # type: ignore[arg-type]
    }  # fmt: skip


@login_required
@require_POST
def import_begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the whole file, for good or (`dry_run`) as a trial."""
    job = visible_import(request, pk)
    mapping = _chosen(request, job)
    try:
        import_start(
            job=job, by=request.user, mapping=mapping, mode=request.POST.get("mode", ""),  # type: ignore[arg-type]
            dry_run="dry_run" in request.POST,
        )  # fmt: skip
    except ValidationError as error:
        job.mode = request.POST.get("mode", job.mode)
        context = _mapping_context(request, job, mapping or {}, error=" ".join(error.messages))
        return render(request, "work/import_map.html", context, status=400)
    return redirect(job)


@login_required
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What would become of the first rows; as a part of step two, or without scripts as the whole of it."""
    job, told = visible_import(request, pk), {}
    mapping, mode = _chosen(request, job), request.POST.get("mode", "")
    try:
        told["preview"] = import_preview(job=job, by=request.user, mapping=mapping, mode=mode)  # type: ignore[arg-type]
    except ValidationError as error:
        told["preview_error"] = " ".join(error.messages)  # type: ignore[assignment]
    if request.headers.get("HX-Request"):
        return render(request, "work/_import_preview.html", told)
    job.mode = mode or job.mode
    return render(request, "work/import_map.html", _mapping_context(request, job, mapping or {}, **told))


def _chosen(request: HttpRequest, job: Import) -> Columns | None:
    """What the selects say: header -> fields; None where the form has none, as after a dry run."""
    if not any(name.startswith("column-") for name in request.POST):
        return None
    return {
        name: [target for target in request.POST.getlist(f"column-{place}") if target]
        for place, name in enumerate(job.header)
    }


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
            return redirect("import", pk)
    context = _mapping_context(request, visible_import(request, pk), job.mapping or {}, reading=form)
    return render(request, "work/import_map.html", context, status=400)


@login_required
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that is asked for again while the job runs; the page itself when the next step has come."""
    job = visible_import(request, pk)
    answer = render(request, "work/_import_progress.html", report_context(request.user, job))  # type: ignore[arg-type]
    if job.status == Status.NEEDS_MAPPING or (job.finished_at and "running" in request.GET):
        answer["HX-Redirect"] = reverse("import", args=[pk])
    return answer


@login_required
def import_rejected(request: HttpRequest, pk: int) -> HttpResponse:
    job = visible_import(request, pk)
    header, rows = rejected_rows(job)
    return csv_answer(header, rows, f"rejected-{job.pk}.csv")  # type: ignore[return-value]


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    import_cancel(job=visible_import(request, pk), by=request.user)  # type: ignore[arg-type]
    return redirect("import", pk)


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    job = import_undo(job=visible_import(request, pk), by=request.user)  # type: ignore[arg-type]
    if job.status == Status.UNDONE:
        toast(request, _("The import is undone."), "success" if not job.kept_after_undo else "warning")
    return redirect("import", pk)


@login_required
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    import_retry(job=visible_import(request, pk), by=request.user)  # type: ignore[arg-type]
    return redirect("import", pk)


@login_required
def template_csv(request: HttpRequest) -> HttpResponse:
    kind = _asked_kind(request)
    header, *rows = template_rows(kind)
    return csv_answer(header, rows, f"{kind.resource}-template.csv")  # type: ignore[return-value]


@login_required
def template_xlsx(request: HttpRequest) -> HttpResponse:
    kind = _asked_kind(request)
    header, *rows = template_rows(kind)
    file = io.BytesIO()
    write_xlsx(file, header, rows, notes=template_notes(kind), choices=template_choices(kind))
    answer = HttpResponse(file.getvalue(), content_type=XLSX)
    return as_attachment(answer, f"{kind.resource}-template.xlsx")
