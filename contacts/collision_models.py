"""A collision: two people claim one customer, and a manager of both decides whose it is."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contacts.querysets import CollisionQuerySet
from salesflow.lib.addresses import record_url
from salesflow.lib.records import Record


def _person(label: Any, **options: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=label, **options
    )


def _record(to: str) -> Any:
    return models.ForeignKey(
        to, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )


def _one_of(side: str) -> Q:
    lead, customer = f"{side}_lead__isnull", f"{side}_customer__isnull"
    return Q(**{lead: True, customer: False}) | Q(**{lead: False, customer: True})


class CollisionCase(Record):
    """Two records of one customer with different owners: the holder's, who was there, and the claimant's.

    The sides stay as they were when the case was opened. `evidence` is what the decision was made from.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DECIDED = "decided", _("Decided")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Outcome(models.TextChoices):
        HOLDER = "holder", _("Stays with the holder")
        CLAIMANT = "claimant", _("Goes to the claimant")
        SPLIT = "split", _("Stays, and the credit is split")

    class Cause(models.TextChoices):
        PERSON = "person", _("Somebody claimed it")
        CONVERSION = "conversion", _("A lead joined another's customer")
        ENTRY = "entry", _("It was entered a second time")

    title = models.CharField(_("customer"), max_length=200)
    #: Which two records, whichever side they are on.
    pair = models.CharField(max_length=80, editable=False)
    cause = models.CharField(_("cause"), max_length=12, choices=Cause)
    reason = models.TextField(_("reason"), max_length=2000, blank=True)
    opened_by = _person(_("opened by"), null=True, blank=True, db_index=False)
    holder = _person(_("holder"))
    claimant = _person(_("claimant"))
    holder_lead = _record("leads.Lead")
    holder_customer = _record("contacts.Customer")
    claimant_lead = _record("leads.Lead")
    claimant_customer = _record("contacts.Customer")
    holder_statement = models.TextField(_("statement of the holder"), max_length=5000, blank=True)
    claimant_statement = models.TextField(_("statement of the claimant"), max_length=5000, blank=True)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField(_("decision"), max_length=10, choices=Outcome, blank=True)
    holder_percent = models.DecimalField(
        _("credit of the holder in percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    note = models.TextField(_("grounds"), max_length=5000, blank=True)
    decided_by = _person(_("decided by"), null=True, blank=True, db_index=False)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    evidence = models.JSONField(null=True, blank=True)
    # asks whoever is to decide, in time
    task = models.ForeignKey(
        "work.Task", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects: ClassVar[CollisionQuerySet] = CollisionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("collision")
        verbose_name_plural = _("collisions")
        constraints = [
            models.UniqueConstraint(fields=["pair"], condition=Q(state="open"), name="collision_open_once"),
            models.CheckConstraint(condition=~Q(holder=F("claimant")), name="collision_has_two_parties"),
            models.CheckConstraint(
                condition=_one_of("holder") & _one_of("claimant"), name="collision_sides_are_whole"
            ),
            models.CheckConstraint(
                condition=Q(state="decided", decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(outcome="") & ~Q(note="")
                | ~Q(state="decided") & Q(outcome="", decided_by=None, decided_at=None),
                name="collision_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(outcome="split", holder_percent__gt=0, holder_percent__lt=100)
                | ~Q(outcome="split") & Q(holder_percent=None),
                name="collision_split_has_its_percent",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["-created_at", "-id"], name="collision_newest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return record_url("contacts:collision", self.pk)

    @property
    def claimant_percent(self) -> Decimal | None:
        return None if self.holder_percent is None else 100 - self.holder_percent

    def side(self, name: str) -> Any:
        """The record of a side (`holder` or `claimant`): a lead or a customer."""
        return getattr(self, f"{name}_lead") or getattr(self, f"{name}_customer")

    def side_of(self, user_id: int) -> str:
        """On which side this person stands; empty for others."""
        return {self.holder_id: "holder", self.claimant_id: "claimant"}.get(user_id, "")
