"""Who may do what with customers, contacts and opportunities: pure questions, asked by services and templates."""

from collections.abc import Iterable

from contacts.models import CollisionCase, Contact, Customer, Opportunity
from leads import policies as lead_policies
from leads.models import Lead
from salesflow.people.models import Team, User


def _within(user: User, right: str, owner_id: int | None) -> bool:
    """Whether a record of this owner lies within the scope of the right; one without an owner only within all."""
    if not user.may(right):
        return False
    people = user.people_in_scope[user.scope(right)]
    return people is None or (owner_id is not None and owner_id in people)


def can_convert(user: User, lead: Lead) -> bool:
    """The lead's owner and those above him; a lead that waits in a pool: who manages that pool.

    Reps claim first: converting straight out of the pool would go round the claim limits.
    """
    return lead_policies.can_change_status(user, lead, "leads.convert")


def can_create_customer(user: User) -> bool:
    return user.may("customers.create")


def can_edit_customer(user: User, customer: Customer) -> bool:
    return _within(user, "customers.edit", customer.owner_id)


def can_archive_customer(user: User, customer: Customer) -> bool:
    return _within(user, "customers.archive", customer.owner_id)


def can_own(user: User, right: str, owner_id: int | None) -> bool:
    """Whether `user` may put a record into the hands of this person: oneself, or people within his scope."""
    return _within(user, right, owner_id)


def can_create_contact(user: User, customer: Customer) -> bool:
    return _within(user, "contacts.create", customer.owner_id)


def can_edit_contact(user: User, contact: Contact) -> bool:
    """People are worked on by whoever works on their customer."""
    return _within(user, "contacts.edit", contact.customer.owner_id)


def can_archive_contact(user: User, contact: Contact) -> bool:
    return _within(user, "contacts.archive", contact.customer.owner_id)


def can_create_opportunity(user: User, customer: Customer) -> bool:
    """At a customer of one's own, or of those one leads."""
    return _within(user, "opportunities.create", customer.owner_id)


def can_edit_opportunity(user: User, opportunity: Opportunity) -> bool:
    return _within(user, "opportunities.edit", opportunity.owner_id)


def can_split_credit(user: User, opportunity: Opportunity, people: Iterable[int]) -> bool:
    """Who is above the owner, and above everybody who is to have a part."""
    mine = _within(user, "opportunities.split", opportunity.owner_id)
    return mine and all(_within(user, "opportunities.split", person) for person in people)


def can_archive_opportunity(user: User, opportunity: Opportunity) -> bool:
    return _within(user, "opportunities.archive", opportunity.owner_id)


def can_open_collision(user: User, record: Lead | Customer) -> bool:
    """Claim a customer by a record one works on, and that somebody owns."""
    if not user.may("collisions.create") or record.owner_id is None:
        return False
    return (
        lead_policies.can_edit(user, record) if isinstance(record, Lead) else can_edit_customer(user, record)
    )


def sees_side(user: User, case: CollisionCase, side: str) -> bool:
    """What a party did with the customer is seen by himself and by those above him."""
    return _within(user, "collisions.view", getattr(case, f"{side}_id"))


def can_state(user: User, case: CollisionCase) -> bool:
    """Only the parties have a say of their own."""
    return user.may("collisions.edit") and bool(case.side_of(user.pk))


def can_withdraw(user: User, case: CollisionCase) -> bool:
    """The claimant, those above him, and who opened the case."""
    opened = user.may("collisions.edit") and case.opened_by_id == user.pk
    return opened or _within(user, "collisions.edit", case.claimant_id)


def can_decide(user: User, case: CollisionCase) -> bool:
    """Who is above both parties and is none of them."""
    parties = (case.holder_id, case.claimant_id)
    return user.pk not in parties and all(_within(user, "collisions.decide", party) for party in parties)


def decider_of(case: CollisionCase) -> User | None:
    """Who is asked to decide: the manager of both; else who directs the region of both; else an administrator."""
    teams = Team.objects.filter(members__in=(case.holder_id, case.claimant_id))
    near = User.objects.active().filter(managed_teams__in=teams)
    above = User.objects.active().filter(roles__code__in=("director", "admin")).order_by("pk")
    for person in [*near.distinct().order_by("pk"), *above.filter(roles__code="director"), *above]:
        if can_decide(person, case):
            return person
    return None
