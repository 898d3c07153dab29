"""Filling in the admin's forms as a browser does, and reading what the journal says of it."""

from typing import Any

from django import forms
from django.test import Client
from django.urls import reverse

from salesflow.journal.models import Event


def page(model: Any, name: str = "change", record: Any = None) -> str:
    """The address of a page: `page(Team, "add")`, `page(Team, "archive", team)`."""
    meta = model._meta
    args = [record.pk] if record is not None else []
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


def filled(response: Any) -> dict[str, Any]:
    """What the page's form would send back unchanged."""
    context = response.context_data
    shown = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        shown += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in shown:
        for bound in form:
            data |= _sent(bound)
    if context["original"] is not None:
        data["version"] = str(getattr(context["original"], "version", ""))
    return data


def _sent(bound: Any) -> dict[str, Any]:
    value, widget, name = bound.value(), bound.field.widget, bound.html_name
    widget = getattr(widget, "widget", widget)  # the admin wraps fields that name records
    if isinstance(widget, forms.MultiWidget):
        parts = value if isinstance(value, list) else widget.decompress(value)
        return {f"{name}_{place}": "" if part is None else str(part) for place, part in enumerate(parts)}
    if isinstance(widget, forms.CheckboxInput):
        return {name: "on"} if value else {}
    if isinstance(widget, forms.SelectMultiple | forms.CheckboxSelectMultiple):
        return {name: [str(each) for each in value or ()]}
    return {name: "" if value is None else str(value)}


def add(client: Client, model: Any, **values: Any) -> Any:
    """Send the page on which a new record is made."""
    address = page(model, "add")
    return client.post(address, {**filled(client.get(address)), **values})


def change(client: Client, record: Any, **values: Any) -> Any:
    """Send the page of a record with other values; None takes a field out, as an unticked box does."""
    address = page(type(record), "change", record)
    data = {**filled(client.get(address)), **values}
    return client.post(address, {name: value for name, value in data.items() if value is not None})


def deed(client: Client, record: Any, name: str, **values: Any) -> Any:
    """Press a button of a record's page and confirm."""
    return client.post(page(type(record), name, record), {"_form_submitted": "on", **values})


def faults(response: Any) -> dict[str, list[str]]:
    """The errors the page shows, by field."""
    assert response.status_code == 200, response.status_code
    return dict(response.context_data["adminform"].form.errors)


def kinds() -> list[str]:
    """What the journal tells, in order."""
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def told_since(before: list[str]) -> list[str]:
    return kinds()[len(before) :]
