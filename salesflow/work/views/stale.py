"""Changing a record from its page: what was typed stays, and what another wrote meanwhile stands beside it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from salesflow.lib.errors import Conflict
from salesflow.lib.web.forms import errors_to


def change_tried(
    form: forms.Form, record: Any, *, typed: Mapping[str, Any], change: Callable[[], Any]
) -> dict[str, Any] | None:
    """None once `change()` was carried out; else its refusal stands in the form.

    For a change that came too late (`stale_version`) it gives label → present value of what differs from what was
    `typed`, and the form then holds the present version: sent again, it is carried out.
    """
    try:
        change()
    except ValidationError as error:
        errors_to(form, error)
        return {}
    except Conflict as conflict:
        if conflict.code != "stale_version":
            raise
        form.add_error(None, ValidationError(conflict.message, code=conflict.code))
        form.data = form.data.copy()
        form.data["version"] = record.version
        return {
            str(field.label): getattr(record, name)
            for name, field in form.fields.items()
            if name != "version" and getattr(record, name) != typed.get(name)
        }
    return None
