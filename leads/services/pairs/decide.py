"""What people decide about two leads that may be one: that they are not, that they are, or that it is open again."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads import policies
from leads.models import DuplicatePair, Lead, LeadMerge
from leads.services.merge import lead_merge
from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User

State = DuplicatePair.State


def pair_of(one: int, other: int) -> DuplicatePair | None:
    """What is known of these two leads together, in either order."""
    return DuplicatePair.objects.filter(first_id=min(one, other), second_id=max(one, other)).first()


@transaction.atomic
def pair_keep_apart(*, one: Lead, other: Lead, by: User | None) -> DuplicatePair:
    """Say of two leads that they are not the same; it stays said, and no search asks again. Twice is no error.

    Raises ValidationError (one lead twice), PermissionDenied (both must lie within the person's right to merge).
    """
    if one.pk == other.pk:
        message = _("A lead cannot be compared with itself.")
        raise ValidationError({"other": ValidationError(message, code="same_lead")})
    require(by is None or (policies.can_merge(by, one) and policies.can_merge(by, other)))
    first, second = sorted((one.pk, other.pk))
    DuplicatePair.objects.bulk_create(
        [DuplicatePair(first_id=first, second_id=second, score=100, reason=DuplicatePair.Reason.SIMILAR)],
        ignore_conflicts=True,
    )
    pair = DuplicatePair.objects.select_for_update(of=("self",)).get(first_id=first, second_id=second)
    if pair.state == State.OPEN:
        DuplicatePair.objects.filter(pk=pair.pk).update(state=State.APART, decided_by=by, decided_at=Now())
        _tell(pair, "leads.kept_apart", by)
    return DuplicatePair.objects.get(pk=pair.pk)


@transaction.atomic
def pair_reopen(*, pair: DuplicatePair, by: User | None) -> DuplicatePair:
    """Take back that two leads are not the same. Raises PermissionDenied, Conflict("not_decided")."""
    pair = (
        DuplicatePair.objects.select_for_update(of=("self",))
        .select_related("first", "second")
        .get(pk=pair.pk)
    )
    require(by is None or policies.can_judge_pair(by, pair))
    if pair.state != State.APART:
        raise Conflict("not_decided", _("Nobody has decided about these two leads."))
    DuplicatePair.objects.filter(pk=pair.pk).update(state=State.OPEN, decided_by=None, decided_at=None)
    _tell(pair, "leads.compared_again", by)
    return DuplicatePair.objects.get(pk=pair.pk)


def pair_merge(
    *, pair: DuplicatePair, keep: int, by: User | None, fields: Mapping[str, str] | None = None
) -> LeadMerge:
    """Merge the two leads of a pair into the one whose id is `keep`; as `lead_merge`.

    Raises ValidationError (`keep` is neither of them), and what `lead_merge` raises.
    """
    if keep not in (pair.first_id, pair.second_id):
        message = _("Say which of the two leads is kept.")
        raise ValidationError({"keep": ValidationError(message, code="invalid")})
    first, second = pair.first, pair.second
    lead, duplicate = (first, second) if keep == first.pk else (second, first)
    return lead_merge(lead=lead, duplicate=duplicate, by=by, fields=fields)


def _tell(pair: DuplicatePair, kind: str, by: User | None) -> None:
    by_id = by.pk if by is not None else None
    ids = (pair.first_id, pair.second_id)
    record_many(
        [
            EventDraft(kind, "leads.lead", id_, by_id, {"other": sum(ids) - id_, "pair": pair.pk})
            for id_ in ids
        ]
    )
