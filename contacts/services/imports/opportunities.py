"""Opportunities that come in from files."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from contacts import policies
from contacts.models import Contact, Opportunity
from contacts.services.change import Changes, custom_read, owner_checked, values_set
from contacts.services.imports.at_customers import AtCustomerWriter
from contacts.services.opportunities import FIELDS, checked
from salesflow.lib.text import email_key
from salesflow.work.services.imports.given import Given, Refused, amount_of, day_of

_READ = ("owner", "contact")


class OpportunityWriter(AtCustomerWriter):
    """Known by record number or external id."""

    model, event, computed = Opportunity, "opportunity", ("currency",)
    lines = ("name", "currency")

    def read(self, given: Given) -> None:
        if currency := given.values.get("currency"):
            given.values["currency"] = currency.upper()
        if (amount := amount_of(given, "amount")) is not None:
            given.values["amount"] = amount
        if (day := day_of(given, "expected_close")) is not None:
            given.values["expected_close"] = day
        self.person(given, "owner")

    def related(self, rows: Sequence[Given]) -> None:
        """The people at customers whom rows name, by record number, e-mail address or name."""
        named = [row for row in rows if row.draft.text("contact_id") or row.draft.text("contact")]
        if not named:
            return
        ids = {int(text) for row in named if _is_number(text := row.draft.text("contact_id"))}
        texts = {row.draft.text("contact") for row in named} - {""}
        there = Q(email_key__in={key for text in texts if (key := email_key(text))}) | Q(name__in=texts)
        customers = {row.parent.pk for row in named if row.parent is not None}
        people = Contact.objects.visible_to(self.by).filter(archived_at=None).defer("search").order_by("pk")
        self.people: dict[str, list[Contact]] = defaultdict(list)
        for each in people.filter(Q(pk__in=ids) | (Q(customer_id__in=customers) & there)):
            self.people[f"id {each.pk}"].append(each)
            for text in {each.name, each.email_key or each.name}:
                self.people[f"{each.customer_id} {text}"].append(each)

    def asked(self, keys: Mapping[str, set[str]]) -> Q:
        return Q(external_id__in=keys["external_id"]) if keys.get("external_id") else Q(pk__in=[])

    def joined(self, rows: Any) -> Any:
        return rows.select_related("customer", "owner", "contact").defer(
            "search", "customer__search", "contact__search"
        )

    def keys_of(self, record: Opportunity) -> list[str]:
        return [f"external_id {record.external_id}"] if record.external_id else []

    def may_create(self, given: Given) -> bool:
        return policies.can_create_opportunity(self.by, self.customer_of(given))

    def may_edit(self, record: Opportunity) -> bool:
        return policies.can_edit_opportunity(self.by, record)

    def made(self, given: Given) -> Opportunity:
        self._contact(given, given.parent.pk)
        values = {"owner": self.by, **given.values}
        owner_checked(self.by, "opportunities.create", values["owner"])
        opportunity = Opportunity(customer=given.parent)
        values = custom_read(opportunity, "opportunities", values, self.by, self.kinds)
        values_set(opportunity, values, FIELDS, known=_READ)
        checked(opportunity)
        self.external_checked(opportunity)
        return opportunity

    def changed(self, record: Opportunity, given: Given) -> Changes:
        self.same_customer(record, given)
        self._contact(given, record.customer_id, record.contact)
        values = given.values
        if "owner" in values:
            owner_checked(self.by, "opportunities.edit", values["owner"])
        values = custom_read(record, "opportunities", values, self.by, self.kinds)
        changes = values_set(record, values, FIELDS, known=_READ)
        if changes:
            checked(record)
            self.external_checked(record)
        return changes

    def _contact(self, given: Given, customer: int, held: Contact | None = None) -> None:
        """Set the person a row names, who is one of this customer's; the one that is there stays, also out of sight."""
        number, text = given.draft.text("contact_id"), given.draft.text("contact")
        if not (number or text):
            return
        if held is not None and (number == str(held.pk) or (not number and text in (held.name, held.email))):
            return
        keys = [f"id {int(number)}"] if _is_number(number) else []
        keys = keys or ([] if number else [f"{customer} {text}", f"{customer} {email_key(text)}"])
        found = next((self.people[key] for key in keys if self.people.get(key)), [])
        if len(found) != 1:
            words = {"name": (number or text)[:80]}
            message = _("“%(name)s” is no person, or not the only one, at this customer.")
            raise Refused(message % words)
        given.values["contact"] = found[0]

    def said_of_new(self, record: Opportunity) -> dict[str, Any]:
        return {"customer": record.customer_id}


def _is_number(text: str) -> bool:
    return text.isdecimal() and int(text) < 2**63
