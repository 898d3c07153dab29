"""What can be done to many leads at once, and how it is taken back; each lead is asked by its own service."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import policies
from leads.forms import LeadForm
from leads.lists import LeadList, PoolLeadList
from leads.models import Lead, Ownership
from leads.querysets import sellers_of
from leads.services.assign import Assigned, leads_assign, leads_assign_each, leads_auto_assign
from leads.services.claim import leads_claim
from leads.services.decide import Decision
from leads.services.edit import lead_edit
from leads.services.give_back import lead_return
from leads.services.place import leads_place, ownership_end
from leads.services.quota import quotas_lock
from leads.services.state import lead_archive, lead_restore
from salesflow.clocks.services import database_now
from salesflow.lib.errors import Conflict, PermissionDenied, require
from salesflow.people.models import User
from salesflow.work.bulk import BulkAction, Result, each, refused, register_bulk, text_given
from salesflow.work.bulk_set import Settable, register_set

Params = Mapping[str, Any]
Rows = Sequence[tuple[int, Any]]
LONGEST_TAG = 40


def _lead(id_: int) -> Lead:
    return Lead.objects.get(pk=id_)


# reassign


def _clean_to(by: User, params: Params) -> dict[str, Any]:
    """The person the leads go to, by id."""
    given = str(params.get("to", ""))
    known = given.isascii() and given.isdigit() and len(given) < 19
    person = next((each for each in sellers_of(by, "leads.assign") if str(each.pk) == given), None)
    if not known or person is None:
        message = _("Choose whom the leads go to.")
        raise ValidationError({"to": ValidationError(message, code="required")})
    return {"to": person.pk}


def _assign(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    owner = User.objects.get(pk=params["to"])
    quotas_lock([owner.pk])
    held = Lead.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    before = {lead.pk: {"owner": lead.owner_id, "pool": lead.pool_id} for lead in held}
    return [_result(answer, before) for answer in leads_assign(lead_ids=ids, by=by, owner=owner)]


def _result(answer: Assigned, before: Mapping[int, Any]) -> Result:
    if answer.refusal is not None:
        return refused(answer.lead.pk, answer.refusal)
    return Result(answer.lead.pk, before=before.get(answer.lead.pk))


def _unassign(rows: Rows, by: User, params: Params) -> list[Result]:
    """Back to the owner, or into the pool, each came from, if it still is where the deed brought it.

    Holding limits do not stand against getting back what one had.
    """
    owners = {before["owner"] for _id, before in rows} - {None}
    quotas_lock(owners)
    held = Lead.objects.filter(pk__in=[id_ for id_, _before in rows]).order_by("pk")
    leads = {lead.pk: lead for lead in held.select_for_update(of=("self",), no_key=True)}
    people = User.objects.select_related("team").prefetch_related("roles").in_bulk(owners)
    results, to_owner, to_pool = [], {}, []
    for id_, before in rows:
        lead = leads[id_]
        if lead.owner_id != params["to"] or lead.archived_at is not None:
            refusal = Conflict("changed_since", _("This lead was changed since."))
            results.append(refused(id_, refusal))
        elif before["owner"] is not None:
            to_owner[id_] = people[before["owner"]]
        elif before["pool"] is not None:
            to_pool.append((lead, before["pool"]))
        else:
            results.append(Result(id_, "no_place_before", _("Nobody had this lead, and no pool.")))
    results += [_result(answer, {}) for answer in leads_assign_each(owners=to_owner, by=by)]
    return results + _to_pools(to_pool, by)


def _to_pools(placed: Sequence[tuple[Lead, int]], by: User) -> list[Result]:
    """Back into the pools they were taken out of, which counts as no return."""
    allowed = [(lead, pool) for lead, pool in placed if policies.can_assign(by, lead)]
    ownership_end([lead.pk for lead, _pool in allowed], reason=Ownership.End.REASSIGNED, detail="undone")
    decisions = [(lead, Decision.to_pool(pool)) for lead, pool in allowed]
    if decisions:
        leads_place(decisions, via=Ownership.Via.ASSIGN, by=by, now=database_now())
    mine = {lead.pk for lead, _pool in allowed}
    forbidden = PermissionDenied(_("This lead is not yours to assign."))
    return [Result(lead.pk) if lead.pk in mine else refused(lead.pk, forbidden) for lead, _pool in placed]


def _by_rules(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    nobody = _("Nobody could take it now; it waits in the public pool.")
    return [
        Result(answer.lead.pk, "nobody_eligible", nobody)
        if answer.refusal is None and answer.owner_id is None
        else _result(answer, {})
        for answer in leads_auto_assign(lead_ids=ids, by=by)
    ]


def _claim(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    answers = leads_claim(lead_ids=ids, by=by, partial=True)
    return [Result(answer.lead_id, answer.code, answer.message) for answer in answers]


# back to the pool


def _clean_reason(by: User, params: Params) -> dict[str, Any]:
    return {"reason": text_given(params, "reason", 500)}


def _return(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    def deed(id_: int) -> None:
        lead_return(lead=_lead(id_), by=by, reason=params["reason"])

    return each(ids, deed)


# tags


def _clean_tag(by: User, params: Params) -> dict[str, Any]:
    return {"tag": text_given(params, "tag", LONGEST_TAG)}


def _with_tag(id_: int, by: User, tag: str) -> bool:
    """Put a tag on a lead; whether it was new there."""
    lead = Lead.objects.select_for_update(of=("self",)).get(pk=id_)
    require(policies.can_edit(by, lead))
    if tag in lead.tags:
        return False
    lead_edit(lead=lead, by=by, values={"tags": [*lead.tags, tag]})
    return True


def _without_tag(id_: int, by: User, tag: str) -> bool:
    """Take a tag off a lead; whether it was there."""
    lead = Lead.objects.select_for_update(of=("self",)).get(pk=id_)
    require(policies.can_edit(by, lead))
    if tag not in lead.tags:
        return False
    lead_edit(lead=lead, by=by, values={"tags": [each for each in lead.tags if each != tag]})
    return True


def _tag(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    return each(ids, lambda id_: _with_tag(id_, by, params["tag"]))


def _untag(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    return each(ids, lambda id_: _without_tag(id_, by, params["tag"]))


def _undo_tag(rows: Rows, by: User, params: Params) -> list[Result]:
    was_new = dict(rows)
    return each(was_new, lambda id_: was_new[id_] and _without_tag(id_, by, params["tag"]))


def _undo_untag(rows: Rows, by: User, params: Params) -> list[Result]:
    was_there = dict(rows)
    return each(was_there, lambda id_: was_there[id_] and _with_tag(id_, by, params["tag"]))


# archive


def _archive(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    return each(ids, lambda id_: lead_archive(lead=_lead(id_), by=by))


def _restore(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    def deed(id_: int) -> None:
        lead_restore(lead=_lead(id_), by=by)

    return each(ids, deed)


def _may(right: str) -> Any:
    return lambda user: user.may(right)


ASSIGN = BulkAction("assign", gettext_lazy("Assign"), _assign, _unassign, _may("leads.assign"), _clean_to)
BY_RULES = BulkAction(
    "auto-assign", gettext_lazy("Assign by the rules"), _by_rules, allowed=_may("leads.assign")
)
CLAIM = BulkAction("claim", gettext_lazy("Claim"), _claim, allowed=policies.can_claim, answers_unseen=True)
ACTIONS = (
    ASSIGN,
    BY_RULES,
    CLAIM,
    BulkAction("return", gettext_lazy("Return to the pool"), _return, None, _may("leads.return"), _clean_reason),
    BulkAction("tag", gettext_lazy("Add a tag"), _tag, _undo_tag, _may("leads.edit"), _clean_tag),
    BulkAction("untag", gettext_lazy("Remove a tag"), _untag, _undo_untag, _may("leads.edit"), _clean_tag),
    BulkAction("archive", gettext_lazy("Archive"), _archive, lambda rows, by, params: _restore(
        [id_ for id_, _before in rows], by, params), _may("leads.archive")),
    BulkAction("restore", gettext_lazy("Restore"), _restore, lambda rows, by, params: _archive(
        [id_ for id_, _before in rows], by, params), _may("leads.archive"), on_archived=True),
)  # fmt: skip


def _edited(lead: Lead, by: User, values: dict[str, Any]) -> Lead:
    return lead_edit(lead=lead, by=by, values=values)


FIELDS = Settable(
    "leads", Lead, ("industry", "country", "region", "city", "source_detail"), LeadForm, _edited
)


def register_all() -> None:
    register_bulk(LeadList(), *ACTIONS)
    register_set(LeadList(), FIELDS, allowed=_may("leads.edit"))
    register_bulk(PoolLeadList(), ASSIGN, BY_RULES, CLAIM)
