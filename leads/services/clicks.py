"""Clicks on tracked links: counted for the lead, and joined to the visitor once his browser says who it is."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from leads.models import Lead, LeadEvent, LinkClick, TrackedLink
from leads.services.merge import survivor_id
from leads.services.score import rescore_soon
from salesflow.clocks.services import database_now

#: Of one link so often a click counts; in between it is the same person looking again.
APART = timedelta(minutes=10)
#: So long a page may take to ask its visitor for consent.
NAME_GOOD = timedelta(minutes=30)
_TRIES = 3


@transaction.atomic
def link_follow(link: TrackedLink) -> str:
    """Count a click of a person for the lead, at most one in ten minutes; gives a name for the page to hand in once.

    A click on the link of a merged lead is the kept one's. Of a lead that is archived or disqualified nothing is
    counted, and there is no name.
    """
    lead = _lead_held(link.pk)
    if lead is None:
        return ""
    if _count(link.pk):
        LeadEvent.objects.create(
            lead=lead, kind=LeadEvent.Kind.EMAIL_CLICK, occurred_at=database_now(), url=link.page_url,
            data={"link": link.pk},
        )  # fmt: skip
        rescore_soon({lead.pk}, cause="event")
    name = secrets.token_urlsafe(16)
    LinkClick.objects.create(link=link, name_hash=_hash(name))
    return name


def click_take(name: str) -> int | None:
    """The lead whose link was followed, for the first who hands in the name of that click while it is good.

    Nothing for a name that is unknown, used or too old, or whose lead is out of work. The caller holds the visitor, and
    what he does with the lead stands in his transaction.
    """
    link_id = _link_of(name)
    if link_id is None or not _take_away(name):
        return None
    lead = _lead_held(link_id)
    return lead.pk if lead is not None else None


def clicks_forget() -> int:
    """Forget names that are good no more; gives how many."""
    return LinkClick.objects.filter(at__lte=Now() - NAME_GOOD).delete()[0]


def _count(link_id: int) -> bool:
    """Whether this click counts: of two at the same instant one does."""
    rests = Q(last_clicked_at=None) | Q(last_clicked_at__lte=Now() - APART)
    known = TrackedLink.objects.filter(rests, pk=link_id)
    return bool(known.update(clicks=F("clicks") + 1, last_clicked_at=Now()))


def _good(name: str) -> QuerySet[LinkClick]:
    return LinkClick.objects.filter(name_hash=_hash(name), at__gt=Now() - NAME_GOOD)


def _link_of(name: str) -> int | None:
    return _good(name).values_list("link", flat=True).first()


def _take_away(name: str) -> bool:
    """Whether it was there to be taken: of two at the same instant one finds it."""
    return bool(_good(name).delete()[0])


def _lead_held(link_id: int) -> Lead | None:
    """The lead a link counts for, locked before any row of its links, as a merge does; nothing where it is out of work.

    Merged meanwhile, it is looked for again.
    """
    for _try in range(_TRIES):
        own = TrackedLink.objects.values_list("lead", flat=True).get(pk=link_id)
        rows = Lead.objects.select_for_update(of=("self",), no_key=True).filter(merged_into=None)
        lead = rows.filter(pk=survivor_id(own) or own).first()
        if lead is not None:
            is_out = lead.archived_at is not None or lead.status == Lead.Status.DISQUALIFIED
            return None if is_out else lead
    return None


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
