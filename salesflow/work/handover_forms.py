"""The shape of a handover on its page: people with shares, and exceptions for single kinds."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from salesflow.people.models import User
from salesflow.work.handover import handover_kinds
from salesflow.work.services.handover_plan import MOST_SHARE

#: So many people a page asks for; REST takes more.
PEOPLE = 4
STAYS, OFF = "stay", "off"


class HandoverForm(forms.Form):
    """Fields `to_1`, `share_1` … for all kinds, `kind_<key>` for one: as above, stays, called off, or one person."""

    def __init__(self, by: User, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = {
            kind.key: [(str(each.pk), str(each)) for each in kind.recipients(by) if each.pk != person.pk]
            for kind in handover_kinds()
        }
        anybody = sorted({choice for choices in able.values() for choice in choices}, key=lambda one: one[1])
        half = []
        for number in range(1, PEOPLE + 1):
            self.fields[f"to_{number}"] = forms.ChoiceField(
                label=_("Goes to"), choices=[("", "–"), *anybody], required=False
            )
            self.fields[f"share_{number}"] = forms.IntegerField(
                label=_("Share of the records"), min_value=1, max_value=MOST_SHARE, initial=1, required=False
            )
            half += [f"to_{number}", f"share_{number}"]
        for kind in handover_kinds():
            ends = [(OFF, _("Call off"))] if kind.call_off is not None else []
            choices = [("", _("As above")), (STAYS, _("Stays")), *ends, *able[kind.key]]
            self.fields[f"kind_{kind.key}"] = forms.ChoiceField(
                label=kind.label, choices=choices, required=False
            )
            half.append(f"kind_{kind.key}")
        if by.may("users.edit"):
            self.fields["deactivate"] = forms.BooleanField(
                label=_("Take away the sign-in"), required=False,
                help_text=_("The person cannot sign in any more, at once, and the API tokens end."),
            )  # fmt: skip
        self.half = tuple(half)

    def wanted(self) -> dict[str, Any]:
        """As `handover_start` takes it."""
        data = self.cleaned_data
        numbers = [number for number in range(1, PEOPLE + 1) if data.get(f"to_{number}")]
        chosen = {kind.key: data.get(f"kind_{kind.key}") for kind in handover_kinds()}
        call_off = [key for key, choice in chosen.items() if choice == OFF]
        kinds = {
            key: [] if choice == STAYS else [(int(choice), 1)]
            for key, choice in chosen.items()
            if choice and choice != OFF
        }
        to = [(int(data[f"to_{number}"]), data.get(f"share_{number}") or 1) for number in numbers]
        return {"to": to, "kinds": kinds, "call_off": call_off, "deactivate": data.get("deactivate", False)}

    def faults(self, error: ValidationError) -> None:
        """Put what the service refused beside the field it is about."""
        for name, errors in error.error_dict.items():
            field = {"to": "to_1"}.get(name, name.replace("kinds.", "kind_"))
            self.add_error(field if field in self.fields else None, errors)
