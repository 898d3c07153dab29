"""Customers, contacts and opportunities as records that activities, tasks and notes hang on."""

from django.urls import reverse

from contacts import policies
from contacts.models import CollisionCase, Contact, Customer, Opportunity
from salesflow.lib.subjects import Subject, register
from salesflow.work.following import news_for


def _contact_url(id_: int) -> str:
    customer_id = Contact.objects.values_list("customer_id", flat=True).get(pk=id_)
    return f"{reverse('contacts:customer', args=[customer_id])}#contact-{id_}"


def register_all() -> None:
    register(
        Subject(
            type="contacts.customer",
            visible=Customer.objects.visible_to,
            label=str,
            url=lambda id_: reverse("contacts:customer", args=[id_]),
            can_work=policies.can_edit_customer,
        )
    )
    register(
        Subject(
            type="contacts.contact",
            visible=Contact.objects.visible_to,
            label=str,
            url=_contact_url,
            can_work=policies.can_edit_contact,
        )
    )
    register(
        Subject(
            type="contacts.opportunity",
            visible=Opportunity.objects.visible_to,
            label=str,
            url=lambda id_: reverse("contacts:opportunity", args=[id_]),
            can_work=policies.can_edit_opportunity,
        )
    )
    register(
        Subject(
            type="contacts.collisioncase",
            visible=CollisionCase.objects.visible_to,
            label=str,
            url=lambda id_: reverse("contacts:collision", args=[id_]),
            can_work=policies.can_decide,
        )
    )
    news_for(
        "contacts.customer", "contacts.customer_joined", "contacts.customer_archived", "contacts.customer_restored",
        edits={"contacts.customer_edited": ("owner",)},
    )  # fmt: skip
    news_for(
        "contacts.contact", "contacts.contact_archived", "contacts.contact_restored",
        edits={"contacts.contact_edited": ("title", "email", "phone", "mobile")},
    )  # fmt: skip
    news_for(
        "contacts.opportunity", "contacts.opportunity_archived", "contacts.opportunity_restored",
        edits={"contacts.opportunity_edited": ("owner", "state", "amount", "expected_close")},
    )  # fmt: skip
