"""Shapes of input about tracked links on pages; the rules are in the services."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LinkForm(forms.Form):
    page_url = forms.CharField(
        label=_("Page"),
        required=False,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "autofocus": "autofocus"}),
    )
