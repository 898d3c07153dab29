"""Rows that belong to a customer: which one they name."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from contacts.models import Customer
from contacts.services.imports.base import RecordWriter
from salesflow.lib.text import company_key, uscc_key
from salesflow.work.services.imports.given import Given, Refused

#: The columns that name a customer, strongest first.
NAMES = ("customer_id", "customer_external_id", "customer_credit_code", "customer")


class AtCustomerWriter(RecordWriter):
    """A record stays with the customer it was entered at; a new one needs one that the importer may see."""

    def relate(self, rows: Sequence[Given]) -> None:
        super().relate(rows)
        named = {row.draft.number: _named(row) for row in rows}
        found = self._customers([key for keys in named.values() for key in keys])
        for row in rows:
            key = next(iter(named[row.draft.number]), "")
            matches = found.get(key, []) if key else []
            row.parent = matches[0] if len(matches) == 1 else None
            if len(matches) > 1:
                row.draft.refuse(
                    _column(row), _("Several customers are called so: name it by its number or code.")
                )
        self._locked_customers(rows)
        self.related(rows)

    def related(self, rows: Sequence[Given]) -> None:
        """Read what can be read only when the customers are known."""

    def _customers(self, keys: Sequence[str]) -> dict[str, list[Customer]]:
        """Present customers in sight by the keys that name them."""
        asked: dict[str, set[str]] = defaultdict(set)
        for key in keys:
            name, _blank, value = key.partition(" ")
            asked[name].add(value)
        if not asked:
            return {}
        condition = Q(pk__in=[int(value) for value in asked["id"]])
        for name, column in (("external", "external_id"), ("code", "credit_code_key"), ("name", "name_key")):
            condition |= Q(**{f"{column}__in": asked[name]})
        condition |= Q(is_person=True, name__in=asked["person"])
        found: dict[str, list[Customer]] = defaultdict(list)
        rows = Customer.objects.visible_to(self.by).current().filter(condition)
        for each in rows.defer("search").order_by("pk"):
            pairs = (("id", each.pk), ("external", each.external_id), ("code", each.credit_code_key),
                     ("name", each.name_key), ("person", each.name if each.is_person else ""))  # fmt: skip
            for name, value in pairs:
                if value:
                    found[f"{name} {value}"].append(each)
        for key in list(found):  # a name means the company, and a private person where there is none
            if key.startswith("person ") and (company := company_key(key.removeprefix("person "))):
                found.setdefault(f"name {company}", found[key])
        return found

    def _locked_customers(self, rows: Sequence[Given]) -> None:
        """Nobody else enters anything at these customers, or puts them away, until this transaction ends."""
        ids = {row.parent.pk for row in rows if row.parent is not None}
        locked = Customer.objects.filter(pk__in=ids).defer("search").order_by("pk")
        fresh = {each.pk: each for each in locked.select_for_update(no_key=True)}
        for row in rows:
            if row.parent is not None:
                row.parent = fresh.get(row.parent.pk)

    def customer_of(self, given: Given) -> Customer:
        """The customer for a new record; raises Refused."""
        if given.parent is None:
            named = [given.draft.text(name) for name in NAMES if given.draft.text(name)]
            if not named:
                raise Refused(_("A new record needs its customer."))
            words = {"name": named[0][:80]}
            raise Refused(_("There is no customer “%(name)s” that you may see.") % words)
        if given.parent.archived_at:
            raise Refused(_("This customer is archived."))
        return given.parent  # type: ignore[no-any-return]

    def same_customer(self, record: Any, given: Given) -> None:
        """Refuse a row that names another customer than its record has; raises Refused."""
        keys = _named(given)
        if not keys or (given.parent is not None and given.parent.pk == record.customer_id):
            return
        one = record.customer
        own = {f"id {one.pk}", f"external {one.external_id}", f"code {one.credit_code_key}", f"name {one.name_key}",
               f"person {one.name}", f"name {company_key(one.name)}"}  # fmt: skip
        if keys[0] not in own:
            raise Refused(_("A record stays with its customer, %(name)s.") % {"name": one.name})


def _named(row: Given) -> list[str]:
    """The customer a row names, by the strongest of its columns; company and person of one name are told apart last."""
    draft = row.draft
    if text := draft.text("customer_id"):
        return [f"id {int(text)}"] if text.isdecimal() and int(text) < 2**63 else []
    if text := draft.text("customer_external_id"):
        return [f"external {text}"]
    if code := uscc_key(draft.text("customer_credit_code")):
        return [f"code {code}"]
    if text := " ".join(draft.text("customer").split()):
        company = company_key(text)
        return [f"name {company}", f"person {text}"] if company else [f"person {text}"]
    return []


def _column(row: Given) -> str:
    return next((name for name in NAMES if row.draft.text(name)), "customer")
