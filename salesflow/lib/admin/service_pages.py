"""The bases of pages whose changes are made by services."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from salesflow.lib.admin.filters import ArchivedFilter
from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.pages import Page
from salesflow.lib.admin.refusals import REFUSALS, as_refusal, errors_said, stale
from salesflow.lib.web.forms import errors_to


class ServicePage(Page):
    """A record that services make and change. A subclass names them: `record_create`, `record_change`.

    They are asked once per form, with all its inlines. What they refuse stands on the form, with everything that was
    typed; nothing of it was written.
    """

    form: ClassVar[type[forms.ModelForm]] = ServiceForm
    change_form_before_template = "admin/version.html"

    def record_create(self, *, by: Any, **values: Any) -> Any:
        raise NotImplementedError

    def record_change(self, record: Any, *, by: Any, **values: Any) -> Any:
        raise NotImplementedError

    def values(self, form: Any, formsets: list[Any], change: bool) -> dict[str, Any]:
        """What the form says to the service: all of a new record, of another what was changed."""
        names = form.changed_data if change else form.cleaned_data
        return {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: `save_related` has the inlines as well."""

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        values = self.values(form, formsets, change)
        if change and not values:
            return
        if change:
            made = self.record_change(form.instance, by=request.user, **values)
        else:
            made = self.record_create(by=request.user, **values)
        for field in made._meta.concrete_fields:
            setattr(form.instance, field.attname, getattr(made, field.attname))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            if request.method != "POST":
                raise
            # all of it was taken back; drawn again, the form tells why (`get_form`)
            request.refusal = as_refusal(refusal)  # type: ignore[attr-defined]
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (
            DataError
        ) as fault:  # what was sent cannot even be looked at, such as a number beyond all records
            messages.error(request, errors_said(as_refusal(fault))[0])
            return HttpResponseRedirect(request.get_full_path())

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        made: Any = super().get_form(request, obj, change, **kwargs)
        refusal: Exception | None = getattr(request, "refusal", None) or stale(request, obj)
        if refusal is None:
            return made

        told: Exception = refusal

        class Refused(made):
            def full_clean(self) -> None:
                super().full_clean()
                if isinstance(told, ValidationError):
                    errors_to(self, told)
                else:
                    self.add_error(None, errors_said(told)[0])

        return Refused

    def tried(
        self,
        request: HttpRequest,
        record: Any,
        deed: Callable[[], Any],
        *,
        done: Callable[[Any], str] = lambda result: _("Done."),
        form: BaseDialogForm | None = None,
        dialog: Mapping[str, Any] | None = None,
        to: Callable[[Any], Any] | None = None,
    ) -> HttpResponse:
        """Do a deed from a dialog and go back to the record, or on to the one `to` names.

        What is refused stands in the dialog, if it has fields.
        """
        try:
            result = deed()
        except REFUSALS as refused:
            refusal = as_refusal(refused)
            if form is not None and dialog is not None and isinstance(refusal, ValidationError):
                errors_to(form, refusal)
                context = {"dialog": dialog, "form": form, "form_submit_text": dialog["form_submit_text"]}
                return render(request, "unfold/helpers/dialog.html", context)
            return self.back(request, record, " ".join(errors_said(refusal)), messages.ERROR)
        return self.back(request, to(result) if to else record, done(result))

    def back(
        self, request: HttpRequest, record: Any, message: str, level: int = messages.SUCCESS
    ) -> HttpResponse:
        """To the record's page, also out of a dialog, which htmx sent."""
        self.message_user(request, message, level)
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk])
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": page})
        return HttpResponseRedirect(page)


class ArchivingPage(ServicePage):
    """A record that is archived and restored instead of deleted: `record_archive`, `record_restore`."""

    actions_detail: ClassVar[tuple[str, ...]] = ("archive", "restore")
    list_filter: ClassVar[tuple[Any, ...]] = (ArchivedFilter,)

    def record_archive(self, record: Any, *, by: Any) -> None:
        raise NotImplementedError

    def record_restore(self, record: Any, *, by: Any) -> None:
        raise NotImplementedError

    def has_archive_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Which of the two buttons there is; the service holds the right itself."""
        return not self.has_restore_permission(request, object_id)

    def has_restore_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        record = self.asked_about(request, object_id)
        return record is not None and record.archived_at is not None

    def asked_about(self, request: HttpRequest, object_id: str | None) -> Any:
        """The record whose buttons are drawn, if there is one; looked up once per request for all of them."""
        known: dict[str, Any] = request.__dict__.setdefault("records_asked_about", {})
        if object_id and object_id not in known:
            known[object_id] = self.get_object(request, unquote(object_id))
        return known.get(object_id or "")

    @display(description=gettext_lazy("in use"), boolean=True)
    def in_use(self, record: Any) -> bool:
        return record.archived_at is None

    @action(
        description=gettext_lazy("Archive"),
        permissions=["archive"],
        url_path="archive",
        dialog={
            "title": gettext_lazy("Put this out of use?"),
            "description": gettext_lazy(
                "It is offered no more; what names it keeps it. You can put it back any time."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Archive"),
        },
    )
    def archive(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        record = self.record(request, object_id)
        return self.tried(request, record, lambda: self.record_archive(record, by=request.user))

    @action(
        description=gettext_lazy("Restore"),
        permissions=["restore"],
        url_path="restore",
        dialog={
            "title": gettext_lazy("Put this back into use?"),
            "description": "",
            "form_class": None,
            "form_submit_text": gettext_lazy("Restore"),
        },
    )
    def restore(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        record = self.record(request, object_id)
        return self.tried(request, record, lambda: self.record_restore(record, by=request.user))
