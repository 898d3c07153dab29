"""Shapes of input about partners on pages; the rules are in the models and services."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.models import Nda, Partner, PartnerAgreement
from leads.models.agreement import tiers_read
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


class TiersField(forms.CharField):
    """Tiers as people write them: a line for each, revenue and percent."""

    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "0 5\n100000 10", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(f"{tier['since']} {tier['percent']}" for tier in value)
        return value

    def clean(self, value: Any) -> list[dict[str, str]]:
        lines = [
            line.replace("%", " ").replace(",", "").split() for line in super().clean(value).splitlines()
        ]
        if any(len(line) not in (0, 2) for line in lines):
            raise ValidationError(
                gettext("Write a line for each tier: revenue from, then percent."), code="invalid"
            )
        try:
            return tiers_read([{"since": line[0], "percent": line[1]} for line in lines if line])
        except ValidationError as error:
            raise ValidationError(error.messages, code="invalid") from None


class AgreementForm(OfRecord):
    half: ClassVar = ("percent", "cap", "basis", "currency", "valid_from", "valid_until", "remind_days")

    percent = forms.DecimalField(
        label=_("Percent"), required=False, max_digits=5, decimal_places=2, min_value=0, max_value=100
    )
    cap = forms.DecimalField(
        label=_("Cap"), required=False, max_digits=16, decimal_places=2, min_value=0,
        help_text=_("The most that is paid for a period. Empty: none."),
    )  # fmt: skip
    tiers = TiersField(
        label=_("Tiers"), required=False,
        help_text=_("Instead of one percentage: a line for each tier, revenue from, then percent. The first is 0."),
    )  # fmt: skip
    tier_method = forms.ChoiceField(
        label=_("Method of the tiers"), required=False, choices=[("", "—"), *PartnerAgreement.Method.choices],
        help_text=_("With tiers it must be said: the same table pays very different sums."),
    )  # fmt: skip
    basis = forms.ChoiceField(label=_("Basis"), choices=PartnerAgreement.Basis.choices, initial="collected")
    currency = _line(_("Currency"), maxlength="3")
    valid_from = day_field(_("Valid from"), required=True)
    valid_until = day_field(_("Valid until"))
    remind_days = forms.IntegerField(
        label=_("Reminder before it expires (days)"), min_value=0, max_value=3660, initial=30
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class RevenueForm(forms.Form):
    """A revenue to work a share out for."""

    revenue = forms.DecimalField(
        label=_("Revenue of a period"), max_digits=16, decimal_places=2, min_value=Decimal(0)
    )
