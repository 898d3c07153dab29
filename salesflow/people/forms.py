"""Shapes of input about people; the rules are in the services."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from salesflow.people.models import User


def zone_choices() -> list[tuple[str, str]]:
    """The zones a person or a workspace may choose from."""
    zones = (zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc"))
    return [(zone, zone) for zone in sorted(zones)]


class SignInForm(forms.Form):
    """E-mail and password; says the same for a wrong password, an unknown and a switched-off person."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("email") and cleaned.get("password"):
            user = authenticate(self.request, username=cleaned["email"].lower(), password=cleaned["password"])
            if user is None:
                raise forms.ValidationError(
                    _("This e-mail address and password do not match."), code="no_match"
                )
            self.user = user  # type: ignore[assignment]
        return cleaned


class SetUpForm(forms.Form):
    """The first administrator, against the one-time code printed in the terminal."""

    code = forms.CharField(
        label=_("One-time code"), max_length=40, help_text=_("Printed in the terminal at start.")
    )
    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    password = forms.CharField(
        label=_("Password"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class ProfileForm(forms.ModelForm):
    """What a person may change of himself."""

    half = ("language", "time_zone", "absent_from", "absent_until")

    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As the workspace")), *settings.LANGUAGES], required=False
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "theme", "absent_from", "absent_until", "deputy")
        widgets = {
            "absent_from": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "absent_until": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [("", _("As the workspace")), *zone_choices()]  # type: ignore[attr-defined]
        self.fields["deputy"].queryset = User.objects.active().exclude(pk=self.instance.pk).order_by("name")  # type: ignore[attr-defined]


class PasswordForm(forms.Form):
    half = ("old", "new")

    old = forms.CharField(
        label=_("Present password"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    new = forms.CharField(
        label=_("New password"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
