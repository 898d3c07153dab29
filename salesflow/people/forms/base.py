"""Shapes of input about people; the rules are in the services."""

import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salesflow.lib.web.forms import moment_field
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.people.services.users import OWN_FIELDS


@cache
def zone_choices() -> list[tuple[str, str]]:
    """The zones a person or a workspace may choose from; finding them opens each of their files."""
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


class ProfileForm(forms.Form):
    """What a person may change of himself."""

    half = ("language", "time_zone", "absent_from", "absent_until")

    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    theme = forms.ChoiceField(label=_("Theme"), choices=User.Theme.choices)
    absent_from = moment_field(_("Absent from"), required=False)
    absent_until = moment_field(_("Absent until"), required=False)
    deputy = forms.ModelChoiceField(
        label=_("Deputy"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Is reminded too while you are away; new leads go past you."),
    )
    signature = forms.CharField(
        label=_("Signature"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stands under mails that go out in your name, such as invitations to meetings."),
    )
    follows_written = forms.BooleanField(
        label=_("Follow the records I write on"),
        required=False,
        help_text=_("Who writes a note on a record is told what happens there from then on."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, initial={name: getattr(user, name) for name in OWN_FIELDS}, **kwargs)
        self.user = user
        shared = workspace()
        language = dict(settings.LANGUAGES).get(shared.language, shared.language)
        fields: Any = self.fields
        fields["time_zone"].choices = [("", _as_shared(shared.time_zone)), *zone_choices()]
        fields["language"].choices = [("", _as_shared(language)), *settings.LANGUAGES]
        fields["deputy"].queryset = User.objects.active().exclude(pk=user.pk).order_by("name")

    def sections(self) -> list[tuple[Any, str, list[forms.BoundField]]]:
        """The fields as the page groups them, each group with its title and icon."""
        groups = (
            (_("About you"), "user-circle", ("name", "language", "time_zone", "theme")),
            (_("Away"), "calendar-off", ("absent_from", "absent_until", "deputy")),
            (_("Work"), "eye", ("follows_written",)),
            (_("E-mail"), "signature", ("signature",)),
        )
        return [(title, icon, [self[name] for name in names]) for title, icon, names in groups]


def _as_shared(value: Any) -> str:
    return gettext("As the workspace: %(value)s") % {"value": value}


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
