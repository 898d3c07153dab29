"""How pages about signing in tell what a service refuses."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from salesflow.people.services import Throttled


def spread(form: forms.Form, error: ValidationError) -> None:
    """Each fault under its field; what is about no field of the form, above it."""
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def chosen(request: HttpRequest) -> int:
    """The id the pressed button names."""
    number = request.POST.get("id", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise ValidationError(_("Choose one."))
    return int(number)


def slow_down(request: HttpRequest, limit: Throttled, template: str, context: dict[str, Any]) -> HttpResponse:
    messages.error(request, str(limit.message))
    response = render(request, template, context, status=429)
    response["Retry-After"] = str(limit.retry_after)
    return response
