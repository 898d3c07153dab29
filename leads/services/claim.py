"""Taking leads out of a public pool."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads import policies
from leads.models import Lead, Ownership
from leads.querysets import pool_ids_of
from leads.services.decide import Decision
from leads.services.place import leads_place
from leads.services.pool import held_count, limit_of
from leads.services.quota import day_start, quotas_lock
from leads.services.terms import Pools, PoolTerms, pools_now
from salesflow.clocks.services import database_now
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User

REFUSALS: dict[str, str | Promise] = {
    "already_claimed": _("Another rep took this lead first."),
    "not_in_pool": _("This lead is in no public pool."),
    "not_found": _("There is no such lead in your pools."),
    "under_review": _("This lead was returned too often and waits for a manager's review."),
    "protected": _("This lead is new in the pool and reserved for managers for a while."),
    "own_team_first": _("For a while only the team of its last owner may claim this lead."),
    "cooling_down": _("You gave this lead back recently; others may take it first."),
    "held_limit": _("You hold as many leads as you may."),
    "daily_limit": _("You have claimed as many leads today as you may."),
}


@dataclass(frozen=True)
class Claimed:
    """What became of one lead of a claim: `code` is empty when it was claimed, else a key of `REFUSALS`."""

    lead_id: int
    code: str = ""

    @property
    def message(self) -> str:
        return str(REFUSALS[self.code]) if self.code else ""


def lead_claim(*, lead: Lead, by: User) -> Lead:
    """Take a lead out of the public pool; when two reps try, the first wins.

    Raises PermissionDenied (role, not a member), Conflict("already_claimed" | "not_in_pool" | "under_review" |
    "protected" | "own_team_first" | "cooling_down" | "held_limit" | "daily_limit").
    """
    leads_claim(lead_ids=[lead.pk], by=by)
    return Lead.objects.get(pk=lead.pk)


def lead_for_claim(*, lead_id: int, by: User) -> Lead:
    """The lead if `by` may see it; Conflict("already_claimed") when it has left his sight out of a pool of his.

    Http404 for any other lead.
    """
    lead = Lead.objects.visible_to(by).current().filter(pk=lead_id).first()
    if lead is not None:
        return lead
    if policies.can_claim(by) and _lost(by, [lead_id]):
        raise Conflict("already_claimed", REFUSALS["already_claimed"])
    raise Http404


def _lost(by: User, lead_ids: Iterable[int]) -> set[int]:
    """Which of these leads somebody has taken out of a pool of his and still owns."""
    open_ones = Ownership.objects.filter(lead__in=lead_ids, ended_at=None, pool__in=pool_ids_of(by))
    return set(open_ones.values_list("lead", flat=True))


@transaction.atomic
def leads_claim(*, lead_ids: Sequence[int], by: User, partial: bool = False) -> list[Claimed]:
    """Claim several leads: all or none, or with `partial` as many as allowed, in the order given.

    Gives an answer per lead. Without `partial` the first refusal raises its Conflict, which carries the answers, and
    nothing is claimed. The rep's quota row is locked first, so that his limits hold against himself in two windows.
    """
    require(policies.can_claim(by))
    ids = list(dict.fromkeys(lead_ids))
    quotas_lock([by.pk])
    leads = _locked(ids)
    now = database_now()
    gate = _Gate(by, pools_now(), leads, now)
    answers = [Claimed(id_, gate.refusal(id_)) for id_ in ids]
    refused = next((answer for answer in answers if answer.code), None)
    if refused is not None and not partial:
        _refuse(refused, answers)
    taken = [leads[answer.lead_id] for answer in answers if not answer.code]
    if taken:
        decision = Decision.to_owner(by, code="claimed")
        leads_place([(lead, decision) for lead in taken], via=Ownership.Via.CLAIM, by=by, now=now)
    return answers


def _locked(ids: Iterable[int]) -> dict[int, Lead]:
    """These leads, locked in the order of their ids: what is decided on below holds until the commit."""
    rows = Lead.objects.filter(pk__in=ids).current().order_by("pk")
    return {lead.pk: lead for lead in rows.select_for_update(no_key=True, of=("self",))}


def _refuse(refused: Claimed, answers: Sequence[Claimed]) -> None:
    if refused.code == "not_found":
        raise Http404
    extra = {"results": [{"lead": each.lead_id, "code": each.code} for each in answers]}
    raise Conflict(refused.code, REFUSALS[refused.code], extra if len(answers) > 1 else None)


class _Gate:
    """The questions put to each lead of a claim, in order, counting what this claim takes as it goes."""

    def __init__(self, by: User, pools: Pools, leads: dict[int, Lead], now: datetime) -> None:
        self.by, self.pools, self.leads, self.now = by, pools, leads, now
        self.mine = set(pool_ids_of(by))
        self.member_of = set(by.pools.values_list("pk", flat=True))
        gone = [id_ for id_, lead in leads.items() if lead.owner_id is not None]
        self.lost = _lost(by, gone) if gone else set()
        self.released = self._released()
        self.last_teams = self._last_teams()
        # counted once per pool, before this claim; what it takes is added from `taken`
        self.held: dict[int, int] = {}
        self.claims: dict[int, int] = {}
        self.taken: list[Lead] = []
        self.from_pool: Counter[int] = Counter()

    def _released(self) -> dict[int, datetime]:
        """When this rep last released each of the leads."""
        if not any(pool.cooldown_seconds for pool in self.pools.by_id.values()):
            return {}
        ended = Ownership.objects.filter(lead__in=self.leads, owner=self.by, ended_at__isnull=False)
        return dict(ended.values_list("lead").annotate(last=Max("ended_at")).order_by())

    def _last_teams(self) -> dict[int, int]:
        """The team of the last owner of each lead that had one, where a pool asks for it."""
        if not any(pool.own_team_first_seconds for pool in self.pools.by_id.values()):
            return {}
        ended = Ownership.objects.filter(
            lead__in=self.leads, ended_at__isnull=False, owner__team__isnull=False
        )
        return dict(ended.order_by("ended_at", "pk").values_list("lead", "owner__team"))

    def refusal(self, id_: int) -> str:
        """Why the rep may not take this lead now; empty when he takes it, which then counts."""
        lead = self.leads.get(id_)
        if lead is None:
            return "not_found"
        if not lead.in_pool:
            return self._not_there(lead)
        if lead.pool_id not in self.mine:
            return "not_found"
        pool = self.pools.by_id[lead.pool_id]
        require(policies.can_claim_from(self.by, pool.id, self.member_of))
        refusal = self._waits(lead, pool) or self._limit(lead, pool)
        if not refusal:
            self.taken.append(lead)
            self.from_pool[pool.id] += 1
        return refusal

    def _not_there(self, lead: Lead) -> str:
        if lead.owner_id == self.by.pk or lead.pk in self.lost:
            return "already_claimed"
        seen = Lead.objects.visible_to(self.by).filter(pk=lead.pk).exists()
        if not seen:
            return "not_found"
        return "already_claimed" if lead.owner_id is not None else "not_in_pool"

    def _waits(self, lead: Lead, pool: PoolTerms) -> str:
        if lead.under_review:
            return "under_review"
        if lead.protected_until is not None and lead.protected_until > self.now:
            return "protected"
        if self._is_for_another_team(lead, pool):
            return "own_team_first"
        released = self.released.get(lead.pk)
        if released is None or pool.cooldown_seconds is None:
            return ""
        # "within N seconds" has the last of them in it
        free_after = released + timedelta(seconds=pool.cooldown_seconds)
        return "cooling_down" if self.now <= free_after else ""

    def _is_for_another_team(self, lead: Lead, pool: PoolTerms) -> bool:
        team = self.last_teams.get(lead.pk)
        if team is None or team == self.by.team_id or not pool.own_team_first_seconds:
            return False
        assert lead.pool_entered_at is not None
        return self.now < lead.pool_entered_at + timedelta(seconds=pool.own_team_first_seconds)

    def _limit(self, lead: Lead, pool: PoolTerms) -> str:
        most = limit_of(self.by, pool, "max_held")
        if most is not None and lead.grade not in pool.held_excludes_grades:
            if pool.id not in self.held:
                self.held[pool.id] = held_count(self.by, pool)
            taken = sum(other.grade not in pool.held_excludes_grades for other in self.taken)
            if self.held[pool.id] + taken >= most:
                return "held_limit"
        most = limit_of(self.by, pool, "max_claims_per_day")
        if most is not None:
            if pool.id not in self.claims:
                self.claims[pool.id] = self._claims_today(pool)
            if self.claims[pool.id] + self.from_pool[pool.id] >= most:
                return "daily_limit"
        return ""

    def _claims_today(self, pool: PoolTerms) -> int:
        """Claims, not holdings: giving a lead back does not give the claim back."""
        mine = Ownership.objects.filter(owner=self.by, via=Ownership.Via.CLAIM, pool=pool.id)
        return mine.filter(started_at__gte=day_start()).count()
