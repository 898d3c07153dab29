"""Customers that come in from files."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from contacts import policies
from contacts.models import Customer
from contacts.services.change import Changes, custom_read, owner_checked, values_set
from contacts.services.customers import FIELDS, KEYS, keys_checked
from contacts.services.imports.base import RecordWriter
from contacts.services.known import Identity, identities_lock
from salesflow.lib.text import company_key, uscc_key
from salesflow.work.services.imports.given import Given, Refused, truth_of


class CustomerWriter(RecordWriter):
    """Known by record number, external id, credit code, or the name of a company."""

    model, event, computed = Customer, "customer", KEYS
    lines = ("name", "credit_code", "industry", "country", "region", "city", "website")

    def read(self, given: Given) -> None:
        is_person = truth_of(given, "is_person")
        if is_person is not None:
            given.values["is_person"] = is_person
        self.person(given, "owner")
        if code := uscc_key(given.values.get("credit_code", "")):
            given.keys.append(f"credit_code {code}")
        if not is_person and (name := company_key(given.values.get("name", ""))):
            given.keys.append(f"name {name}")

    def relate(self, rows: Sequence[Given]) -> None:
        super().relate(rows)
        identities_lock(
            Identity(
                name_key=company_key(row.values.get("name", "")),
                credit_code_key=uscc_key(row.values.get("credit_code", "")),
            )
            for row in rows
        )

    def asked(self, keys: Mapping[str, set[str]]) -> Q:
        found = Q(pk__in=[])
        for name, column in (
            ("external_id", "external_id"),
            ("credit_code", "credit_code_key"),
            ("name", "name_key"),
        ):
            if values := keys.get(name):
                found |= Q(**{f"{column}__in": values})
        return found

    def joined(self, rows: Any) -> Any:
        return rows.select_related("owner").defer("search")

    def keys_of(self, record: Customer) -> list[str]:
        pairs = (
            ("external_id", record.external_id),
            ("credit_code", record.credit_code_key),
            ("name", record.name_key),
        )
        return [f"{name} {value}" for name, value in pairs if value]

    def is_another(self, record: Customer, given: Given) -> bool:
        """One of the same name whose credit code is known to be another is another company."""
        code = uscc_key(given.values.get("credit_code", ""))
        other_code = bool(code and record.credit_code_key and code != record.credit_code_key)
        return super().is_another(record, given) or other_code

    def spelling_kept(self, record: Customer, given: Given, key: str) -> None:
        if key.startswith("name "):
            given.values.pop("name", None)

    def may_create(self, given: Given) -> bool:
        return policies.can_create_customer(self.by)

    def may_edit(self, record: Customer) -> bool:
        return policies.can_edit_customer(self.by, record)

    def made(self, given: Given) -> Customer:
        values = {"owner": self.by, **given.values}
        owner_checked(self.by, "customers.create", values["owner"])
        customer = Customer()
        values_set(
            customer,
            custom_read(customer, "customers", values, self.by, self.kinds),
            FIELDS,
            known=("owner",),
        )
        keys_checked(customer)
        self._once(customer)
        return customer

    def changed(self, record: Customer, given: Given) -> Changes:
        values = given.values
        if "owner" in values:
            owner_checked(self.by, "customers.edit", values["owner"])
        before = Identity.of_customer(record)
        changes = values_set(
            record, custom_read(record, "customers", values, self.by, self.kinds), FIELDS, known=("owner",)
        )
        if changes:
            keys_checked(record, "credit_code" in changes)
            if "external_id" in changes or Identity.of_customer(record) != before:
                self._once(record)
        return changes

    def _once(self, customer: Customer) -> None:
        """Refuse a second customer of one identity; all that have any of its keys are known here, and locked."""
        for key in self.keys_of(customer):
            for each in self.known.get(key, ()):
                other = self.latest.get(each.pk, each)
                if (other.pk == customer.pk and other.pk is not None) or key not in self.keys_of(other):
                    continue
                codes = (customer.credit_code_key, other.credit_code_key)
                if key.startswith("name ") and all(codes) and codes[0] != codes[1]:
                    continue
                raise Refused(_("There is another customer of this name, credit code or external id."))
