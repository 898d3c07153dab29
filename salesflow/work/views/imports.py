"""The wizard for customers, contacts, tasks and the like: its own are the choice of the kind and what it reports."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from salesflow.lib.errors import require
from salesflow.lib.lists.page import list_view
from salesflow.lib.uploads import Allowance, takes_files
from salesflow.work import policies
from salesflow.work.import_forms import ImportModeForm, ImportUploadForm
from salesflow.work.import_report import records_context
from salesflow.work.imports import ImportKind, import_kind, import_kinds, kind_named
from salesflow.work.lists import ImportList
from salesflow.work.models import Import, ImportRow
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
from salesflow.work.services.imports.mapping import Columns, targets_named
from salesflow.work.services.imports.start import ENDED
from salesflow.work.services.imports.template import template_choices, template_notes, template_rows
from salesflow.work.views.import_steps import (
    ImportPages,
    ImportServices,
    template_as_csv,
    template_as_xlsx,
)


class RecordImportPages(ImportPages):
    model, rows, choices = Import, ImportRow, ("mode",)
    services = ImportServices(
        start=import_start, preview=import_preview, reread=import_reread, stop=import_cancel, undo=import_undo,
        retry=import_retry, rejected=rejected_rows, ended=ENDED,
    )  # fmt: skip

    def may_run(self, user: Any, job: Import) -> bool:
        return policies.can_run_import(user, job)

    def mapping_context(self, request: HttpRequest, job: Import, chosen: Columns) -> dict[str, Any]:
        kind, choices = kind_named(job.resource), ImportModeForm(initial={"mode": job.mode})
        return {"kind": kind, "groups": targets_named(kind), "choices": choices}

    def report_context(self, request: HttpRequest, job: Import, *, ended: bool) -> dict[str, Any]:
        return records_context(request.user, job, ended=ended)  # type: ignore[arg-type]


PAGES = RecordImportPages()


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
    return PAGES.first(request, form, import_upload, kind=kind)


@login_required
def template_csv(request: HttpRequest) -> HttpResponse:
    kind = _asked_kind(request)
    return template_as_csv(kind.resource, template_rows(kind))


@login_required
def template_xlsx(request: HttpRequest) -> HttpResponse:
    kind = _asked_kind(request)
    notes, choices = template_notes(kind), template_choices(kind)
    return template_as_xlsx(kind.resource, template_rows(kind), notes=notes, choices=choices)
