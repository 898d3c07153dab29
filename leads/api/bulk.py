"""`POST /leads/bulk/`: up to 1,000 leads at once, each answered."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.models import Campaign, Lead, LeadSource, Partner
from leads.services import leads_enter
from leads.services.clean import LINKS, LeadDraft, draft_of
from leads.services.enter import Entered, reason_told, twins_told
from leads.services.told import Told
from salesflow.lib.api.doors import Door
from salesflow.lib.api.problems import faults_of
from salesflow.lib.api.routes import Router
from salesflow.lib.api.shapes import Body
from salesflow.lib.api.writes import retried
from salesflow.people.services import workspace
from salesflow.work.services.custom_values import CustomKinds, custom_kinds

MOST = 1000
KINDS = {"source": LeadSource, "campaign": Campaign, "partner": Partner}


class BulkBody(Body):
    """Rows are leads as `POST /leads/` takes them, without `owner`."""

    rows = serializers.ListField(child=serializers.JSONField(allow_null=True), max_length=MOST, min_length=1)
    on_duplicate = serializers.ChoiceField(["skip", "merge", "create"], default="skip")
    assignment = serializers.ChoiceField(["rules", "pool", "me", "none"], default="rules")


class LeadBulk(Door):
    """Enter many leads: each row is `created`, `merged`, `skipped` or `rejected`, and why."""

    resource = "leads"
    rights: ClassVar = {"post": "leads.create"}
    body = BulkBody

    def post(self, request: Request) -> Response:
        """Enter up to 1,000 leads in one transaction."""
        self.need("post")
        data = request.data
        made = BulkBody(data={"rows": data} if isinstance(data, list) else data)
        made.is_valid(raise_exception=True)
        wanted = made.validated_data
        shared = workspace()
        links = _links(wanted["rows"])
        kinds = custom_kinds("leads", by=request.user, revision=shared.config_revision)
        drafts = [
            _draft(row, links, kinds, region=shared.phone_region, base_currency=shared.base_currency)
            for row in wanted["rows"]
        ]
        answers = retried(
            lambda: leads_enter(
                drafts=drafts, by=request.user, via=Lead.EnteredVia.API, assignment=wanted["assignment"],
                on_duplicate=wanted["on_duplicate"],
            )
        )  # fmt: skip
        told = twins_told(answers, request.user)
        results = [_shown(*each) for each in zip(answers, drafts, told, strict=True)]
        return Response({"results": results})


def _links(rows: list[Any]) -> dict[str, dict[int, Any]]:
    """The sources, campaigns and partners the rows name, in three statements."""
    found, rows = {}, [row for row in rows if isinstance(row, dict)]
    for name, kind in KINDS.items():
        ids = {row.get(name) for row in rows if isinstance(row.get(name), int) and abs(row[name]) < 2**63}
        found[name] = kind.objects.in_bulk(list(ids)) if ids else {}
    return found


def _draft(row: Any, links: dict[str, dict[int, Any]], kinds: CustomKinds, **terms: str) -> LeadDraft:
    if not isinstance(row, dict):
        draft = LeadDraft(Lead())
        draft.refuse("", _("A lead is an object."), "invalid")
        return draft
    values = dict(row)
    wrong = []
    for name in LINKS:
        given = values.pop(name, None)
        if given is None:
            continue
        known = links[name].get(given) if isinstance(given, int) and not isinstance(given, bool) else None
        if known is None:
            wrong.append(name)
        else:
            values[name] = known
    draft = draft_of(values, kinds=kinds, **terms)
    for name in wrong:
        draft.errors.setdefault(name, []).append(
            ValidationError(_("There is no such record."), code="does_not_exist")
        )
    return draft


def _shown(answer: Entered, draft: LeadDraft, twin: Told | None) -> dict[str, Any]:
    return {
        "result": answer.result,
        "id": answer.lead.pk if answer.lead is not None and answer.result in ("created", "merged") else None,
        "duplicate_of": twin.id if twin is not None else None,
        "reason": reason_told(answer, twin) or None,
        "errors": list(faults_of(ValidationError(draft.errors))) if draft.errors else [],
    }


def route(router: Router) -> None:
    router.add_single("leads/bulk/", LeadBulk)
