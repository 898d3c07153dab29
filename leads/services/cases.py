"""Example cases: won leads told for others, reviewed on a schedule; a review ends in action items."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from leads import policies
from leads.models import CaseAction, CaseReview, ExampleCase, Lead
from salesflow.clocks.services import database_now
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.models import Task
from salesflow.work.services import task_create

FIELDS = ("title", "situation", "what_worked", "lessons", "keeper", "review_every_days")
MOST_ACTIONS = 20


@transaction.atomic
def case_mark(*, lead: Lead, by: User, **values: Any) -> ExampleCase:
    """Make an example of a won lead: one that was converted, or a past one known to be won.

    The keeper, who marks it unless another is named, is asked to review it every `review_every_days`. Raises
    ValidationError, PermissionDenied, Conflict("not_won" | "marked_already").
    """
    lead = Lead.objects.select_for_update(of=("self",)).get(pk=lead.pk)
    require(policies.can_mark_case(by, lead))
    if lead.status != Lead.Status.CONVERTED and lead.outcome != 1:
        raise Conflict("not_won", _("Only a won lead can be an example case."))
    if ExampleCase.objects.filter(lead=lead, archived_at=None).exists():
        raise Conflict("marked_already", _("This lead is an example case already."))
    case = ExampleCase(lead=lead, **{"keeper": by, **_known(values)})
    case.full_clean(validate_constraints=False)
    case.next_review_at = _next_review(case, database_now())
    case.save(force_insert=True)
    record("leads.case_marked", subject=lead, by=by, data={"case": case.pk})
    return case


@transaction.atomic
def case_change(*, case: ExampleCase, by: User, **values: Any) -> ExampleCase:
    """Change what is told (`FIELDS`); a changed interval counts from the last review. Raises as `case_mark`."""
    case = _locked(case)
    require(policies.can_edit_case(by, case))
    known = _known(values)
    for name, value in known.items():
        setattr(case, name, value)
    case.full_clean(validate_constraints=False)
    if "review_every_days" in known:
        last = case.reviews.order_by("-pk").values_list("at", flat=True).first()
        known["next_review_at"] = _next_review(case, last or case.created_at)
    ExampleCase.objects.filter(pk=case.pk).update(**known, **touched())
    record("leads.case_changed", subject=case.lead, by=by, data={"case": case.pk, "fields": sorted(values)})
    return ExampleCase.objects.get(pk=case.pk)


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValidationError({min(unknown): ValidationError(_("Unknown field."), code="unknown_field")})
    return dict(values)


def _locked(case: ExampleCase) -> ExampleCase:
    return ExampleCase.objects.select_for_update(of=("self",)).select_related("lead").get(pk=case.pk)


def _next_review(case: ExampleCase, since: datetime) -> datetime | None:
    return None if case.review_every_days is None else since + timedelta(days=case.review_every_days)


@transaction.atomic
def case_archive(*, case: ExampleCase, by: User) -> None:
    """Take a case out of the examples; what it says stays. Twice is no error."""
    case = _locked(case)
    require(policies.can_archive_case(by, case))
    if case.archived_at is None:
        ExampleCase.objects.filter(pk=case.pk).update(archived_at=Now(), **touched())
        _task_closed(case, Task.State.CANCELLED)
        record("leads.case_archived", subject=case.lead, by=by, data={"case": case.pk})


@transaction.atomic
def case_restore(*, case: ExampleCase, by: User) -> ExampleCase:
    """Bring a case back among the examples. Raises Conflict("marked_already") when its lead is one again."""
    case = _locked(case)
    require(policies.can_archive_case(by, case))
    if ExampleCase.objects.filter(lead=case.lead_id, archived_at=None).exclude(pk=case.pk).exists():
        raise Conflict("marked_already", _("This lead is an example case already."))
    if case.archived_at is not None:
        ExampleCase.objects.filter(pk=case.pk).update(archived_at=None, **touched())
        record("leads.case_restored", subject=case.lead, by=by, data={"case": case.pk})
    return ExampleCase.objects.get(pk=case.pk)


@transaction.atomic
def case_review(
    *, case: ExampleCase, by: User, summary: str, actions: Sequence[Mapping[str, Any]] = ()
) -> CaseReview:
    """Note what a review came to, with its action items: `{"area", "title", "assignee"?, "due_at"?}`.

    Each item becomes a task of its assignee, the reviewer himself where none is named. The next review counts from
    now. Raises ValidationError, PermissionDenied, Conflict("archived").
    """
    case = _locked(case)
    require(policies.can_edit_case(by, case))
    if case.archived_at is not None:
        raise Conflict("archived", _("This example case is archived."))
    review = CaseReview(case=case, by=by, summary=summary.strip())
    review.full_clean()
    if len(actions) > MOST_ACTIONS:
        message = _("At most %(most)s action items.") % {"most": MOST_ACTIONS}
        raise ValidationError({"actions": ValidationError(message, code="too_many")})
    review.save(force_insert=True)
    for action in actions:
        _act(review, action, by)
    _task_closed(case, Task.State.DONE)
    due = _next_review(case, database_now())
    ExampleCase.objects.filter(pk=case.pk).update(next_review_at=due, review_task=None, **touched())
    told = {"case": case.pk, "review": review.pk, "actions": len(actions)}
    record("leads.case_reviewed", subject=case.lead, by=by, data=told)
    return review


def _act(review: CaseReview, action: Mapping[str, Any], by: User) -> None:
    area = action.get("area") or CaseAction.Area.OTHER
    if area not in CaseAction.Area.values:
        message = _("Choose one of: %(known)s.") % {"known": ", ".join(CaseAction.Area.values)}
        raise ValidationError({"actions": ValidationError(message, code="invalid_choice")})
    task = task_create(
        by=by, assignee=action.get("assignee") or by, title=str(action.get("title") or ""),
        details=_("From the review of “%(case)s”.") % {"case": review.case}, due_at=action.get("due_at"),
    )  # fmt: skip
    CaseAction.objects.create(review=review, area=area, task=task)


def _task_closed(case: ExampleCase, state: str) -> None:
    done = {"done_at": Now()} if state == Task.State.DONE else {}
    rows = Task.objects.filter(pk=case.review_task_id, state=Task.State.OPEN)
    rows.update(state=state, **done, **touched())


@transaction.atomic
def case_reviews_ask(*, limit: int) -> dict[str, int]:
    """Ask the keepers of cases whose review is due, once for each; safe to run late, twice, or in two processes."""
    due = ExampleCase.objects.filter(review_task=None, archived_at=None, next_review_at__lte=Now())
    rows = due.order_by("next_review_at").select_related("keeper")
    cases = list(rows.select_for_update(skip_locked=True, of=("self",))[:limit])
    with translation.override(workspace().language):
        for case in cases:
            title = (_("Review the example case “%(case)s”") % {"case": case})[:200]
            details = _("What still holds, what has changed, and what follows from it?")
            task = task_create(
                by=None, assignee=case.keeper, title=title, details=details, due_at=case.next_review_at
            )
            ExampleCase.objects.filter(pk=case.pk).update(review_task=task)
    return {"processed": len(cases)}
