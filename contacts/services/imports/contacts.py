"""The people at customers that come in from files."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from contacts import policies
from contacts.models import Contact
from contacts.services.change import Changes, values_set
from contacts.services.contacts import FIELDS, reachable
from contacts.services.imports.at_customers import AtCustomerWriter
from salesflow.lib.text import email_key, phone_key
from salesflow.people.services import workspace
from salesflow.work.services.imports.given import Given

_NUMBERS = ("phone", "mobile")


class ContactWriter(AtCustomerWriter):
    """Known by record number, external id; within the customer by e-mail, telephone number, or by name without both."""

    model, event, computed = Contact, "contact", ("email_key",)
    lines = ("name", "title", "email", "phone", "mobile")

    def read(self, given: Given) -> None:
        region = workspace().phone_region
        for name in _NUMBERS:
            if text := given.values.get(name):
                given.values[name] = phone_key(text, region) or text

    def related(self, rows: Sequence[Given]) -> None:
        for row in rows:
            if row.parent is not None:
                row.keys += _keys(row.parent.pk, row.values)

    def asked(self, keys: Mapping[str, set[str]]) -> Q:
        found = Q(external_id__in=keys["external_id"]) if keys.get("external_id") else Q(pk__in=[])
        pairs = [(int(value.split(" ", 2)[0]), *value.split(" ", 2)[1:]) for value in keys.get("at", ())]
        if pairs:
            by_kind = {
                kind: {text for _id, known, text in pairs if known == kind}
                for kind in ("email", "tel", "name")
            }
            there = Q(email_key__in=by_kind["email"]) | Q(name__in=by_kind["name"])
            there |= Q(phone__in=by_kind["tel"]) | Q(mobile__in=by_kind["tel"])
            found |= Q(customer_id__in={id_ for id_, _known, _text in pairs}) & there
        return found

    def joined(self, rows: Any) -> Any:
        return rows.select_related("customer").defer("search", "customer__search")

    def keys_of(self, record: Contact) -> list[str]:
        external = [f"external_id {record.external_id}"] if record.external_id else []
        at = f"at {record.customer_id}"
        reached = {"email": record.email_key, "phone": record.phone, "mobile": record.mobile}
        return [*external, *_reached(at, reached), f"{at} name {record.name}"]

    def is_another(self, record: Contact, given: Given) -> bool:
        """Two people share a telephone, but no e-mail address."""
        key = email_key(given.values.get("email"))
        return super().is_another(record, given) or bool(key and record.email_key and key != record.email_key)

    def spelling_kept(self, record: Contact, given: Given, key: str) -> None:
        if record.email_key and email_key(given.values.get("email")) == record.email_key:
            given.values.pop("email", None)

    def may_create(self, given: Given) -> bool:
        return policies.can_create_contact(self.by, self.customer_of(given))

    def may_edit(self, record: Contact) -> bool:
        return policies.can_edit_contact(self.by, record)

    def made(self, given: Given) -> Contact:
        contact = Contact(customer=given.parent)
        values_set(contact, given.values, FIELDS)
        reachable(contact, given.values)
        self.external_checked(contact)
        return contact

    def changed(self, record: Contact, given: Given) -> Changes:
        self.same_customer(record, given)
        changes = values_set(record, given.values, FIELDS)
        if changes:
            reachable(record, changes)
            self.external_checked(record)
        return changes

    def said_of_new(self, record: Contact) -> dict[str, Any]:
        return {"customer": record.customer_id}


def _keys(customer: int, values: Mapping[str, Any]) -> list[str]:
    at = f"at {customer}"
    reached = {"email": email_key(values.get("email")), **{name: values.get(name) for name in _NUMBERS}}
    keys = _reached(at, reached)
    return keys or ([f"{at} name {values['name']}"] if values.get("name") else [])


def _reached(at: str, reached: Mapping[str, Any]) -> list[str]:
    keys = [f"{at} email {reached['email']}"] if reached["email"] else []
    return keys + [f"{at} tel {reached[name]}" for name in _NUMBERS if reached[name]]
