"""Who may do what with leads: pure questions, asked by services (403) and templates."""

from collections.abc import Container

from leads.models import DuplicatePair, ExampleCase, Lead, LeadImport, Partner
from leads.querysets import managed_pool_ids_of, pool_ids_of
from salesflow.people.models import User
from salesflow.people.roles import SELLING_ROLES


def _owns_within(user: User, right: str, lead: Lead) -> bool:
    """Whether the lead's owner lies within the scope of this right."""
    if not user.may(right):
        return False
    people = user.people_in_scope[user.scope(right)]
    return people is None or (lead.owner_id is not None and lead.owner_id in people)


def manages_pool(user: User, pool_id: int | None) -> bool:
    """Whether the user manages this pool, by name or by seeing all leads."""
    if pool_id is None:
        return False
    if user.scope("leads.assign") == "all":
        return True
    return user.may("leads.assign") and pool_id in managed_pool_ids_of(user)


def can_create(user: User) -> bool:
    return user.may("leads.create")


def can_import(user: User) -> bool:
    return user.may("leads.import")


def can_hold(user: User) -> bool:
    """Leads are owned by people who sell."""
    return user.is_active and bool(user.role_codes & set(SELLING_ROLES))


def can_create_for(user: User, owner: User) -> bool:
    """Enter a lead in somebody's name: one's own, or of people one may assign to."""
    if user.pk == owner.pk:
        return can_create(user) and can_hold(user)
    return can_assign_to(user, owner)


def can_assign_to(user: User, owner: User) -> bool:
    people = user.people_in_scope[user.scope("leads.assign")]
    return user.may("leads.assign") and (people is None or owner.pk in people)


def can_edit(user: User, lead: Lead) -> bool:
    """Change facts of a lead: its owner, those above him, and managers of the pool it waits in."""
    if _owns_within(user, "leads.edit", lead):
        return True
    return lead.in_pool and user.may("leads.edit") and manages_pool(user, lead.pool_id)


def can_work(user: User, lead: Lead) -> bool:
    """Log, plan and file on a lead: as editing, while it is there; what hangs on an archived one is only read."""
    return lead.archived_at is None and lead.merged_into_id is None and can_edit(user, lead)


def can_verify(user: User, lead: Lead) -> bool:
    return user.may("leads.verify") and (_owns_within(user, "leads.verify", lead) or can_edit(user, lead))


def can_change_status(user: User, lead: Lead, right: str) -> bool:
    """Qualify, disqualify, reopen, archive: as editing, each with its own right."""
    return user.may(right) and (
        _owns_within(user, right, lead) or (lead.in_pool and manages_pool(user, lead.pool_id))
    )


def can_merge(user: User, lead: Lead) -> bool:
    """Merge this lead with another; asked of both."""
    return can_change_status(user, lead, "leads.merge")


def can_judge_pair(user: User, pair: DuplicatePair) -> bool:
    """Decide about two leads that may be one: who may merge both."""
    return can_merge(user, pair.first) and can_merge(user, pair.second)


def can_search_duplicates(user: User) -> bool:
    """Have all leads compared with each other: those who manage leads of others."""
    return user.may("leads.assign") and user.may("leads.merge")


def can_disqualify(user: User, lead: Lead) -> bool:
    return can_change_status(user, lead, "leads.disqualify")


def can_rescore(user: User, lead: Lead) -> bool:
    return can_change_status(user, lead, "leads.rescore")


def can_run_import(user: User, job: LeadImport) -> bool:
    """Map, undo, retry: the person who uploaded it, and those in whose scope he is."""
    people = user.people_in_scope[user.scope("leads.import")]
    return user.may("leads.import") and (people is None or job.by_id in people)


def can_report_behaviour(user: User) -> bool:
    return user.may("behaviour.create")


def can_see_path(user: User, lead: Lead) -> bool:
    """What a lead did on the company's pages: those who may see the behaviour of its owner's leads, or of nobody's."""
    return user.may("behaviour.view") and (
        lead.owner_id is None or _owns_within(user, "behaviour.view", lead)
    )


def can_manage_web_forms(user: User) -> bool:
    """Keep forms and inbound webhooks, and look at what came by them."""
    return user.may("web_forms.edit")


def can_create_scoring_model(user: User) -> bool:
    return user.may("scoring.create")


def can_edit_scoring_model(user: User) -> bool:
    return user.may("scoring.edit")


def can_try_scoring_model(user: User) -> bool:
    """Preview and backtest read every lead, so they are for those who may see every lead, or keep the models."""
    return user.may("scoring_trials.view")


def can_claim(user: User) -> bool:
    """Reps claim; managers assign."""
    return user.may("leads.claim") and can_hold(user)


def can_claim_from(user: User, pool_id: int, member_of: Container[int]) -> bool:
    """Only members of a pool take leads out of it; `member_of` are the ids of the user's pools."""
    return can_claim(user) and pool_id in member_of


def can_assign(user: User, lead: Lead) -> bool:
    """Give this lead to somebody: those above its owner, and managers of the pool it waits in."""
    if not user.may("leads.assign"):
        return False
    if lead.owner_id is not None:
        return _owns_within(user, "leads.assign", lead)
    return user.scope("leads.assign") == "all" or (lead.in_pool and manages_pool(user, lead.pool_id))


def can_return(user: User, lead: Lead) -> bool:
    """Give back: the owner, and those above him."""
    return _owns_within(user, "leads.return", lead)


def can_return_to(user: User, pool_id: int) -> bool:
    """Choose another pool than the lead came out of: one's own pools."""
    return user.scope("leads.return") == "all" or pool_id in pool_ids_of(user)


def can_contact(user: User, lead: Lead) -> bool:
    """Log a contact: the owner, and those above him."""
    return _owns_within(user, "leads.contact", lead)


def can_mark_case(user: User, lead: Lead) -> bool:
    """Make an example of a won lead: its owner, and those above him."""
    return _owns_within(user, "cases.create", lead)


def can_edit_case(user: User, case: ExampleCase) -> bool:
    """Tell a case anew or review it: its keeper, the owner of its lead, and those above him."""
    return user.may("cases.edit") and (
        case.keeper_id == user.pk or _owns_within(user, "cases.edit", case.lead)
    )


def can_archive_case(user: User, case: ExampleCase) -> bool:
    return _owns_within(user, "cases.archive", case.lead)


def can_create_partner(user: User) -> bool:
    """Enter partners and what is agreed with them."""
    return user.may("partners.create")


def can_edit_partner(user: User, partner: Partner) -> bool:
    """Change a partner and what was agreed with it: who has the right for all of them."""
    return user.may("partners.edit")


def can_create_agreement(user: User) -> bool:
    """Agree on a revenue share."""
    return user.may("partner_agreements.create")


def can_edit_agreement(user: User) -> bool:
    return user.may("partner_agreements.edit")


def can_see_policy_document(user: User) -> bool:
    """Read all policies in one document, with the addresses of the people they name."""
    return user.may("policy_document.view")


def can_take_policy_document(user: User) -> bool:
    """Change policies by a document; each of its changes asks the right of its kind as well."""
    return user.may("policy_document.edit")
