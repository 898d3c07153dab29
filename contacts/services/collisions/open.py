"""Opening a collision: by a person who claims a customer, or by itself where two claims meet."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from contacts import policies
from contacts.collision_models import CollisionCase
from contacts.services.collisions.rivals import Record, key_of, records_lock, rival_of
from leads.models import Lead
from salesflow.clocks.services import database_now
from salesflow.journal.services import EventDraft, notify, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.services import task_create

#: Whoever is to decide has so long, and is reminded a day before.
DECIDE_WITHIN, REMIND_BEFORE = timedelta(days=3), timedelta(days=1)


@transaction.atomic
def collision_open(*, record: Record, by: User, reason: str) -> CollisionCase:
    """Claim the customer of one's own lead or customer record, which somebody else has too.

    The parties and whoever decides are told. Raises ValidationError (no reason), PermissionDenied,
    Conflict("no_collision" | "collision_open").
    """
    record = records_lock([record])[key_of(record)]
    require(policies.can_open_collision(by, record))
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    rival = rival_of(record)
    if rival is None:
        raise Conflict("no_collision", _("Nobody else has this customer."))
    return _opened(record, rival, by, CollisionCase.Cause.PERSON, reason.strip())


@transaction.atomic
def collision_found(*, record: Record, cause: str) -> CollisionCase | None:
    """Open a case by itself for a record that came beside another's; None where there is none, or there was a case.

    What was decided or withdrawn once is not opened again but by a person.
    """
    rival = rival_of(record)
    if rival is None or CollisionCase.objects.filter(pair=_pair(record, rival)).exists():
        return None
    try:
        return _opened(record, rival, None, cause, "")
    except Conflict:
        return None


def _pair(one: Record, other: Record) -> str:
    return " ".join(sorted((key_of(one), key_of(other))))


def _opened(record: Record, rival: Record, by: User | None, cause: str, reason: str) -> CollisionCase:
    company = getattr(record, "company_name", "") or str(record)
    case = CollisionCase(
        title=company, pair=_pair(record, rival), cause=cause, reason=reason, opened_by=by,
        holder=rival.owner, claimant=record.owner,
        **{_column("holder", rival): rival, _column("claimant", record): record},
    )  # fmt: skip
    case.clean_fields(exclude=["pair"])
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:
        raise Conflict("collision_open", _("A case about this is open already.")) from None
    _asked(case)
    _told(case, by)
    return case


def _column(side: str, record: Record) -> str:
    return f"{side}_lead" if isinstance(record, Lead) else f"{side}_customer"


def _asked(case: CollisionCase) -> None:
    """A task for whoever is to decide, if there is such a person."""
    decider = policies.decider_of(case)
    if decider is None:
        return
    due = database_now() + DECIDE_WITHIN
    with translation.override(workspace().language):
        title = (_("Decide whose customer “%(customer)s” is") % {"customer": case.title})[:200]
    case.task = task_create(
        by=None, assignee=decider, title=title, due_at=due, remind_at=due - REMIND_BEFORE, subject=case
    )
    case.save(update_fields=["task"])
    notify([decider], "contacts.collision_to_decide", subject=case, params={"customer": case.title})


def _told(case: CollisionCase, by: User | None) -> None:
    by_id = by.pk if by is not None else None
    data = {"case": case.pk, "cause": case.cause}
    record_many(
        EventDraft("contacts.collision_opened", side._meta.label_lower, side.pk, by_id, data)
        for side in (case.side("holder"), case.side("claimant"), case)
    )
    parties = [person for person in (case.holder, case.claimant) if person.pk != by_id]
    notify(parties, "contacts.collision_opened", subject=case, params={"customer": case.title})
