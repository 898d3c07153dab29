"""The steps of an import as pages, whatever its rows become: map, try, watch, report, stop, undo.

An app subclasses `ImportPages` with its job, its services and its words, and puts `paths()` under its own address.
Everything the pages show is the job's row.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from salesflow.lib.tabular import write_xlsx
from salesflow.lib.web.downloads import as_attachment, csv_answer
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast
from salesflow.work.import_forms import ReadingForm
from salesflow.work.import_models import ImportJob
from salesflow.work.import_report import report_of, tiles_of
from salesflow.work.services.imports.files import sample_cells
from salesflow.work.services.imports.flow import NEEDS_MAPPING, UNDONE
from salesflow.work.services.imports.mapping import Columns

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: The routes of one import, by what its templates call them; `stop` goes by the word of the app.
STEPS = ("start", "preview", "reread", "progress", "rejected", "undo", "retry")
_signed_in = method_decorator(login_required)
_sent = method_decorator([login_required, require_POST])


@dataclass(frozen=True)
class ImportServices:
    """What does each step; all but `rejected` take `job` and `by` by name."""

    start: Callable[..., Any]
    preview: Callable[..., Any]
    reread: Callable[..., Any]
    stop: Callable[..., Any]
    undo: Callable[..., Any]
    retry: Callable[..., Any]
    rejected: Callable[..., Any]
    ended: tuple[str, ...]


class ImportPages:
    model: ClassVar[type[ImportJob]]
    rows: ClassVar[type[Model]]
    #: What is read with a job.
    related: ClassVar[tuple[str, ...]] = ("by",)
    #: Where the names of the routes stand, the folder of the templates, and the word that stops an import.
    space: ClassVar[str] = ""
    folder: ClassVar[str] = "work"
    stop_word: ClassVar[str] = "cancel"
    #: Files that are offered to be chosen.
    accepts: ClassVar[str] = ".csv,.tsv,.tab,.txt,.psv,.xlsx,.xlsm,.xls,.ods"
    #: What beside the mapping is chosen with the columns.
    choices: ClassVar[tuple[str, ...]]
    services: ClassVar[ImportServices]

    # what an app says

    def may_run(self, user: Any, job: Any) -> bool:
        raise NotImplementedError

    def mapping_context(self, request: HttpRequest, job: Any, chosen: Columns) -> dict[str, Any]:
        """What step two shows beside columns and samples: `groups` of fields, the form of the `choices`."""
        raise NotImplementedError

    def report_context(self, request: HttpRequest, job: Any, *, ended: bool) -> dict[str, Any]:
        """What the report shows beside progress, counts and rejected rows; `kept` are the records an undo left."""
        raise NotImplementedError

    def tile_links(self, job: Any) -> dict[str, tuple[str, str]]:
        """Where the counts lead to, and the words for it, by result."""
        return {}

    def targets(self, header: str, wanted: Sequence[str], taken: set[str]) -> list[str]:
        """The fields a column goes to, as its selects said."""
        return list(wanted)

    def foretold(self, rows: Sequence[Any]) -> Sequence[Any]:
        """What the first rows would become, as the template draws them."""
        return rows

    # the pages

    def first(
        self, request: HttpRequest, form: Form, upload: Callable[..., Any], **context: Any
    ) -> HttpResponse:
        """Step one: a file, with what `form` asks beside; `upload` takes it."""
        if request.method == "POST" and form.is_valid():
            try:
                job = upload(by=request.user, **form.cleaned_data)
            except ValidationError as error:
                errors_to(form, error)
            else:
                return redirect(job)
        context |= {"form": form, "accepts": self.accepts, "back": reverse(f"{self.space}imports")}
        return render(request, f"{self.folder}/import_new.html", context, status=400 if form.errors else 200)

    def paths(self, at: str) -> list[URLPattern]:
        one = f"{at}<int:pk>/"
        views = {
            "start": self.begin, "preview": self.preview, "reread": self.reread, "progress": self.progress,
            "rejected": self.rejected, self.stop_word: self.stop, "undo": self.undo, "retry": self.retry,
        }  # fmt: skip
        steps = [path(f"{one}{name}/", view, name=f"import-{name}") for name, view in views.items()]
        return [path(one, self.page, name="import"), *steps]

    def seen(self, request: HttpRequest, pk: int) -> Any:
        rows = self.model._default_manager.visible_to(request.user)  # type: ignore[attr-defined]
        return get_object_or_404(rows.select_related(*self.related), pk=pk)

    @_signed_in
    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Step two while the columns need a meaning, or again after a dry run; afterwards progress and report."""
        job = self.seen(request, pk)
        again = "columns" in request.GET and job.dry_run and job.status in self.services.ended
        if job.status == NEEDS_MAPPING or again:
            return self._mapping(request, job, job.mapping or {})
        return render(request, f"{self.folder}/import.html", self._report(request, job))

    @_sent
    def begin(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read the whole file, for good or (`dry_run`) as a trial."""
        job = self.seen(request, pk)
        mapping, said = self._chosen(request, job), self._said(request)
        try:
            self.services.start(
                job=job, by=request.user, mapping=mapping, dry_run="dry_run" in request.POST, **said
            )
        except ValidationError as error:
            self._keep(job, said)
            return self._mapping(request, job, mapping or {}, status=400, error=" ".join(error.messages))
        return redirect(job)

    @_sent
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What would become of the first rows; as a part of step two, or without scripts as the whole of it."""
        job = self.seen(request, pk)
        mapping, said = self._chosen(request, job), self._said(request)
        told: dict[str, Any] = {}
        try:
            rows = self.services.preview(job=job, by=request.user, mapping=mapping, **said)
            told["preview"] = self.foretold(rows)
        except ValidationError as error:
            told["preview_error"] = " ".join(error.messages)
        if request.headers.get("HX-Request"):
            return render(request, f"{self.folder}/_import_preview.html", told)
        self._keep(job, said)
        return self._mapping(request, job, mapping or {}, **told)

    @_sent
    def reread(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read the file in another way."""
        job = self.seen(request, pk)
        form = ReadingForm(job, request.POST)
        if form.is_valid():
            try:
                self.services.reread(job=job, by=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, " ".join(error.messages))
            else:
                return redirect(job)
        return self._mapping(request, self.seen(request, pk), job.mapping or {}, status=400, reading=form)

    @_signed_in
    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that is asked for again while the job runs; the page itself when the next step has
        come."""
        job = self.seen(request, pk)
        answer = render(request, f"{self.folder}/_import_progress.html", self._report(request, job))
        if job.status == NEEDS_MAPPING or (job.finished_at and "running" in request.GET):
            answer["HX-Redirect"] = job.get_absolute_url()
        return answer

    @_signed_in
    def rejected(self, request: HttpRequest, pk: int) -> HttpResponse:
        header, rows = self.services.rejected(self.seen(request, pk))
        return csv_answer(header, rows, f"rejected-{pk}.csv")  # type: ignore[return-value]

    @_sent
    def stop(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.seen(request, pk)
        self.services.stop(job=job, by=request.user)
        return redirect(job)

    @_sent
    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.services.undo(job=self.seen(request, pk), by=request.user)
        if job.status == UNDONE:
            toast(request, _("The import is undone."), "success" if not job.kept_after_undo else "warning")
        return redirect(job)

    @_sent
    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.seen(request, pk)
        self.services.retry(job=job, by=request.user)
        return redirect(job)

    # what they have in common

    def _links(self, job: Any) -> dict[str, str]:
        steps = {name: reverse(f"{self.space}import-{name}", args=[job.pk]) for name in STEPS}
        stop = reverse(f"{self.space}import-{self.stop_word}", args=[job.pk])
        return {**steps, "stop": stop, "list": reverse(f"{self.space}imports")}

    def _mapping(
        self, request: HttpRequest, job: Any, chosen: Columns, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        sample, columns = sample_cells(job), []
        for place, name in enumerate(job.header):
            samples = [row[place][:80] for row in sample if place < len(row) and row[place].strip()][:3]
            columns.append(
                {"place": place, "name": name, "chosen": list(chosen.get(name, [])), "samples": samples}
            )
        context = {
            "job": job, "links": self._links(job), "columns": columns, "reading": ReadingForm(job),
            "waits": job.status == NEEDS_MAPPING, "may_run": self.may_run(request.user, job),
            **self.mapping_context(request, job, chosen), **more,
        }  # fmt: skip
        return render(request, f"{self.folder}/import_map.html", context, status=status)

    def _report(self, request: HttpRequest, job: Any) -> dict[str, Any]:
        links = self._links(job)
        ended, may_run = job.status in self.services.ended, self.may_run(request.user, job)
        report = report_of(job, ended=ended, may_run=may_run) | {"links": links}
        report["tiles"] = tiles_of(job, self.rows, self.tile_links(job), rejected=links["rejected"])
        return report | self.report_context(request, job, ended=ended)

    def _chosen(self, request: HttpRequest, job: Any) -> Columns | None:
        """What the selects say: header -> fields. None where the form has none, as after a dry run."""
        if not any(name.startswith("column-") for name in request.POST):
            return None
        taken: set[str] = set()
        return {
            name: self.targets(
                name, [each for each in request.POST.getlist(f"column-{place}") if each], taken
            )
            for place, name in enumerate(job.header)
        }

    def _said(self, request: HttpRequest) -> dict[str, str]:
        return {name: request.POST[name] for name in self.choices if request.POST.get(name)}

    def _keep(self, job: Any, said: dict[str, str]) -> None:
        """Show again what was chosen."""
        for name, value in said.items():
            setattr(job, name, value)


def template_as_csv(name: str, rows: Sequence[Sequence[str]]) -> HttpResponse:
    header, *filled = rows
    return csv_answer(list(header), filled, f"{name}-template.csv")  # type: ignore[return-value]


def template_as_xlsx(
    name: str, rows: Sequence[Sequence[str]], *, notes: list[list[str]], choices: dict[str, list[str]]
) -> HttpResponse:
    header, *filled = rows
    file = io.BytesIO()
    write_xlsx(file, header, filled, notes=notes, choices=choices)
    return as_attachment(HttpResponse(file.getvalue(), content_type=XLSX), f"{name}-template.xlsx")
