"""Shapes of input about partners on pages; the rules are in the models and services."""

from typing import Any, ClassVar, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import Nda, Partner
from salesflow.people.models import User


def _line(label: Any, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=False, strip=True, widget=widget)


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class OfRecord(forms.Form):
    """A form that opens with the values of a record."""

    @classmethod
    def of(cls, record: Any, data: Any = None) -> Self:
        return cls(data, initial={name: getattr(record, name) for name in cls.base_fields})


class PartnerForm(OfRecord):
    half: ClassVar = (
        "kind",
        "credit_code",
        "contact_name",
        "email",
        "phone",
        "owner",
        "valid_from",
        "valid_until",
    )

    name = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autofocus": "autofocus"})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Partner.Kind.choices)
    credit_code = _line(_("Unified social credit code"))
    contact_name = _line(_("Contact"))
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = _line(_("Phone"), inputmode="tel")
    owner = forms.ModelChoiceField(
        label=_("Owner of the cooperation"), queryset=User.objects.none(), required=False,
        help_text=_("Reminded before an agreement expires."),
    )  # fmt: skip
    valid_from = day_field(_("Valid from"))
    valid_until = day_field(_("Valid until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.active().order_by("name")  # type: ignore[attr-defined]


class NdaForm(OfRecord):
    half: ClassVar = ("kind", "signed_on", "expires_on", "ended_on", "survival_months", "remind_days")

    kind = forms.ChoiceField(label=_("Kind"), choices=Nda.Kind.choices)
    signed_on = day_field(_("Signed on"), required=True)
    expires_on = day_field(_("Expires on"), help_text=_("Its last day. Empty: until it is ended."))
    ended_on = day_field(_("Ended on"), help_text=_("The first day without it, when it was ended early."))
    survival_months = forms.IntegerField(
        label=_("Secrecy after its end (months)"), required=False, min_value=0, max_value=1200
    )
    remind_days = forms.IntegerField(
        label=_("Reminder before it expires (days)"), min_value=0, max_value=3660, initial=30
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
