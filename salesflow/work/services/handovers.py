"""Handing over what a leaver or mover holds: made here, moved a batch at a time, each batch one transaction.

The row of the handover is locked (SKIP LOCKED) while a batch is moved: of two workers one does it, and one who is
killed loses the batch in hand and nothing else. A record has one row in a handover, so nothing is moved twice; what
comes to the person meanwhile is moved too. Every batch asks again who hands over and what he may do.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import Error, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.journal.models import Notice
from salesflow.journal.services import notify_many, record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.queue import enqueue
from salesflow.lib.records import touched
from salesflow.people.models import ApiToken, User
from salesflow.people.services import user_change
from salesflow.people.services.tokens import token_revoke
from salesflow.work import policies
from salesflow.work.handover import HandoverKind, Move, handover_kinds
from salesflow.work.models import Handover, HandoverRow
from salesflow.work.services.follows import follows_hand_over
from salesflow.work.services.handover_plan import Shares, deal, kinds_preview, plan_read

log = logging.getLogger(__name__)
Status = Handover.Status
UNDER_WAY = (Status.QUEUED, Status.RUNNING)
BATCH = 100
#: So many are moved at once, in the request that asks for it.
AT_ONCE = 50
#: How long a sweep works at one handover before others have their turn.
SLICE_SECONDS = 15.0


def handover_preview(
    *,
    person: User,
    by: User,
    to: Shares = (),
    kinds: Mapping[str, Shares] | None = None,
    call_off: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """How many records of each kind the person holds, and how many each recipient would get; nothing is written.

    Without recipients the counts alone. Raises PermissionDenied, ValidationError as `handover_start`.
    """
    require(policies.can_hand_over(by, person))
    wanted = bool(to or kinds or call_off)
    plan = plan_read(by=by, person=person, to=to, kinds=kinds or {}, call_off=call_off) if wanted else {}
    return kinds_preview(person=person, plan=plan, batch=BATCH, call_off=call_off)


def handover_start(
    *,
    person: User,
    by: User,
    to: Shares = (),
    kinds: Mapping[str, Shares] | None = None,
    call_off: Sequence[str] = (),
    deactivate: bool = False,
) -> Handover:
    """Move what the person holds to others: (id, share) of each in `to`, of single kinds in `kinds`.

    Kinds in `call_off` (meetings) are called off instead of moved.
    With `deactivate` the person cannot sign in any more from now on, and his tokens end. Up to `AT_ONCE` records are
    moved before this returns, more by a worker. Raises PermissionDenied (not in his scope; deactivating is for who
    administers people), ValidationError, Conflict("hand_over_under_way" | "last_administrator").
    """
    require(policies.can_hand_over(by, person))
    require(not deactivate or by.may("users.edit"), _("You may not take away a sign-in."))
    plan = plan_read(by=by, person=person, to=to, kinds=kinds or {}, call_off=call_off)
    ending = sorted(set(call_off))
    with transaction.atomic():
        # of two at once the second waits here, and then sees the first
        person = User.objects.select_for_update().get(pk=person.pk)
        if Handover.objects.filter(person=person, status__in=UNDER_WAY).exists():
            raise Conflict("hand_over_under_way", _("A handover of this person is under way."))
        total = sum(
            kind.rows(person).count() for kind in handover_kinds() if kind.key in plan or kind.key in ending
        )
        made = Handover.objects.create(
            person=person, by=by, plan=plan, call_off=ending, deactivated=deactivate, total=total,
            in_background=total > AT_ONCE, language=translation.get_language() or "",
        )  # fmt: skip
        data = {"handover": made.pk, "plan": plan, "call_off": ending, "deactivated": deactivate}
        record("work.handover_started", subject=person, by=by, data=data)
        if deactivate:
            _sign_in_end(person, by)
        _go_on(made)
    if not made.in_background:
        handover_run(handover_id=made.pk)
    return Handover.objects.select_related("person", "by").get(pk=made.pk)


def _sign_in_end(person: User, by: User) -> None:
    user_change(user=person, by=by, is_active=False)
    for token in ApiToken.objects.filter(user=person, revoked_at=None).order_by("pk"):
        token_revoke(token=token, by=by)


def _go_on(handover: Handover) -> None:
    if handover.in_background:
        from salesflow.work.tasks import run_handover

        enqueue(run_handover, handover.pk)


def handovers_sweep() -> dict[str, int]:
    """Go on with handovers whose start was lost or whose worker vanished; harmless late, twice, or in two workers."""
    waiting = Handover.objects.filter(status__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True)
    return {"processed": sum(handover_run(handover_id=pk, seconds=SLICE_SECONDS) for pk in waiting[:5])}


def handover_run(*, handover_id: int, seconds: float | None = None) -> bool:
    """Go on with a handover to its end, or for so many seconds; False when there is nothing to do here."""
    until = time.monotonic() + seconds if seconds is not None else None
    while (more := _batch(handover_id)) is not None:
        if not more:
            return True
        if until is not None and time.monotonic() > until:
            with transaction.atomic():
                _go_on(Handover.objects.get(pk=handover_id))
            return True
    return False


def _batch(handover_id: int) -> bool | None:
    """Move one batch: True when more is to do, False at the end, None when it is not this worker's."""
    try:
        with transaction.atomic():
            held = Handover.objects.filter(pk=handover_id, status__in=UNDER_WAY)
            handover = held.select_for_update(skip_locked=True, no_key=True).first()
            if handover is None:
                return None
            with translation.override(handover.language or None):
                return _move_some(handover)
    except Error:
        raise
    except Exception:
        log.exception("handover %s broke off", handover_id)
        _end(
            handover_id,
            Status.FAILED,
            _("Something went wrong on our side; the administrator's log tells what."),
        )
        return False


def _move_some(handover: Handover) -> bool:
    by, person = handover.by, handover.person
    if not (by.is_active and policies.can_hand_over(by, person)):
        return _end(handover.pk, Status.FAILED, _("The person may not do this any more."))
    for kind in handover_kinds():
        if kind.key not in handover.plan and kind.key not in handover.call_off:
            continue
        seen = HandoverRow.objects.filter(handover=handover, kind=kind.key, record_id=OuterRef("pk"))
        rows = kind.rows(person).filter(~Exists(seen)).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if ids:
            _move(handover, kind, ids)
            return True
    return _end(handover.pk, Status.DONE)


def _move(handover: Handover, kind: HandoverKind, ids: list[int]) -> None:
    given = _dealt(handover, kind, ids)
    do = kind.call_off if kind.key in handover.call_off and kind.call_off is not None else kind.move
    results = do(Move(handover.pk, handover.person, handover.by, given))
    HandoverRow.objects.bulk_create(
        HandoverRow(
            handover=handover, kind=kind.key, record_id=each.record_id, to=given[each.record_id], code=each.code,
            reason=each.reason[:500], restarted=each.restarted,
        )
        for each in results
    )  # fmt: skip
    refused = handover.refused + sum(bool(each.code) for each in results)
    moved = handover.moved + sum(not each.code for each in results)
    Handover.objects.filter(pk=handover.pk).update(
        status=Status.RUNNING,
        moved=moved,
        refused=refused,
        total=max(handover.total, moved + refused),
        **touched(),
    )


def _dealt(handover: Handover, kind: HandoverKind, ids: list[int]) -> dict[int, User | None]:
    """Who gets each record of a batch; nobody what is called off."""
    if kind.key in handover.call_off:
        return dict.fromkeys(ids)
    had = HandoverRow.objects.filter(handover=handover, kind=kind.key).values_list("to").annotate(Count("pk"))
    dealt = deal(ids, handover.plan[kind.key], Counter(dict(had)), _near(handover, kind, ids))
    people = User.objects.in_bulk(set(dealt.values()))
    return {id_: people[to] for id_, to in dealt.items()}


def _near(handover: Handover, kind: HandoverKind, ids: list[int]) -> dict[int, int]:
    """Where the records went that these belong to, so far as this handover moved them."""
    about = kind.about(ids)
    types = {other.type: other.key for other in handover_kinds()}
    wanted: dict[str, set[int]] = {}
    for type_, id_ in about.values():
        if type_ in types:
            wanted.setdefault(types[type_], set()).add(id_)
    if not wanted:
        return {}
    named = Q()
    for key, others in wanted.items():
        named |= Q(kind=key, record_id__in=others)
    rows = HandoverRow.objects.filter(named, handover=handover, code="", to__isnull=False)
    went = {(key, id_): to for key, id_, to in rows.values_list("kind", "record_id", "to")}
    places = {id_: (types.get(type_, ""), other) for id_, (type_, other) in about.items()}
    return {id_: went[place] for id_, place in places.items() if place in went}


def _end(handover_id: int, status: str, error: str = "") -> bool:
    """The handover has come to its end: each recipient is told once, of all he got; so is who waits elsewhere."""
    with transaction.atomic():
        handover = Handover.objects.select_related("by", "person").get(pk=handover_id)
        Handover.objects.filter(pk=handover_id).update(
            status=status, error=error[:500], finished_at=Now(), **touched()
        )
        data = {
            "handover": handover.pk,
            "moved": handover.moved,
            "refused": handover.refused,
            "status": status,
        }
        record("work.handover_ended", subject=handover.person, by=handover.by, data=data)
        follows_hand_over(handover, [(kind.key, kind.type) for kind in handover_kinds()])
        notify_many(_news(handover, status))
    return False


def _news(handover: Handover, status: str) -> Iterable[Notice]:
    moved = HandoverRow.objects.filter(handover=handover, code="", to__isnull=False)
    got = moved.values_list("to").annotate(Count("pk"))
    key = f"handover-{handover.pk}"
    for to, number in got.order_by("to"):
        if to != handover.by_id:
            params = {"person": str(handover.person), "count": number}
            yield Notice(user_id=to, kind="work.handed_over", params=params, dedupe_key=key)
    if handover.in_background:
        kind = "work.handover_failed" if status == Status.FAILED else "work.handover_done"
        params = {"handover": handover.pk, "moved": handover.moved, "refused": handover.refused}
        params["person"] = str(handover.person)
        yield Notice(user_id=handover.by_id, kind=kind, params=params, dedupe_key=f"{key}-ended")


def handover_results(handover: Handover) -> list[dict[str, Any]]:
    """What each person got of each kind: moved, stayed, and how many deadlines began anew; `to` None: called off."""
    rows = (
        HandoverRow.objects.filter(handover=handover).values("kind", "to", "to__name").order_by("kind", "to")
    )
    counted = rows.annotate(
        moved=Count("pk", filter=Q(code="")), refused=Count("pk", filter=~Q(code="")),
        restarted=Count("pk", filter=Q(restarted=True)),
    )  # fmt: skip
    places = {kind.key: (number, kind.label) for number, kind in enumerate(handover_kinds())}
    shown = [{**row, "label": places.get(row["kind"], (0, row["kind"]))[1]} for row in counted]
    return sorted(shown, key=lambda row: places.get(row["kind"], (0, ""))[0])
