"""Shapes of input about customers on pages; the rules are in the services."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.models import CollisionCase, Contact, Customer
from leads.models import Lead
from salesflow.lib.web.html import escape
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.custom_forms import CustomForm


def _line(label: Any, widget: type[forms.widgets.Input] = forms.TextInput, **attrs: str) -> forms.CharField:
    """One line; what it may hold is the service's to judge, so that every door says the same."""
    shown = widget(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=False, strip=True, widget=shown)


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


def owners_of(user: User, right: str) -> QuerySet[User]:
    """People the user may put a record into the hands of."""
    people = user.people_in_scope[user.scope(right)]
    rows = User.objects.active().order_by("name")
    return rows if people is None else rows.filter(pk__in=people)


def _owner_field(form: "RecordForm", user: User, right: str) -> None:
    """Offer the people of the user's scope; that nobody owns a record only who works on all may choose."""
    field: Any = form.fields["owner"]
    field.queryset, field.initial = owners_of(user, right), user.pk
    if user.scope(right) != "all":
        field.empty_label, field.required = None, not form.is_new


class RecordForm(CustomForm):
    """The facts of a record; when it edits one, it carries the version that was seen."""

    #: Fields that steer the deed and are no facts.
    steering: ClassVar[tuple[str, ...]] = ("version",)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, record: Model | None = None, **kwargs: Any) -> None:
        if record is not None:
            kwargs["initial"] = {
                name: getattr(record, name) for name in self.base_fields if hasattr(record, name)
            }
        super().__init__(*args, **kwargs)
        self.is_new = record is None
        self.held = getattr(record, "custom", None)

    def values(self) -> dict[str, Any]:
        """What was typed, as the services take it; a new record without an owner goes to who enters it."""
        names = [name for name in self.base_fields if name in self.fields and name not in self.steering]
        values = {name: self.cleaned_data[name] for name in names}
        if own := self.custom_values():
            values["custom"] = own
        if self.is_new and values.get("owner", self) is None:
            del values["owner"]
        return values


class CustomerForm(RecordForm):
    resource = "customers"
    half: ClassVar = ("credit_code", "industry", "country", "region", "city", "website", "external_id")

    name = _line(_("Name"), autofocus="autofocus")
    is_person = forms.BooleanField(label=_("This is a private person"), required=False)
    credit_code = _line(_("Unified social credit code"))
    industry = _line(_("Industry"))
    country = _line(_("Country"))
    region = _line(_("Province or state"))
    city = _line(_("City"))
    website = _line(_("Website"), inputmode="url")
    external_id = _line(_("External id"))
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_custom(user, self.held)
        _owner_field(self, user, "customers.create" if self.is_new else "customers.edit")


class ContactForm(RecordForm):
    half: ClassVar = ("phone", "mobile")

    name = _line(_("Name"), autofocus="autofocus")
    title = _line(_("Position"))
    email = _line(_("E-mail"), forms.EmailInput)
    phone = _line(_("Phone"), forms.TelInput)
    mobile = _line(_("Mobile"), forms.TelInput)
    external_id = _line(_("External id"))


class _AmountForm(RecordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["currency"] = self.initial.get("currency") or workspace().base_currency


class OpportunityForm(_AmountForm):
    resource = "opportunities"
    half: ClassVar = ("amount", "currency", "expected_close", "external_id", "owner")

    name = _line(_("Name"), autofocus="autofocus")
    contact = forms.ModelChoiceField(label=_("Contact"), queryset=Contact.objects.none(), required=False)
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=16, decimal_places=2, min_value=0, required=False
    )
    currency = _line(_("Currency"), maxlength="3")
    expected_close = _day(_("Expected close"))
    external_id = _line(_("External id"))
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), required=False)

    def __init__(self, user: User, customer: Customer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_custom(user, self.held)
        self.fields["contact"].queryset = customer.contacts.filter(archived_at=None)  # type: ignore[attr-defined]
        _owner_field(self, user, "opportunities.create" if self.is_new else "opportunities.edit")


class ConvertForm(_AmountForm):
    """Whether an opportunity is opened, and which."""

    half: ClassVar = ("amount", "currency")

    opens = forms.BooleanField(label=_("Open an opportunity"), required=False, initial=True)
    name = _line(_("Opportunity"))
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=16, decimal_places=2, min_value=0, required=False
    )
    currency = _line(_("Currency"), maxlength="3")
    expected_close = _day(_("Expected close"))

    def __init__(self, lead: Lead, *args: Any, **kwargs: Any) -> None:
        first_line = lead.need.strip().splitlines()[0][:200] if lead.need.strip() else ""
        kwargs["initial"] = {
            "opens": True,
            "name": first_line or lead.company_name or lead.contact_name,
            "amount": lead.budget,
            "currency": lead.currency,
        }
        super().__init__(*args, **kwargs)

    def opportunity(self) -> dict[str, Any] | None:
        """What the service is to open; None for nothing."""
        if not self.cleaned_data["opens"]:
            return None
        return {name: self.cleaned_data[name] for name in ("name", "amount", "currency", "expected_close")}


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 4}))


class ClaimForm(forms.Form):
    reason = _text(_("Why is this customer yours?"))


class StatementForm(forms.Form):
    statement = _text(_("What you did for this customer, and since when"))


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Decision"), choices=CollisionCase.Outcome.choices, widget=forms.RadioSelect
    )
    holder_percent = forms.DecimalField(
        label=_("Credit of the holder in percent, where it is split"),
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    note = _text(_("Grounds, told to both"))

    def __init__(self, barred: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        """`barred` are outcomes that are not offered, each with why."""
        super().__init__(*args, **kwargs)
        offered = [pair for pair in CollisionCase.Outcome.choices if pair[0] not in barred]
        self.fields["outcome"].choices = offered  # type: ignore[attr-defined]
        self.fields["outcome"].help_text = escape(" ".join(str(why) for why in barred.values()))
