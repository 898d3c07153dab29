"""`/leads/`: every deed is a thin door onto its service."""

from contextlib import suppress
from itertools import chain, islice
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.response import Response

from leads.api.shapes import (
    AssignBody,
    ContactBody,
    DisqualifyBody,
    LeadChange,
    LeadNew,
    LeadShape,
    MergeBody,
    PathShape,
    ReturnBody,
    TrackedLinkBody,
    TrackedLinkShape,
    TrackedLinksShape,
    UnmergeBody,
    VerifyBody,
)
from leads.lists import LeadList
from leads.models import Lead, LeadAssignment, Ownership
from leads.ports import ports
from leads.services import (
    duplicates_of,
    lead_archive,
    lead_assign,
    lead_assignment_preview,
    lead_auto_assign,
    lead_claim,
    lead_create,
    lead_disqualify,
    lead_edit,
    lead_log_contact,
    lead_merge,
    lead_qualify,
    lead_reopen,
    lead_restore,
    lead_return,
    lead_unmerge,
    lead_verify,
    leads_rescore,
    score_explain,
)
from leads.services.claim import lead_for_claim
from leads.services.contact import lead_for_contact
from leads.services.links import tracked_link_make, tracked_links
from leads.services.merge import merge_to_undo, survivor_id
from leads.services.path import lead_path
from leads.services.reveal import contacts_reveal, leads_masked
from leads.services.timeline import lead_timeline
from leads.services.told import matches_told
from salesflow.lib.api.problems import Moved
from salesflow.lib.api.records import (
    LARGEST_ID,
    Archiving,
    Changing,
    Creating,
    Records,
    deed,
    reading,
    standard_rights,
)
from salesflow.lib.prepared import record_read
from salesflow.people.models import User
from salesflow.work.follow_api import Followed

#: Who may ask for a deed on a lead that he sees no more, and what he is told.
_LOST = {"claim": lead_for_claim, "log_contact": lead_for_contact}


class LeadResource(Creating, Changing, Archiving, Followed, Records):
    """Leads."""

    resource, spec, shape = "leads", LeadList(), LeadShape
    new_shape, change_shape = LeadNew, LeadChange
    rights: ClassVar = standard_rights("leads", archive="leads.archive", restore="leads.archive")

    def for_shape(self, rows: QuerySet[Lead]) -> QuerySet[Lead]:
        return rows.defer("block_keys", "phone_keys", "email_key", "company_key", "person_key")

    def fresh(self, record: Lead) -> Lead:  # type: ignore[override]
        found = record_read(Lead, record.pk)
        found.scored = record.scored
        return found

    def shown(self, records: Any, *, many: bool = False) -> Any:
        leads = leads_masked(self.request.user, records if many else [records])
        converted = [lead.pk for lead in leads if lead.converted_at is not None]
        context = {
            **self.get_serializer_context(),
            "conversions": ports.conversions(converted) if converted else {},
            "explanations": {} if many else {records.pk: score_explain(records)},
        }
        return self.shape(leads if many else leads[0], many=many, context=context).data

    def add(
        self, *, by: User, assignment: str, allow_duplicate: bool, owner: User | None = None, **values: Any
    ) -> Lead:
        return lead_create(
            by=by, values=values, via=Lead.EnteredVia.API, assignment=assignment, owner=owner,
            allow_duplicate=allow_duplicate,
        )  # fmt: skip

    def change(self, record: Lead, *, by: User, allow_duplicate: bool = False, **values: Any) -> Lead:
        return lead_edit(lead=record, by=by, values=values, allow_duplicate=allow_duplicate)

    def archive(self, record: Lead, *, by: User) -> None:
        lead_archive(lead=record, by=by)

    def unarchive(self, record: Lead, *, by: User) -> None:
        lead_restore(lead=record, by=by)

    def record(self, pk: str, **kwargs: Any) -> Lead:
        try:
            return super().record(pk, **kwargs)
        except Http404:
            # who lost the race for a lead, or lost it to the clock, is told so, though it has left his sight
            lost = _LOST.get(self.action)
            if lost is not None and int(pk) <= LARGEST_ID:
                with suppress(Http404):
                    return lost(lead_id=int(pk), by=self.request.user)
            return self._merged(int(pk))

    def _merged(self, pk: int) -> Lead:
        """A merged lead's id leads to the one it was merged into; only a merge is undone from either side."""
        into = survivor_id(pk) if pk <= LARGEST_ID else None
        if into is None or not Lead.objects.visible_to(self.request.user).filter(pk=into).exists():
            raise Http404
        if self.action == "unmerge":
            return Lead.objects.get(pk=pk)
        address = self.request.path.replace(f"/leads/{pk}/", f"/leads/{into}/", 1)
        raise Moved(self.request.build_absolute_uri(address), into)

    @deed("leads.assign", body=AssignBody)
    def assign(self, record: Lead, data: dict[str, Any]) -> None:
        """Give a lead to a person."""
        lead_assign(lead=record, by=self.request.user, owner=data["owner"], override=data["override"])

    @deed("leads.assign", path="auto-assign")
    def auto_assign(self, record: Lead, data: dict[str, Any]) -> None:
        """Let the assignment rules decide anew."""
        lead_auto_assign(lead=record, by=self.request.user)

    @deed("leads.claim")
    def claim(self, record: Lead, data: dict[str, Any]) -> None:
        """Take a lead out of a public pool."""
        lead_claim(lead=record, by=self.request.user)

    @deed("leads.claim")
    def reveal(self, record: Lead, data: dict[str, Any]) -> None:
        """Show the contact details of a lead in a pool that masks them; logged, and limited per day."""
        contacts_reveal(lead=record, by=self.request.user)

    @deed("leads.return", body=ReturnBody, path="return")
    def give_back(self, record: Lead, data: dict[str, Any]) -> None:
        """Give a lead back to a public pool."""
        lead_return(lead=record, by=self.request.user, reason=data["reason"], pool=data.get("pool"))

    @deed("leads.contact", body=ContactBody, path="log-contact")
    def log_contact(self, record: Lead, data: dict[str, Any]) -> None:
        """Log a contact with its summary and the next follow-up."""
        lead_log_contact(lead=record, by=self.request.user, **data)

    @deed("leads.verify", body=VerifyBody)
    def verify(self, record: Lead, data: dict[str, Any]) -> None:
        """Note the result of one item of the verification checklist."""
        lead_verify(lead=record, by=self.request.user, **data)

    @deed("leads.rescore")
    def rescore(self, record: Lead, data: dict[str, Any]) -> None:
        """Work the score out again now."""
        leads_rescore([record.pk], cause="asked", by=self.request.user)

    @deed("leads.qualify")
    def qualify(self, record: Lead, data: dict[str, Any]) -> None:
        """Mark a contacted lead as qualified."""
        lead_qualify(lead=record, by=self.request.user)

    @deed("leads.disqualify", body=DisqualifyBody)
    def disqualify(self, record: Lead, data: dict[str, Any]) -> None:
        """Take a lead out of work, with a reason."""
        lead_disqualify(lead=record, by=self.request.user, reason=data["reason"], note=data["note"])

    @deed("leads.reopen")
    def reopen(self, record: Lead, data: dict[str, Any]) -> None:
        """Bring a disqualified lead back to new."""
        lead_reopen(lead=record, by=self.request.user)

    @deed("leads.merge", body=MergeBody)
    def merge(self, record: Lead, data: dict[str, Any]) -> None:
        """Merge a duplicate into this lead; its id leads here from now on."""
        lead_merge(lead=record, duplicate=data["duplicate"], by=self.request.user, fields=data["fields"])

    @deed("leads.merge", body=UnmergeBody)
    def unmerge(self, record: Lead, data: dict[str, Any]) -> None:
        """Undo the merge of `duplicate` into this lead, or its latest merge."""
        merge = merge_to_undo(record, duplicate_id=data.get("duplicate"))
        lead_unmerge(merge=merge, by=self.request.user)

    @reading("leads.view")
    def duplicates(self, record: Lead) -> Response:
        """Duplicates, related and similar leads; of those you may not see, only that they are there."""
        found = duplicates_of(record)
        named = {"duplicates": found.hard, "related": found.related, "similar": found.similar}
        told = iter(matches_told(chain(*named.values()), self.request.user))
        return Response(
            {
                name: [
                    {"id": each.id, "visible": each.lead is not None, "reason": each.match.reason,
                     "score": each.match.score}
                    for each in islice(told, len(matches))
                ]
                for name, matches in named.items()
            }
        )  # fmt: skip

    @reading("leads.view")
    def timeline(self, record: Lead) -> Response:
        """What happened, newest first, a page at a time (`before` is the `next` of the page before)."""
        before = self.request.query_params.get("before", "")
        page = lead_timeline(lead=record, user=self.request.user, before=before)
        return Response({"next": page.next, "results": [entry.as_json() for entry in page.entries]})

    @reading("behaviour.view", answers=PathShape)
    def path(self, record: Lead) -> Response:
        """What the lead did on the company's own pages, from its first visit on; oldest first."""
        return Response(PathShape(lead_path(lead=record, user=self.request.user)).data)

    @reading("behaviour.view", path="tracked-links", answers=TrackedLinksShape)
    def tracked_links(self, record: Lead) -> Response:
        """Links to pages of the company's sites for the mails to this lead, newest first, with their clicks."""
        links = tracked_links(lead=record, user=self.request.user)
        return Response(TrackedLinksShape({"links": links}).data)

    @deed("leads.contact", body=TrackedLinkBody, answers=TrackedLinkShape, beside=tracked_links)
    def tracked_link_make(self, record: Lead, data: dict[str, Any]) -> Response:
        """Make a link for the mails to this lead; the same page has the same link."""
        return Response(TrackedLinkShape(tracked_link_make(lead=record, by=self.request.user, **data)).data)

    @reading("leads.view", path="assignment-history")
    def assignment_history(self, record: Lead) -> Response:
        """Who owned the lead when and how, and why rules decided as they did, newest first."""
        ownerships = Ownership.objects.filter(lead=record).order_by("-id")[:200]
        assignments = LeadAssignment.objects.filter(lead=record).order_by("-id")[:200]
        return Response(
            {
                "ownerships": [
                    {"owner": own.owner_id, "via": own.via, "by": own.by_id, "pool": own.pool_id,
                     "started_at": own.started_at, "first_contacted_at": own.first_contacted_at,
                     "ended_at": own.ended_at, "end_reason": own.end_reason or None}
                    for own in ownerships
                ],
                "assignments": [
                    {"at": gift.at, "rule": gift.rule_id, "rule_name": gift.rule_name or None,
                     "rule_version": gift.rule_version, "strategy": gift.strategy or None, "owner": gift.owner_id,
                     "pool": gift.pool_id, "candidates": gift.candidates, "reason": gift.reason, "by": gift.by_id}
                    for gift in assignments
                ],
            }
        )  # fmt: skip

    @reading("leads.assign", path="assignment-preview")
    def assignment_preview(self, record: Lead) -> Response:
        """Where the assignment rules would send the lead now, and why; nothing is written."""
        decision = lead_assignment_preview(lead=record, by=self.request.user)
        return Response(
            {
                "owner": decision.owner_id,
                "pool": decision.pool_id,
                "rule": decision.rule_id,
                "rule_name": decision.rule_name or None,
                "rule_version": decision.rule_version,
                "strategy": decision.strategy or None,
                "candidates": decision.candidates,
                "reason": decision.reason,
            }
        )
