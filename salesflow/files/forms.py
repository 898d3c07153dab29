"""Shapes of input about files; the rules are in the services."""

from django import forms
from django.utils.translation import gettext_lazy as _

#: So many files one can drop at once.
AT_ONCE = 10


class RenameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=255,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
