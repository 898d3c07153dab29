"""Contact details of leads that wait in a pool: masked until claimed, shown one by one to who asks, and counted.

A pool may mask e-mail addresses and telephone numbers for its members. Who manages the pool sees them; a member asks
for those of one lead, which is logged, limited per day, and lasts until the lead leaves the pool.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from leads import policies
from leads.models import ContactReveal, Lead
from leads.services.quota import day_start, quotas_lock
from leads.services.terms import Pools, pools_now
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User

MASKED = ("email", "phone", "mobile")
_STARS = "****"


def masked_ids(user: User, leads: Sequence[Lead], *, pools: Pools | None = None) -> set[int]:
    """Which of these leads this person may see only with their contact details masked."""
    waiting = [lead for lead in leads if lead.in_pool and not policies.manages_pool(user, lead.pool_id)]
    if not waiting or user.scope("leads.view") == "all":
        return set()
    terms = pools_now() if pools is None else pools
    hidden = {lead.pk: lead for lead in waiting if terms.by_id[lead.pool_id or 0].mask_contacts}
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


def leads_masked(user: User, leads: Iterable[Lead], *, pools: Pools | None = None) -> list[Lead]:
    """The same leads, those masked whose contact details this person may not see."""
    rows = list(leads)
    hidden = masked_ids(user, rows, pools=pools)
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
