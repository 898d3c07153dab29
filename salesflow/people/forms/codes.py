"""Codes of the second step."""

from django import forms
from django.utils.translation import gettext_lazy as _


class FirstCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code of the app"),
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Of your app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )
