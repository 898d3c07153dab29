"""How one wants to be told, as the page asks it."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import notice_icon, notice_title
from salesflow.outbox.models import NoticeSettings
from salesflow.outbox.services.notices.wishes import DIGEST, NOW, OFF, kinds_for, wish_for
from salesflow.people.models import User

MAILS = ((NOW, _("At once")), (DIGEST, _("In the digest")), (OFF, _("Not by mail")))


class ClockInput(forms.TimeInput):
    """The browser's own field for a time of the day."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def _clock(label: Any, *, required: bool = False) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=required, widget=ClockInput(), input_formats=["%H:%M", "%H:%M:%S"]
    )


@dataclass(frozen=True)
class Row:
    """One kind of notice: its words, and its two fields."""

    icon: str
    text: str
    bell: BoundField
    mail: BoundField


class NoticeSettingsForm(forms.Form):
    """Times, and two fields for each kind of notice that can come to this person."""

    half = ("quiet_from", "quiet_until")

    digest_at = _clock(_("Digest at"), required=True)
    quiet_from = _clock(_("Quiet from"))
    quiet_until = _clock(_("Quiet until"))

    def __init__(self, data: Any, *, user: User, settings: NoticeSettings) -> None:
        times = {name: getattr(settings, name) for name in ("digest_at", "quiet_from", "quiet_until")}
        super().__init__(data, initial=times)
        self.kinds = kinds_for(user)
        for kind in self.kinds:
            wish, words = wish_for(settings, kind), notice_title(kind)
            self.fields[f"bell {kind}"] = forms.BooleanField(required=False, initial=wish.bell, label=words)
            self.fields[f"mail {kind}"] = forms.ChoiceField(choices=MAILS, initial=wish.mail, label=words)

    def rows(self) -> list[Row]:
        return [
            Row(notice_icon(kind), notice_title(kind), self[f"bell {kind}"], self[f"mail {kind}"])
            for kind in self.kinds
        ]

    def values(self) -> dict[str, Any]:
        """What was changed, as the service takes it."""
        changed = set(self.changed_data)
        kinds: dict[str, dict[str, Any]] = {}
        for kind in self.kinds:
            for part in ("bell", "mail"):
                if f"{part} {kind}" in changed:
                    kinds.setdefault(kind, {})[part] = self.cleaned_data[f"{part} {kind}"]
        times = {name: self.cleaned_data[name] for name in ("digest_at", "quiet_from", "quiet_until")}
        return {"kinds": kinds, **times}
