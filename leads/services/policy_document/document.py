"""The policies of leads as one readable text, and what a text would change of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from leads.models import AssignmentRule, FirstContactPolicy
from leads.policies import can_see_policy_document, can_take_policy_document
from leads.services.hold import leads_hold
from leads.services.policy_document import first_contact, pools, rules, scoring, verification
from leads.services.policy_document.changes import Change, changes_between
from leads.services.policy_document.names import Names
from leads.services.policy_document.shape import WHOLE, Group, Reading
from leads.services.policy_document.steps import ARCHIVED, Step
from leads.services.score.active import models_hold
from salesflow.lib.errors import Conflict, require
from salesflow.lib.yaml_text import yaml_read, yaml_write
from salesflow.people.models import User
from salesflow.people.services import config_hold

#: The format; a document of another one is refused.
VERSION = 1
MOST_BYTES = 256 * 1024
_HEAD = (
    "# How leads are scored, assigned, pooled, verified and first contacted. People are named by e-mail address,\n"
    "# everything else by name. Taken in again, this changes what differs; what is left out stays as it is.\n"
)
_SHAPE = Group(
    {
        "version": WHOLE,
        first_contact.KEY: first_contact.SHAPE,
        pools.KEY: pools.SHAPE,
        rules.KEY: rules.SHAPE,
        verification.KEY: verification.SHAPE,
        scoring.KEY: scoring.SHAPE,
    },
    needed=("version",),
)


@dataclass(frozen=True)
class Imported:
    """What a document changed, or would; and the drafts of scoring models it asks for that wait to be activated."""

    changes: list[Change]
    drafts: list[str]
    dry_run: bool


def policies_export(*, by: User | None) -> str:
    """All policies in use as YAML, in one stable order, without ids. Raises PermissionDenied."""
    require(by is None or can_see_policy_document(by))
    said = {
        "version": VERSION,
        first_contact.KEY: first_contact.first_contact_said(),
        pools.KEY: pools.pools_said(),
        rules.KEY: rules.rules_said(),
        verification.KEY: verification.verification_said(),
        scoring.KEY: scoring.models_said(),
    }
    return _HEAD + "".join("\n" + yaml_write({name: part}) for name, part in said.items())


def policies_import(*, text: str, by: User | None, dry_run: bool = False) -> Imported:
    """Make the policies what the document says, all or nothing; with `dry_run` tell what that would change.

    What it leaves out stays as it is; `archived: true` takes a pool, a rule or an item out of use. Every change goes
    through the service of its kind. A dry run does all of it and takes it back, so that it is refused for the same
    reasons. Raises ValidationError (path -> words with the line), PermissionDenied, Conflict.
    """
    require(by is None or can_take_policy_document(by))
    given, reading = _read(text)
    with transaction.atomic():
        _hold(given)
        steps = _steps(given, reading)
        changes = [change for step in steps for change in changes_between(step.path, step.before, step.after)]
        needed = [step for step in steps if step.is_needed]
        _hold_leads(needed)
        for step in needed:
            _do(step, by, reading)
        drafts = scoring.drafts_waiting(given.get(scoring.KEY, []))
        if dry_run:
            transaction.set_rollback(True)
    return Imported(changes, drafts, dry_run)


def _read(text: str) -> tuple[dict[str, Any], Reading]:
    """The document as plain values; raises ValidationError with all faults of its shape."""
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "replace")) > MOST_BYTES:
        message = _("A policy document has at most %(most)s KiB.") % {"most": MOST_BYTES // 1024}
        raise ValidationError(message, code="too_large")
    reading = Reading()
    given = _SHAPE.read(yaml_read(text), "", reading)
    reading.require()
    if given["version"] != VERSION:
        message = _("only documents of version %(known)s are read here") % {"known": VERSION}
        reading.fault("version", message, "version")
        reading.require()
    return given, reading


def _steps(given: Mapping[str, Any], reading: Reading) -> list[Step]:
    """Everything to be done, in order: rules name pools, so pools come before them."""
    names = Names(reading)
    names.unknown(each["name"] for each in given.get(pools.KEY, ()) if not each.get(ARCHIVED))
    reading.require()
    steps = [
        *first_contact.first_contact_steps(given.get(first_contact.KEY, {}), names),
        *pools.pools_steps(given.get(pools.KEY, []), names),
        *rules.rules_steps(given.get(rules.KEY, []), names),
        *verification.verification_steps(given.get(verification.KEY, {}), names),
        *scoring.models_steps(given.get(scoring.KEY, []), names),
    ]
    reading.require()
    return steps


def _do(step: Step, by: User | None, reading: Reading) -> None:
    """Do a step; what its service refuses is told with the place in the document."""
    try:
        step.do(by, step.changed())
    except ValidationError as refusal:
        found = (
            refusal.error_dict if hasattr(refusal, "error_dict") else {NON_FIELD_ERRORS: refusal.error_list}
        )
        for name, errors in found.items():
            path = step.path if name == NON_FIELD_ERRORS else f"{step.path}.{PLACES.get(name, name)}"
            for error in errors:
                reading.fault(path, " ".join(error.messages), error.code or "invalid")
        reading.require()
    except Conflict as refusal:
        raise Conflict(refusal.code, f"{step.path}: {refusal.message}", refusal.extra) from None


#: Where the document has what a service calls otherwise.
PLACES = {"threshold_a": "thresholds.A", "threshold_b": "thresholds.B"}


def _hold(given: Mapping[str, Any]) -> None:
    """One document at a time: two at once would each tell the other's changes as their own.

    What the steps lock is locked in the order of the house: scoring models and rules before the leads that pools and
    first contact move.
    """
    config_hold()
    if scoring.KEY in given:
        models_hold(alone=True)
    list(AssignmentRule.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _hold_leads(steps: Sequence[Step]) -> None:
    """All leads that any of the steps moves, in one order; each step alone would begin anew at the first.

    Whoever starts a clock holds his leads and then the policies: these wait for him, and his leads count as well.
    """
    reaches = [step.reach(step.changed()) for step in steps]
    leads_hold(reaches)
    if any(each.waiting for each in reaches):
        list(FirstContactPolicy.objects.order_by("pk").select_for_update().values_list("pk"))
        leads_hold(reaches)
