"""The shape of a meeting on a page."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from salesflow.lib.web.forms import moment_field
from salesflow.work.models import Meeting

NAMES = ("title", "starts_at", "ends_at", "place", "guest_name", "guest_email", "details")


class AnswerForm(forms.Form):
    """What a guest says: one of three buttons, and a note if he likes."""

    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    answer = forms.ChoiceField(
        choices=Meeting.Answer.choices,
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Choose one of the answers."),
            "invalid_choice": _("Choose one of the answers."),
        },
    )


class MeetingForm(forms.Form):
    """Without an end it lasts an hour."""

    half: ClassVar = ("starts_at", "ends_at", "guest_name", "guest_email")

    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    starts_at = moment_field(_("Starts"))
    ends_at = moment_field(_("Ends"), required=False)
    place = forms.CharField(label=pgettext_lazy("meeting", "Place"), max_length=200, required=False)
    guest_name = forms.CharField(label=_("Guest"), max_length=120, required=False)
    guest_email = forms.EmailField(label=_("Guest's e-mail"), max_length=254, required=False)
    details = forms.CharField(
        label=_("Details"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @classmethod
    def of(cls, meeting: Meeting, data: Any = None) -> "MeetingForm":
        return cls(data, initial={name: getattr(meeting, name) for name in (*NAMES, "version")})

    def values(self) -> dict[str, Any]:
        values = {name: self.cleaned_data[name] for name in NAMES}
        values["ends_at"] = values["ends_at"] or values["starts_at"] + timedelta(hours=1)
        return values
