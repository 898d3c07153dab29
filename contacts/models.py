"""Customers, the people there, and possible sales; and how a lead became them."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.collision_models import CollisionCase as CollisionCase
from contacts.credit_models import CreditSplit as CreditSplit
from contacts.querysets import ContactQuerySet, CustomerQuerySet, OpportunityQuerySet
from salesflow.lib.addresses import record_url
from salesflow.lib.records import Record, names_with_values
from salesflow.lib.search import Lexemes


def _external_once(model: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=["external_id"],
        condition=~Q(external_id="") & Q(archived_at=None),
        name=f"{model}_external_id_once",
    )


def _search_of(*fields: str) -> models.GeneratedField:
    return models.GeneratedField(
        expression=Lexemes(*fields), output_field=SearchVectorField(), db_persist=True, editable=False
    )


class Customer(Record):
    """A company (or person) sold to.

    The keys are normalised (docs/text-keys.md). A private person has no `name_key`: two people of one name are two
    customers.
    """

    SEARCHED = ("name", "credit_code", "city")

    # what another system calls it; once among present records
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    is_person = models.BooleanField(_("private person"), default=False)
    name = models.CharField(_("name"), max_length=200)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    industry = models.CharField(_("industry"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    region = models.CharField(_("province or state"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    website = models.CharField(_("website"), max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="customers",
        verbose_name=_("owner"),
    )  # fmt: skip
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)
    name_key = models.CharField(max_length=200, null=True, editable=False)
    credit_code_key = models.CharField(max_length=18, null=True, editable=False)
    domain_key = models.CharField(max_length=254, null=True, editable=False)
    search = _search_of(*SEARCHED)

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_a_name"),
            names_with_values("custom", name="customer_custom_is_an_object"),
            models.CheckConstraint(
                condition=Q(is_person=False) | Q(name_key=None),
                name="customer_person_is_not_compared_by_name",
            ),
            models.UniqueConstraint(
                fields=["credit_code_key"],
                condition=Q(credit_code_key__isnull=False, archived_at=None),
                name="customer_credit_code_once",
            ),
            _external_once("customer"),
        ]
        indexes = [
            models.Index(fields=["name_key"], name="customer_name_key", condition=Q(name_key__isnull=False)),
            # private people have no key: files name them as they are written
            models.Index(fields=["name"], name="customer_person_name", condition=Q(is_person=True)),
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
            models.Index(fields=["owner", "-created_at", "-id"], name="customer_owner"),
            GinIndex(fields=["search"], fastupdate=False, name="customer_search"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return record_url("contacts:customer", self.pk)


class Contact(Record):
    """A person at a customer."""

    SEARCHED = ("name", "email", "phone", "mobile")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="contacts", verbose_name=_("customer")
    )
    # what another system calls it; once among present records
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    name = models.CharField(_("name"), max_length=120)
    title = models.CharField(_("position"), max_length=120, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    email_key = models.CharField(max_length=254, null=True, editable=False)
    search = _search_of(*SEARCHED)

    objects: ClassVar[ContactQuerySet] = ContactQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="contact_has_a_name"),
            _external_once("contact"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="contact_newest"),
            models.Index(
                fields=["email_key"], name="contact_email_key", condition=Q(email_key__isnull=False)
            ),
            GinIndex(fields=["search"], fastupdate=False, name="contact_search"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{record_url('contacts:customer', self.customer_id)}#contact-{self.pk}"


class Opportunity(Record):
    """A qualified possible sale."""

    SEARCHED = ("name",)

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="opportunities", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="opportunities",
        verbose_name=_("contact"),
    )  # fmt: skip
    # what another system calls it; once among present records
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    name = models.CharField(_("name"), max_length=200)
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    expected_close = models.DateField(_("expected close"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=5, choices=State, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="opportunities",
        verbose_name=_("owner"),
    )  # fmt: skip

    custom = models.JSONField(_("custom fields"), default=dict, blank=True)
    search = _search_of(*SEARCHED)

    objects: ClassVar[OpportunityQuerySet] = OpportunityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="opportunity_amount_not_negative"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="opportunity_has_a_name"),
            names_with_values("custom", name="opportunity_custom_is_an_object"),
            _external_once("opportunity"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="opportunity_newest"),
            models.Index(fields=["owner", "-created_at", "-id"], name="opportunity_owner"),
            GinIndex(fields=["search"], fastupdate=False, name="opportunity_search"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return record_url("contacts:opportunity", self.pk)


class LeadConversion(models.Model):
    """What a lead became; once per lead."""

    lead = models.OneToOneField("leads.Lead", on_delete=models.PROTECT, related_name="conversion")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conversions")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    opportunity = models.ForeignKey(Opportunity, null=True, on_delete=models.PROTECT, related_name="+")
    linked_customer = models.BooleanField(default=False)  # an existing customer was linked, none was made
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("conversion")
        verbose_name_plural = _("conversions")

    def __str__(self) -> str:
        return f"lead {self.lead_id} became customer {self.customer_id}"
