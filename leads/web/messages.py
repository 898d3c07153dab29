"""Taking a signed message of a platform: kept as it came, once, with the lead it became."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from leads import policies
from leads.models import FormSubmission, Lead, LeadEvent, LeadWebhook
from leads.models.hooks import STEP
from leads.services.clean import LeadDraft, draft_of
from leads.services.enter import leads_enter
from leads.services.score import rescore_soon
from leads.web.known import sent_again, storable
from salesflow.clocks.services import database_now
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.services.custom_values import custom_kinds

MOST_BYTES = 256 * 1024
#: A message has no more names and entries than this, however deep.
MOST_FIELDS = 1000
Result = FormSubmission.Result


def message_read(body: bytes) -> dict[str, Any]:
    """The object in a body; raises ValidationError."""
    try:
        found = json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ValidationError(_("This is no JSON."), code="no_json") from None
    if not isinstance(found, dict):
        raise ValidationError(_("A JSON object is needed here."), code="no_object")
    if sum(1 for _each in _within(found)) > MOST_FIELDS:
        raise ValidationError(_("At most %(most)s fields.") % {"most": MOST_FIELDS}, code="too_many")
    return found


def message_take(*, webhook: LeadWebhook, message_id: str, body: bytes) -> FormSubmission:
    """Keep a message whose signature was found good, and make a lead of it; sent again, it is the one that is there.

    What cannot be read of a telephone number or address is flagged, as in an import. A known person gets an event and
    a note, and nothing of his lead is overwritten. What makes no lead at all is kept as rejected, with the reason.
    Raises ValidationError (no JSON object, too many fields).
    """
    rows = FormSubmission.objects.filter(webhook=webhook, key=message_id)
    if (there := rows.first()) is not None:
        return there
    told = told_of(webhook.mapping, message_read(body))
    kept = FormSubmission(
        webhook=webhook,
        key=message_id,
        body=body.decode(),
        values={name: storable(text) for name, text in told.items()},
    )
    try:
        # a platform speaks no language: what is told here is for the people of the workspace
        with translation.override(workspace().language), transaction.atomic():
            return _enter(webhook, kept, told)
    except IntegrityError:
        # the same message, sent twice at the same instant: the other one has won
        if (there := rows.first()) is not None:
            return there
        raise


@transaction.atomic
def message_retry(*, submission: FormSubmission, by: User) -> FormSubmission:
    """Take up a rejected message again, by the mapping and the source as they are now; it may be rejected once more.

    Raises PermissionDenied, Conflict("not_rejected").
    """
    require(policies.can_manage_web_forms(by))
    rows = FormSubmission.objects.select_related("webhook__source", "webhook__campaign")
    kept = rows.select_for_update(of=("self",)).get(pk=submission.pk)
    if kept.result != Result.REJECTED or kept.webhook is None:
        raise Conflict("not_rejected", _("Only a message that was rejected is taken up again."))
    told = told_of(kept.webhook.mapping, message_read(kept.body.encode()))
    kept.values = {name: storable(text) for name, text in told.items()}
    with translation.override(workspace().language):
        return _enter(kept.webhook, kept, told)


def _enter(webhook: LeadWebhook, kept: FormSubmission, told: Mapping[str, str]) -> FormSubmission:
    draft = _draft(webhook, told)
    entered = leads_enter(
        drafts=[draft],
        by=None,
        via=Lead.EnteredVia.WEBHOOK,
        assignment=webhook.assignment,
        on_duplicate="skip",
    )[0]
    if entered.result == "rejected":
        kept.result, kept.reason = Result.REJECTED, entered.reason
        kept.save()
        return kept
    known = entered.result == "skipped"
    kept.result, kept.reason = Result.KNOWN if known else Result.CREATED, ""
    kept.lead_id = entered.duplicate_of if known else entered.lead.pk  # type: ignore[union-attr]
    kept.page_url = draft.lead.page_url
    kept.save()
    assert kept.lead_id is not None
    LeadEvent.objects.create(
        event_id=f"webhook:{kept.pk}", lead_id=kept.lead_id, kind=LeadEvent.Kind.FORM_SUBMIT,
        occurred_at=database_now(), url=kept.page_url,
    )  # fmt: skip
    if known:
        sent_again(via=webhook.name, lead_id=kept.lead_id, told=told)
    rescore_soon({kept.lead_id}, cause="event")
    return kept


def _draft(webhook: LeadWebhook, told: Mapping[str, str]) -> LeadDraft:
    shared = workspace()
    values: dict[str, Any] = {"source_detail": webhook.name, "custom": {}, "utm": {}}
    for target, text in told.items():
        group, dot, name = target.partition(".")
        if dot:
            values[group][name] = text
        else:
            values[target] = text
    values |= {"source": webhook.source, "campaign": webhook.campaign}
    return draft_of(
        values,
        region=shared.phone_region,
        base_currency=shared.base_currency,
        tolerant=True,
        kinds=custom_kinds("leads", revision=shared.config_revision).asking_for(told),
    )


def told_of(mapping: Mapping[str, str], body: Any) -> dict[str, str]:
    """Field of a lead → what the message says of it; several paths to one field stand one after the other."""
    parts: dict[str, list[str]] = {}
    for path, target in mapping.items():
        if text := _said(value_at(body, path)):
            parts.setdefault(target, []).append(text)
    return {target: ", ".join(texts) for target, texts in parts.items()}


def value_at(body: Any, path: str) -> Any:
    """What stands at a path such as `data.answers[name=email].values.0`; None where there is nothing."""
    for name, key, value in STEP.findall(path):
        body = _entry(body, name)
        if key:
            rows = body if isinstance(body, list) else []
            body = next((row for row in rows if isinstance(row, dict) and str(row.get(key)) == value), None)
    return body


def _entry(holder: Any, name: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(name)
    if isinstance(holder, list) and name.isascii() and name.isdigit() and int(name) < len(holder):
        return holder[int(name)]
    return None


def _said(value: Any) -> str:
    """A value as text; of a list its texts, of an object nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value).strip()
    if isinstance(value, list):
        return ", ".join(filter(None, (_said(each) for each in value if not isinstance(each, list))))
    return ""


def _within(value: Any) -> Iterator[Any]:
    """Every entry of objects and lists, without recursion."""
    waiting = [value]
    while waiting:
        held = waiting.pop()
        entries = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
        for entry in entries:
            yield entry
            waiting.append(entry)


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)
