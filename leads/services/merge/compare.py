"""Two leads side by side before they are merged: field by field, what wins by itself, what to mind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.models import Lead
from leads.services.merge.fields import DUPLICATE, LEAD, NAMED, SINGLE, TOGETHER
from leads.services.reveal import leads_masked
from salesflow.lib.relations import relations_of
from salesflow.lib.web.figures import exact_money
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.services.custom_facts import custom_in_words

_LEADS = "leads.lead"
_EMPTY = (None, "", {}, [])
#: How far a lead has come; of two the one that came further is kept.
_REACHED = {"disqualified": 0, "new": 1, "assigned": 2, "contacted": 3, "qualified": 4, "converted": 5}
WARNINGS: dict[str, str | Promise] = {
    "owners": _("Both have an owner. The one of the lead that is kept goes on; the other is told."),
    "converted": _("One of the two has been converted. Its customer stays with it."),
    "disqualified": _("One of the two is disqualified."),
    "in_work": _(
        "Somebody works on the lead that is merged away; planned follow-ups of another owner are called off."
    ),
    "credit_codes": _("The two have different credit codes: they may be two companies."),
    "people": _("The two name different persons."),
    "verification": _("One of the two was verified, the other was not."),
}


@dataclass(frozen=True)
class Compared:
    """One field of two leads; `side` is whose value is kept unless somebody says otherwise."""

    name: str
    label: str
    lead: Any
    duplicate: Any
    side: str
    is_same: bool
    #: Both values are kept, one beside the other.
    is_united: bool = False


def kept_first(one: Lead, other: Lead) -> tuple[Lead, Lead]:
    """The two, the one to keep first: which came further, is owned, says more, is older."""
    return (one, other) if _rank(one) >= _rank(other) else (other, one)


def _rank(lead: Lead) -> tuple[int, bool, int, int]:
    filled = sum(getattr(lead, name) not in _EMPTY for name in SINGLE)
    return _REACHED[lead.status], lead.owner_id is not None, filled, -lead.pk


def fields_compared(lead: Lead, duplicate: Lead) -> list[Compared]:
    """Every field that one of the two fills, in the order of the form; then what is united."""
    return [*_chosen(lead, duplicate), *_united(lead, duplicate)]


def _chosen(lead: Lead, duplicate: Lead) -> Iterator[Compared]:
    for name in (*SINGLE, *TOGETHER):
        ours, theirs = _shown(lead, name), _shown(duplicate, name)
        if ours in _EMPTY and theirs in _EMPTY:
            continue
        takes = ours in _EMPTY or (
            name in lead.flags and theirs not in _EMPTY and name not in duplicate.flags
        )
        yield Compared(name, _label(name), ours, theirs, DUPLICATE if takes else LEAD, ours == theirs)


def _united(lead: Lead, duplicate: Lead) -> Iterator[Compared]:
    for name in (*NAMED, "tags"):
        ours, theirs = getattr(lead, name), getattr(duplicate, name)
        if not (ours or theirs):
            continue
        is_same = ours == theirs
        if name == "custom":
            ours, theirs = custom_in_words("leads", ours), custom_in_words("leads", theirs)
        yield Compared(name, _label(name), ours, theirs, "", is_same, is_united=True)


def _shown(lead: Lead, name: str) -> Any:
    if name == "budget" and lead.budget is not None:
        return exact_money(lead.budget, lead.currency or workspace().base_currency)
    if name == "referrer":
        return f"{lead.referrer_type} {lead.referrer_id}" if lead.referrer_type else ""
    value = getattr(lead, name)
    return value.strip() if isinstance(value, str) else value


def _label(name: str) -> str:
    if name == "referrer":
        return str(_("Referred by"))
    label = {"behaviour": _("Behaviour"), "utm": _("Campaign parameters"), "page_url": _("Page")}.get(name)
    text = str(label or Lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return text[:1].upper() + text[1:]


def warnings_of(lead: Lead, duplicate: Lead) -> list[str | Promise]:
    """What to mind before `duplicate` is merged into `lead`."""
    found = []
    both = (lead, duplicate)
    if lead.owner_id and duplicate.owner_id and lead.owner_id != duplicate.owner_id:
        found.append("owners")
    found += [
        status for status in ("converted", "disqualified") if any(each.status == status for each in both)
    ]
    if duplicate.status in ("assigned", "contacted", "qualified") and duplicate.owner_id != lead.owner_id:
        found.append("in_work")
    if _differ(lead.credit_code_key, duplicate.credit_code_key):
        found.append("credit_codes")
    if _differ(lead.person_key, duplicate.person_key):
        found.append("people")
    if {each.verification for each in both} >= {"verified", "rejected"}:
        found.append("verification")
    return [WARNINGS[code] for code in found]


def _differ(one: str | None, other: str | None) -> bool:
    return bool(one and other and one != other)


def rows_to_move(duplicate: Lead) -> list[tuple[str, int]]:
    """How many rows of each kind go over to the kept lead; of each table that people know."""
    counted = []
    for relation in relations_of(_LEADS):
        model = apps.get_model(relation.table)
        if relation.table in _UNTOLD:
            continue
        count = relation.rows(_LEADS, duplicate.pk).count()
        if count:
            counted.append((str(model._meta.verbose_name_plural), count))
    return counted


#: Rows that go along without anybody minding them.
_UNTOLD = {"journal.notice", "clocks.clock", "leads.leadimportrow", "leads.leadassignment", "leads.ownership"}


def visible_pair(user: User, one: int, other: int) -> tuple[Lead, Lead] | None:
    """Both leads with their owners, if this person may see both and neither is archived or merged away."""
    rows = Lead.objects.visible_to(user).current().filter(pk__in=(one, other))
    known = rows.select_related("owner", "pool", "source", "campaign", "partner")
    found = {lead.pk: lead for lead in leads_masked(user, known)}
    return (found[one], found[other]) if len(found) == 2 else None
