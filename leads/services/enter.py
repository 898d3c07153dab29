"""Entering leads: one way in for one lead or a thousand rows of a file.

Whatever the number, the statements are constant: lock the keys, look for duplicates, score, decide the owner,
insert, begin the ownerships with their clocks, journal.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead, LeadImport, Ownership
from leads.services.clean import LeadDraft, draft_of
from leads.services.decide import Decision, deciding
from leads.services.duplicates import Key, Match, hard_keys, hard_matches, keys_locking, matches_of
from leads.services.fill import leads_fill
from leads.services.partners import credits_check
from leads.services.place import placement_apply, placements_record
from leads.services.pool import holding_require
from leads.services.score import events_join, scores_of_new
from leads.services.score.active import HOLDING
from leads.services.told import Told, matches_told
from salesflow.journal.services import EventDraft, record
from salesflow.lib.bulk import insert_many
from salesflow.lib.errors import Conflict, require
from salesflow.lib.prepared import sent_together
from salesflow.people.models import User
from salesflow.people.services import workspace_kept
from salesflow.work.services.custom_values import custom_kinds

ASSIGNMENTS = ("rules", "pool", "me", "none")


@dataclass
class Entered:
    """What became of one draft: `created merged skipped rejected`, with the lead or the reason."""

    result: str
    lead: Lead | None = None
    match: Match | None = None
    reason: str = ""
    filled: dict[str, Any] = field(default_factory=dict)
    #: What a row of a file changed of a lead that is there: field -> [before, after].
    changes: dict[str, Any] | None = None

    @property
    def duplicate_of(self) -> int | None:
        """The stored lead that this is again; whom one may tell of it, `told` says."""
        return self.match.lead_id if self.match is not None else None


def lead_create(
    *,
    by: User | None,
    values: Mapping[str, Any],
    via: str = Lead.EnteredVia.API,
    assignment: str = "rules",
    owner: User | None = None,
    allow_duplicate: bool = False,
) -> Lead:
    """Enter one lead: checked, deduplicated, scored and assigned before it answers.

    `assignment` is `rules`, `pool`, `me` or `none` (kept out of pools, owners and clocks); `owner` names a person
    instead. Raises ValidationError (fields), PermissionDenied, Conflict("duplicate", matches) unless
    `allow_duplicate`, Conflict("held_limit").
    """
    shared = workspace_kept()
    draft = draft_of(
        values, region=shared.phone_region, base_currency=shared.base_currency,
        kinds=custom_kinds("leads", by=by, revision=shared.config_revision),
    )  # fmt: skip
    draft.complete()
    draft.require_clean()
    on_duplicate = "create" if allow_duplicate else "refuse"
    # a transaction around that of the entering would cost each lead two statements
    with transaction.atomic() if allow_duplicate else nullcontext():
        entered = leads_enter(
            drafts=[draft], by=by, via=via, assignment=assignment, owner=owner, on_duplicate=on_duplicate
        )[0]
        draft.require_clean()
        assert entered.lead is not None
        if allow_duplicate:
            _note_again(entered.lead, by)
    return entered.lead


def _note_again(lead: Lead, by: User | None) -> None:
    """Tell the journal of a lead that somebody entered although it is known."""
    if lead.owner_id is not None and matches_of(lead, hard_matches([lead])):
        record("leads.entered_again", subject=lead, by=by)


@transaction.atomic
def leads_enter(
    *,
    drafts: Sequence[LeadDraft],
    by: User | None,
    via: str,
    assignment: str = "rules",
    owner: User | None = None,
    on_duplicate: str = "refuse",
    lead_import: LeadImport | None = None,
    tell: bool = True,
) -> list[Entered]:
    """Enter many drafts in one transaction; the answers stand in the order of the drafts.

    A draft with errors is rejected, others go on. `on_duplicate`: `refuse` raises Conflict, `skip` leaves the row
    out, `merge` fills only empty fields of the lead there is, `create` enters it all the same. A duplicate among
    the drafts counts against the first of them. Without `tell` the new owners hear nothing of it here.
    """
    _permit(by, assignment, owner)
    credits_check(drafts)
    answers = [_refusal(draft) for draft in drafts]
    leads = [draft.lead for draft, answer in zip(drafts, answers, strict=True) if answer is None]
    compared = on_duplicate != "create"
    base = _hold(leads if compared else [])
    known = hard_matches(leads) if compared else {}
    fresh = _sort_out(drafts, answers, known, by=by, on_duplicate=on_duplicate)
    _insert(
        fresh,
        by=by,
        via=via,
        assignment=assignment,
        owner=owner,
        lead_import=lead_import,
        base=base,
        tell=tell,
    )
    if on_duplicate == "merge":
        leads_fill(drafts=drafts, answers=answers, by=by, lead_import=lead_import)  # type: ignore[arg-type]
    return answers  # type: ignore[return-value]


@dataclass(frozen=True)
class _Base:
    """What the entering stands on: the database's time and the configuration, once the locks are held."""

    revision: int
    now: datetime


def _hold(leads: Sequence[Lead]) -> _Base:
    """Lock the keys of these leads, then the scoring models (`keys_lock`, `models_hold`), in one message.

    What is read after that is read anew: whoever held a lock before has committed.
    """
    locking, buckets = keys_locking(leads)
    read = "SELECT config_revision, clock_timestamp() FROM people_workspace WHERE id = 1"
    with connection.cursor() as cursor:
        if buckets:
            cursor.execute(f"{locking}; {HOLDING}; {read}", [buckets])
        else:
            cursor.execute(f"{HOLDING}; {read}")
        return _Base(*cursor.fetchone())


def _permit(by: User | None, assignment: str, owner: User | None) -> None:
    if assignment not in ASSIGNMENTS:
        message = _("Assignment is one of %(words)s.") % {"words": ", ".join(ASSIGNMENTS)}
        raise ValidationError({"assignment": ValidationError(message, code="invalid")})
    require(by is None or policies.can_create(by))
    if owner is not None:
        require(
            by is None or policies.can_create_for(by, owner), _("You may not assign leads to this person.")
        )
    elif assignment == "me":
        require(by is not None and policies.can_hold(by), _("Leads are owned by sales reps."))


def _refusal(draft: LeadDraft) -> Entered | None:
    if draft.errors:
        return Entered("rejected", reason=_errors_text(draft))
    source = draft.lead.source
    if source is not None and source.requires_reachable and draft.lead.incomplete:
        draft.refuse("email", _("This source demands a phone number or an e-mail address."), "required")
        return Entered("rejected", reason=_errors_text(draft))
    return None


def _errors_text(draft: LeadDraft) -> str:
    parts = []
    for name, errors in draft.errors.items():
        for error in errors:
            parts.append(": ".join(filter(None, [name, " ".join(error.messages)])))
    return "; ".join(parts)[:500]


def _sort_out(
    drafts: Sequence[LeadDraft],
    answers: list[Entered | None],
    known: dict[Key, list[int]],
    *,
    by: User | None,
    on_duplicate: str,
) -> list[Lead]:
    """Fill in the answers of duplicates; give the leads that are to be inserted."""
    fresh: list[Lead] = []
    here: dict[Key, Lead] = {}
    for place, draft in enumerate(drafts):
        if answers[place] is not None:
            continue
        if on_duplicate != "create":
            twin = next((here[key] for key in hard_keys(draft.lead) if key in here), None)
            matches = matches_of(draft.lead, known)
            if not matches and draft.known_as is not None:
                matches = [Match(draft.known_as, "same_row")]
            if matches and on_duplicate == "refuse":
                raise Conflict(
                    "duplicate", _("This lead is there already."), {"matches": matches_shown(matches, by)}
                )
            if matches or twin is not None:
                answers[place] = Entered(
                    "merged" if on_duplicate == "merge" else "skipped",
                    lead=twin,
                    match=matches[0] if matches else None,
                    reason=matches[0].reason if matches else "same_file",
                )
                continue
        if not draft.complete():
            answers[place] = Entered("rejected", reason=_errors_text(draft))
            continue
        for key in hard_keys(draft.lead):
            here.setdefault(key, draft.lead)
        fresh.append(draft.lead)
        answers[place] = Entered("created", lead=draft.lead)
    return fresh


def matches_shown(matches: Sequence[Match], by: User | None) -> list[dict[str, Any]]:
    """Matches as the caller may know them: an invisible one has no id."""
    return [
        {"id": each.id, "visible": each.lead is not None, "reason": each.match.reason}
        for each in matches_told(matches, by)
    ]


def twins_told(answers: Sequence[Entered], by: User) -> list[Told | None]:
    """For each answer the lead that was there already, as this person may know it."""
    told = iter(matches_told([answer.match for answer in answers if answer.match is not None], by))
    return [next(told) if answer.match is not None else None for answer in answers]


def reason_told(answer: Entered, twin: Told | None) -> str:
    """Why a draft became what it did, as whoever may know its twin may know it."""
    is_why = twin is not None and answer.match is not None and answer.reason == answer.match.reason
    return twin.match.reason if twin is not None and is_why else answer.reason


def _insert(
    leads: list[Lead],
    *,
    by: User | None,
    via: str,
    assignment: str,
    owner: User | None,
    lead_import: LeadImport | None,
    base: _Base,
    tell: bool,
) -> None:
    if not leads:
        return
    now = base.now
    for lead in leads:
        lead.entered_via = via
        lead.created_by = by
        lead.imported_by = lead_import
        lead.created_at = lead.updated_at = now
    scores_of_new(leads, revision=base.revision)
    ahead = _decide(leads, by=by, assignment=assignment, owner=owner, base=base)
    decisions: list[Decision | None] = []

    def place(lead: Lead) -> None:
        decision = next(ahead)
        decisions.append(decision)
        if decision is not None:
            placement_apply(lead, decision, now=now)

    with sent_together():
        insert_many(Lead, leads, finish=place)
        next(ahead, None)  # whose turn is next
        events_join(leads)
        placed = [
            (lead, decision) for lead, decision in zip(leads, decisions, strict=True) if decision is not None
        ]
        created = [_created(lead, by) for lead in leads]
        placements_record(placed, via=_via(via, assignment, owner), by=by, now=now, before=created, tell=tell)


def _decide(
    leads: list[Lead], *, by: User | None, assignment: str, owner: User | None, base: _Base
) -> Iterator[Decision | None]:
    """Where each lead goes, in their order; see `deciding`."""
    if owner is not None or assignment == "me":
        keeper = owner if owner is not None else by
        assert keeper is not None
        holding_require(keeper, adding=len(leads))
        return repeat(Decision.to_owner(keeper))
    if assignment == "none":
        return repeat(None)
    if assignment == "pool":
        return repeat(Decision.to_pool())
    return deciding(leads, now=base.now, revision=base.revision)


def _via(via: str, assignment: str, owner: User | None) -> str:
    if owner is not None or assignment == "me":
        return Ownership.Via.IMPORT if via == Lead.EnteredVia.IMPORT else Ownership.Via.ASSIGN
    return Ownership.Via.RULE


def _created(lead: Lead, by: User | None) -> EventDraft:
    data: dict[str, Any] = {
        "via": lead.entered_via,
        "source": lead.source_id,
        "grade": lead.grade,
        "score": lead.score,
    }
    if lead.imported_by_id:
        data |= {"import": lead.imported_by_id, "row": lead.import_row}
    return EventDraft("leads.created", "leads.lead", lead.pk, getattr(by, "pk", None), data)
