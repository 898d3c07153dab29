"""What customers hear: where two claims on one of them meet, a case is opened."""

from contacts.models import CollisionCase, Customer
from contacts.services.collisions import collision_found
from leads.models import Lead
from salesflow.journal.models import Event
from salesflow.journal.registry import on


@on("contacts.customer_joined")
def a_lead_joined_the_customer_of_another(event: Event) -> None:
    lead = Lead.objects.select_related("owner").filter(pk=event.data.get("lead")).first()
    if lead is not None:
        collision_found(record=lead, cause=CollisionCase.Cause.CONVERSION)


@on("contacts.customer_entered_again")
def a_customer_was_entered_a_second_time(event: Event) -> None:
    customer = Customer.objects.select_related("owner").filter(pk=event.subject_id).first()
    if customer is not None:
        collision_found(record=customer, cause=CollisionCase.Cause.ENTRY)


@on("leads.entered_again")
def a_lead_was_entered_a_second_time(event: Event) -> None:
    lead = Lead.objects.select_related("owner").filter(pk=event.subject_id).first()
    if lead is not None:
        collision_found(record=lead, cause=CollisionCase.Cause.ENTRY)
