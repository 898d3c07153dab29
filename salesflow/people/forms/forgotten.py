"""Asking for a link to a new password, and choosing one by it."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ForgottenForm(forms.Form):
    """The address a link to a new password is sent to."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    """A new password, chosen by a link."""

    new = forms.CharField(
        label=_("New password"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )  # fmt: skip
