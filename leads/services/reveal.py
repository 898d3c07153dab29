"""Contact details of leads that wait in a pool: masked until claimed, shown one by one to who asks, and counted.

A pool may mask e-mail addresses and telephone numbers for its members. Who manages the pool sees them; a member asks
for those of one lead, which is logged, limited per day, and lasts until the lead leaves the pool.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from leads import policies
from leads.models import ContactReveal, Lead, LeadEvent
from leads.models.lead import SEARCHED
from leads.querysets import masking_pool_ids_of
from leads.services.quota import day_start, quotas_lock
from leads.services.terms import pools_now
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.search import Veil
from salesflow.people.models import User

MASKED = ("email", "phone", "mobile")
#: What a masked lead is still found by.
OPEN = tuple(name for name in SEARCHED if name not in MASKED)
_STARS = "****"


def masking_pools(user: User) -> set[int]:
    """The pools that mask from this person how the leads in them are reached."""
    if user.scope("leads.view") == "all":
        return set()
    return {id_ for id_ in masking_pool_ids_of(user) if not policies.manages_pool(user, id_)}


def masked_from(user: User, prefix: str = "") -> Q | None:
    """The condition of leads whose contact details are masked from this person; None where no pool of his masks any.

    Such leads are found, filtered and compared by nothing that is masked of them. `prefix` leads to the lead.
    """
    pools = masking_pools(user)
    if not pools:
        return None
    since = OuterRef(f"{prefix}pool_entered_at")
    shown = ContactReveal.objects.filter(by=user, lead=OuterRef(f"{prefix}pk"), at__gte=since)
    return Q(**{f"{prefix}in_pool": True, f"{prefix}pool_id__in": sorted(pools)}) & ~Q(Exists(shown))


def lead_veil(user: User) -> Veil | None:
    """By what this person finds which leads."""
    masked = masked_from(user)
    return None if masked is None else Veil(masked, OPEN)


def masked_ids(user: User, leads: Sequence[Lead]) -> set[int]:
    """Which of these leads this person may see only with their contact details masked: `masked_from`, of rows read."""
    waiting = [lead for lead in leads if lead.in_pool]
    masking = masking_pools(user) if waiting else ()
    hidden = {lead.pk: lead for lead in waiting if lead.pool_id in masking}
    if not hidden:
        return set()
    shown = ContactReveal.objects.filter(by=user, lead__in=hidden).values_list("lead_id", "at")
    since = {pk: lead.pool_entered_at for pk, lead in hidden.items()}
    return set(hidden) - {pk for pk, at in shown if since[pk] is None or at >= since[pk]}  # type: ignore[operator]


def masked(name: str, value: str) -> str:
    """A contact detail as it is shown before it is revealed: enough to tell two apart, not enough to reach anybody."""
    if not value:
        return value
    if name == "email":
        local, _at, domain = value.rpartition("@")
        return f"{local[:1]}{_STARS}@{domain}" if local else _STARS
    return f"{value[:-8]}{_STARS}{value[-2:]}" if len(value) > 10 else f"{_STARS}{value[-2:]}"


def lead_mask(lead: Lead) -> Lead:
    """Mask the contact details of a lead that is only shown; it must not be saved."""
    for name in MASKED:
        setattr(lead, name, masked(name, getattr(lead, name)))
    lead.website = ""
    lead.contacts_masked = True  # type: ignore[attr-defined]
    return lead


def leads_masked_in_list(user: User, leads: Sequence[Lead]) -> None:
    """Mask what a list has loaded of the ways to reach leads that this person may not see."""
    hidden = masked_ids(user, leads)
    for lead in leads:
        if lead.pk in hidden:
            loaded = lead.__dict__
            loaded.update({name: masked(name, loaded[name]) for name in MASKED if name in loaded})
            if "website" in loaded:
                lead.website = ""
            lead.contacts_masked = True  # type: ignore[attr-defined]


def events_mask(user: User, events: Sequence[LeadEvent]) -> None:
    """Mask what behaviour says of the ways to reach leads that this person may not see."""
    if not masking_pools(user):
        return
    rows = Lead.objects.filter(pk__in={event.lead_id for event in events if event.lead_id})
    hidden = masked_ids(user, list(rows.only("in_pool", "pool_id", "pool_entered_at")))
    for event in events:
        if event.lead_id in hidden:
            event.email_key = masked("email", event.email_key or "") or None
            event.url = address_masked(event.url)


def address_masked(url: str) -> str:
    """An address of a page without what a form or a mail may have written into it."""
    return url.partition("?")[0].partition("#")[0]


def leads_masked(user: User, leads: Iterable[Lead]) -> list[Lead]:
    """The same leads, those masked whose contact details this person may not see."""
    rows = list(leads)
    hidden = masked_ids(user, rows)
    return [lead_mask(lead) if lead.pk in hidden else lead for lead in rows]


@transaction.atomic
def contacts_reveal(*, lead: Lead, by: User) -> Lead:
    """Show a member of the pool the contact details of one lead; twice is no error and counts once.

    Raises PermissionDenied (no member), Conflict("not_in_pool" | "reveal_limit").
    """
    quotas_lock([by.pk])
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).get(pk=lead.pk)
    member_of = set(by.pools.values_list("pk", flat=True))
    require(not lead.in_pool or policies.can_claim_from(by, lead.pool_id or 0, member_of))
    if not lead.in_pool:
        raise Conflict("not_in_pool", _("This lead is in no public pool."))
    if masked_ids(by, [lead]):
        _count(lead, by)
        ContactReveal.objects.create(lead=lead, by=by, pool_id=lead.pool_id)
        record("leads.contacts_revealed", subject=lead, by=by, data={"pool": lead.pool_id})
    return lead


def _count(lead: Lead, by: User) -> None:
    most = pools_now().by_id[lead.pool_id or 0].max_reveals_per_day
    today: dict[str, Any] = {"by": by, "pool": lead.pool_id, "at__gte": day_start()}
    if most is not None and ContactReveal.objects.filter(**today).count() >= most:
        message = _("You have looked at the contact details of %(most)s leads today, as many as you may.")
        raise Conflict("reveal_limit", message % {"most": most}, {"limit": most})
