"""Who gets what in a handover: reading the wish, and dealing records out by shares."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from salesflow.people.models import User
from salesflow.work.handover import HandoverKind, Subject, handover_kinds

#: (person, share), by id; shares are relative to each other.
Shares = Sequence[tuple[int, int]]
Plan = dict[str, list[tuple[int, int]]]
MOST_SHARE, MOST_PEOPLE = 100, 50


def plan_read(
    *, by: User, person: User, to: Shares, kinds: Mapping[str, Shares], call_off: Sequence[str] = ()
) -> Plan:
    """For each kind who gets it: `kinds[key]` where it is named (empty: it stays), `to` for the others.

    Kinds in `call_off` are called off and go to nobody. Raises ValidationError by field: `to`, `call_off`, or
    `kinds.<key>`.
    """
    known = {kind.key: kind for kind in handover_kinds()}
    errors = {
        f"kinds.{key}": ValidationError(_("There is no such kind of record."), code="invalid_choice")
        for key in kinds
        if key not in known
    }
    if any(key not in known or known[key].call_off is None or key in kinds for key in call_off):
        message = _("Meetings alone can be called off, and then they go to nobody.")
        errors["call_off"] = ValidationError(message, code="invalid_choice")
    plan: Plan = {}
    for key, kind in known.items():
        if key in call_off:
            continue
        field, shares = (f"kinds.{key}", kinds[key]) if key in kinds else ("to", to)
        wrong = _fault(kind, by, person, shares)
        if wrong is not None:
            errors.setdefault(field, wrong)
        elif shares:
            plan[key] = [(user, share) for user, share in shares]
    if not plan and not call_off and not errors:
        errors["to"] = ValidationError(_("Choose whom the records go to."), code="required")
    if errors:
        raise ValidationError(errors)
    return plan


def _fault(kind: HandoverKind, by: User, person: User, shares: Shares) -> ValidationError | None:
    people = [user for user, _share in shares]
    if len(set(people)) != len(people) or len(people) > MOST_PEOPLE:
        return ValidationError(
            _("Name each person once, at most %(most)s.") % {"most": MOST_PEOPLE}, code="invalid"
        )
    if any(not 1 <= share <= MOST_SHARE for _user, share in shares):
        return ValidationError(
            _("A share is a number from 1 to %(most)s.") % {"most": MOST_SHARE}, code="invalid"
        )
    if not people:
        return None
    able = {each.pk for each in kind.recipients(by)}
    if person.pk in people or not set(people) <= able:
        words = _("%(kind)s cannot go to everybody you named; choose other people for them.") % {
            "kind": kind.label
        }
        return ValidationError(words, code="not_a_recipient")
    return None


def deal(ids: Sequence[int], shares: Shares, had: Counter[int], near: Mapping[int, int]) -> dict[int, int]:
    """Who gets each record: who got what it belongs to (`near`), else who lacks most of his share.

    `had` is what each got before and is counted on, so that batches come out as one deal.
    """
    people, weight = dict(shares), sum(share for _user, share in shares)
    dealt = {}
    for id_ in ids:
        number = sum(had.values()) + 1
        to = near.get(id_)
        if to not in people:
            to = max(people, key=lambda user: people[user] * number / weight - had[user])
        had[to] += 1
        dealt[id_] = to
    return dealt


def kinds_preview(
    *, person: User, plan: Plan, batch: int, call_off: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """For each kind how many there are, and how many of them each person gets; dealt as the handover deals."""
    went: dict[Subject, int] = {}
    shown = []
    for kind in handover_kinds():
        had: Counter[int] = Counter()
        ids = list(kind.rows(person).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids) if kind.key in plan else 0, batch):
            part = ids[start : start + batch]
            near = {id_: went[on] for id_, on in kind.about(part).items() if on in went}
            dealt = deal(part, plan[kind.key], had, near)
            went.update({(kind.type, id_): to for id_, to in dealt.items()})
        shown.append({"kind": kind, "count": len(ids), "to": dict(had), "called_off": kind.key in call_off})
    return shown
