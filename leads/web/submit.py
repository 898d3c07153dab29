"""Taking what a stranger sent by a form: stored with the lead it became in one transaction, and only once."""

import ipaddress
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from leads.models import Consent, FormSubmission, Lead, LeadEvent, WebForm
from leads.services.clean import draft_of
from leads.services.enter import leads_enter
from leads.services.score import rescore_soon
from leads.services.score.visitors import visitor_join, visitors_lock
from leads.web.known import CUSTOM, sent_again, storable
from leads.web.visits import visitor_of
from salesflow.clocks.services import database_now
from salesflow.people.services import throttle, workspace
from salesflow.work.services.custom_values import custom_kinds

#: A person needs longer than this to fill in a form; a page left open longer than that asks anew.
LEAST = timedelta(seconds=2)
MOST = timedelta(days=1)
PER_ADDRESS, PER_ADDRESS_WINDOW = 20, timedelta(minutes=10)
#: The field no person sees, and whoever fills it in is none.
TRAP = "homepage"
_SALT = "leads.web.form"
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


class Unsure(Exception):
    """It cannot be told yet whether a person sent this; shown the form again, a person sends it once more."""


@dataclass(frozen=True)
class Sent:
    """A form as it arrived."""

    values: Mapping[str, str]
    ticket: str = ""
    origin: str = ""
    address: str = ""
    user_agent: str = ""
    consented: bool = False
    trapped: bool = False
    page_url: str = ""
    visitor: str = ""
    utm: dict[str, str] = field(default_factory=dict)


def ticket_of(form: WebForm) -> str:
    """The signed number and time of a form as it is shown; it makes the submission one."""
    return signing.TimestampSigner(salt=_SALT).sign(f"{form.pk}.{uuid.uuid4().hex}")


def page_of(given: str) -> tuple[str, dict[str, str]]:
    """The page a visitor was on, and what its address says about the campaign; nothing where that is no address."""
    text = given.strip()
    if len(text) > 1000 or not text.isprintable() or not text.startswith(("https://", "http://")):
        return "", {}
    try:
        named = parse_qsl(urlsplit(text).query, max_num_fields=100)
    except ValueError:
        return text, {}
    return text, {name: value[:200] for name, value in named if name in _UTM and value.isprintable()}


def form_submit(*, form: WebForm, sent: Sent) -> None:
    """Take one submission; the sender never learns whether he was known.

    Sent again, it changes nothing. A new person becomes a lead; a known one gets an event and a note on his lead,
    of which nothing is overwritten. What fell into the trap is kept as spam. Raises ValidationError (fields),
    Throttled, and Unsure where neither a ticket nor an allowed site vouches for it, or it came too quickly.
    """
    throttle(f"form:{form.pk}:{sent.address}", limit=PER_ADDRESS, window=PER_ADDRESS_WINDOW)
    key = _key(form, sent)
    if FormSubmission.objects.filter(form=form, key=key).exists():
        return
    throttle(f"form-day:{form.pk}", limit=form.daily_limit, window=timedelta(days=1))
    asked = {item["name"]: sent.values.get(item["name"], "") for item in form.fields}
    try:
        with transaction.atomic():
            if sent.trapped:
                _keep(form, sent, key, asked, FormSubmission.Result.SPAM, None)
            else:
                _enter(form, sent, key, asked)
    except IntegrityError:
        # the same submission, sent twice at the same instant: the other one has won
        if not FormSubmission.objects.filter(form=form, key=key).exists():
            raise


def _key(form: WebForm, sent: Sent) -> str:
    if not sent.ticket:
        if sent.origin and sent.origin in form.allowed_origins:
            return uuid.uuid4().hex
        raise Unsure
    signer = signing.TimestampSigner(salt=_SALT)
    try:
        number, _dot, key = signer.unsign(sent.ticket, max_age=MOST).partition(".")
    except signing.BadSignature:
        raise Unsure from None
    if number != str(form.pk):
        raise Unsure
    try:
        signer.unsign(sent.ticket, max_age=LEAST)
    except signing.SignatureExpired:
        return key
    raise Unsure


def _enter(form: WebForm, sent: Sent, key: str, asked: dict[str, str]) -> None:
    shared = workspace()
    values: dict[str, Any] = {
        **{name: value for name, value in asked.items() if not name.startswith(CUSTOM)},
        "custom": _own(asked),
        "source": form.source, "campaign": form.campaign, "source_detail": form.name,
        "page_url": sent.page_url, "utm": sent.utm,
    }  # fmt: skip
    kinds = custom_kinds("leads", revision=shared.config_revision)
    draft = draft_of(
        values, region=shared.phone_region, base_currency=shared.base_currency, kinds=kinds.asking_for(asked)
    )
    draft.errors = {**draft.lacks, **draft.errors}
    for item in form.fields:
        if item.get("required") and not asked[item["name"]].strip():
            draft.errors[item["name"]] = [ValidationError(_("This is needed."), code="required")]
    if form.consent_text and not sent.consented:
        draft.refuse("consent", _("Please agree, or we may not write to you."), "required")
    draft.require_clean()
    visitor = visitor_of(sent.visitor)
    visitors_lock([visitor] if visitor else [])
    entered = leads_enter(
        drafts=[draft], by=None, via=Lead.EnteredVia.FORM, assignment=form.assignment, on_duplicate="skip"
    )[0]
    draft.require_clean()
    known = entered.result == "skipped"
    lead_id = entered.duplicate_of if known else entered.lead.pk if entered.lead else None
    assert lead_id is not None
    result = FormSubmission.Result.KNOWN if known else FormSubmission.Result.CREATED
    submission = _keep(form, sent, key, asked, result, lead_id)
    if form.consent_text:
        Consent.objects.create(
            submission=submission, lead_id=lead_id, text=form.consent_text, version=form.consent_version,
            network=network_of(sent.address), user_agent=storable(sent.user_agent)[:300],
        )  # fmt: skip
    LeadEvent.objects.create(
        event_id=f"form:{form.pk}:{key}", lead_id=lead_id, kind=LeadEvent.Kind.FORM_SUBMIT,
        occurred_at=database_now(), url=sent.page_url, visitor=visitor,
    )  # fmt: skip
    if visitor:
        visitor_join(visitor=visitor, lead_id=lead_id)
    if known:
        sent_again(via=form.name, lead_id=lead_id, told=asked)
    rescore_soon({lead_id}, cause="event")


def _own(asked: Mapping[str, str]) -> dict[str, str]:
    """What was written into custom fields; of one left empty the form says nothing, and its default stands."""
    return {
        name.removeprefix(CUSTOM): value
        for name, value in asked.items()
        if name.startswith(CUSTOM) and value.strip()
    }


def _keep(
    form: WebForm, sent: Sent, key: str, asked: dict[str, str], result: str, lead_id: int | None
) -> FormSubmission:
    values = {name: storable(value) for name, value in asked.items() if value}
    return FormSubmission.objects.create(
        form=form, key=key, result=result, lead_id=lead_id, values=values, page_url=sent.page_url
    )


def network_of(address: str) -> str:
    """The network of an address (/24, or /48 of version 6), which names no person."""
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{24 if version == 4 else 48}", strict=False))
