"""Logging what was said to whom."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.subjects import type_of
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.models import Activity, Channel, Direction, Outcome
from salesflow.work.services.mentions import mentions_read, mentions_tell

SUMMARY_LIMIT = 5000


@transaction.atomic
def activity_log(
    *,
    subject: Model,
    by: User | None,
    channel: str,
    direction: str,
    summary: str,
    outcome: str = "",
    occurred_at: datetime | None = None,
    next_follow_up_at: datetime | None = None,
    purpose: str = "",
    checked: bool = False,
) -> Activity:
    """Put a communication on a record's timeline; a summary is required, the future is not yet past.

    People whom the summary mentions are told.

    `checked` says that the caller has asked its own policy already (a stage's own logging service).
    """
    type_ = type_of(subject)
    require(by is None or checked or policies.can_work_on(by, type_, subject))
    _check(channel=channel, direction=direction, outcome=outcome, summary=summary, occurred_at=occurred_at)
    named = mentions_read(summary.strip(), subject=subject, by=by, field="summary")
    _check_length(named.text)
    values: dict[str, Any] = {"occurred_at": occurred_at} if occurred_at is not None else {}
    activity = Activity.objects.create(
        subject_type=type_,
        subject_id=subject.pk,
        channel=channel,
        direction=direction,
        outcome=outcome,
        summary=named.text,
        next_follow_up_at=next_follow_up_at,
        by=by,
        purpose=purpose,
        **values,
    )
    told = {"mentions": [user.pk for user in named.new]} if named.new else {}
    record(
        "work.activity_logged",
        subject=subject,
        by=by,
        data={
            "activity": activity.pk,
            "channel": channel,
            "direction": direction,
            "outcome": outcome,
            **told,
        },
    )
    mentions_tell(named, subject=subject, by=by, key=f"activity-{activity.pk}")
    return activity


def _check(*, channel: str, direction: str, outcome: str, summary: str, occurred_at: datetime | None) -> None:
    errors: dict[str, ValidationError] = {}
    for name, value, choices in (("channel", channel, Channel), ("direction", direction, Direction)):
        if value not in choices.values:
            errors[name] = ValidationError(_("Choose one of the list."), code="invalid")
    if outcome and outcome not in Outcome.values:
        errors["outcome"] = ValidationError(_("Choose one of the list."), code="invalid")
    if not summary.strip():
        errors["summary"] = ValidationError(_("A summary is needed."), code="required")
    elif len(summary) > SUMMARY_LIMIT or "\x00" in summary:
        errors["summary"] = _too_long()
    if occurred_at is not None and occurred_at > timezone.now():
        errors["occurred_at"] = ValidationError(_("This lies in the future."), code="future")
    if errors:
        raise ValidationError(errors)


def _check_length(summary: str) -> None:
    """Once more as it is kept, with the names of those it mentions."""
    if len(summary) > SUMMARY_LIMIT:
        raise ValidationError({"summary": _too_long()})


def _too_long() -> ValidationError:
    return ValidationError(_("This summary is too long."), code="max_length")
