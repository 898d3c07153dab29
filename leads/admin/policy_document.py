"""Policies as a file: take them out, look what a file would change, take it in."""

import hashlib
import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminFileFieldWidget

from leads.services import policies_export, policies_import
from leads.services.policy_document import MOST_BYTES, Change, Imported
from salesflow.lib.admin.places import LEADS, Place, SinglePage, add_page
from salesflow.lib.admin.refusals import REFUSALS, as_refusal, errors_said
from salesflow.lib.web.downloads import as_attachment
from salesflow.lib.yaml_text import yaml_write
from salesflow.people.admin.config import administrator

FILENAME = "salesflow-policies.yaml"


class FileForm(forms.Form):
    """A file that is looked at first."""

    file = forms.FileField(
        label=gettext_lazy("YAML file"), widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".yaml,.yml"})
    )

    def clean_file(self) -> str:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            message = _("A policy document has at most %(most)s KiB.") % {"most": MOST_BYTES // 1024}
            raise ValidationError(message, code="too_large")
        try:
            return b"".join(file.chunks()).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError(_("This file is not UTF-8."), code="encoding") from None


class TakeForm(forms.Form):
    """The text that was looked at, and what it was said to change."""

    text = forms.CharField(widget=forms.HiddenInput, strip=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


def policies_file(request: HttpRequest) -> HttpResponse:
    """The present policies as a file."""
    text = policies_export(by=administrator(request))
    return as_attachment(HttpResponse(text, content_type="application/yaml; charset=utf-8"), FILENAME)


def policies_page(request: HttpRequest) -> HttpResponse:
    """Download and upload; an uploaded file is tried and its changes are shown, nothing is written."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if form.is_valid():
        return _tried(request, form.cleaned_data["file"])
    return _page(request, form=form)


def policies_take(request: HttpRequest) -> HttpResponse:
    """Take in what was looked at, if it still changes what was shown; else show anew."""
    form = TakeForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return HttpResponseRedirect(reverse("admin:policies"))
    text = form.cleaned_data["text"]
    try:
        with transaction.atomic():
            found = policies_import(text=text, by=administrator(request))
            is_as_shown = _digest(found.changes) == form.cleaned_data["seen"]
            if not is_as_shown:
                transaction.set_rollback(True)
    except REFUSALS as refusal:
        return _page(request, faults=errors_said(as_refusal(refusal)))
    if not is_as_shown:
        messages.warning(
            request, _("The policies were changed meanwhile. This is what the file changes now.")
        )
        return _tried(request, text)
    number = len(found.changes)
    messages.success(
        request, ngettext("%(n)s change taken in.", "%(n)s changes taken in.", number) % {"n": number}
    )
    if found.drafts:
        words = _("These drafts of scoring models wait to be activated: %(names)s.")
        messages.info(request, words % {"names": ", ".join(found.drafts)})
    return HttpResponseRedirect(reverse("admin:policies"))


def _tried(request: HttpRequest, text: str) -> HttpResponse:
    try:
        found = policies_import(text=text, by=administrator(request), dry_run=True)
    except REFUSALS as refusal:
        return _page(request, faults=errors_said(as_refusal(refusal)))
    return _page(request, text=text, found=found, seen=_digest(found.changes), rows=_rows(found))


def _page(request: HttpRequest, **shown: Any) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Policies as a file"),
        "form": FileForm(),
        **shown,
    }
    return TemplateResponse(request, "admin/policies.html", context)


def _rows(found: Imported) -> list[tuple[str, str, str]]:
    """Each change as a line: where, from what, to what."""
    return [(change.path, _said(change.before), _said(change.after)) for change in found.changes]


def _said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict | list):
        return yaml_write(value).strip()
    return yaml_write(value).removesuffix("...\n").strip()


def _digest(changes: list[Change]) -> str:
    told = json.dumps([change.as_json() for change in changes], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


add_page(
    SinglePage(
        "policies/",
        "policies",
        policies_page,
        title=gettext_lazy("Policies as a file"),
        place=Place(LEADS, "description", 80),
    )
)
add_page(SinglePage("policies/take/", "policies-take", policies_take))
add_page(SinglePage("policies/file/", "policies-file", policies_file))
