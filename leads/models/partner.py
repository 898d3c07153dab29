"""Partners: who refers leads to us, and what was promised about keeping them to oneself."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.querysets import PartnerQuerySet, WithPartnerQuerySet
from salesflow.lib.addresses import record_url
from salesflow.lib.records import Record
from salesflow.lib.text.codes import uscc_key

_EARLIER = _("It cannot end before it starts.")


class Partner(Record):
    """A company or association that refers leads; with the cooperation's owner and validity."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", _("Supplier")
        DISTRIBUTOR = "distributor", _("Distributor")
        ASSOCIATION = "association", _("Industry association")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    contact_name = models.CharField(_("contact"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("owner of the cooperation"),
    )  # fmt: skip
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects: ClassVar[PartnerQuerySet] = PartnerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="partner_validity_ends_after_it_starts",
                violation_error_message=_EARLIER,
            ),
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~Q(credit_code="") & Q(archived_at=None),
                name="partner_credit_code_once",
                violation_error_message=_("Another partner has this credit code."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return record_url("leads:partner", self.pk)

    def clean(self) -> None:
        """The credit code is kept in its one spelling."""
        if self.credit_code:
            known = uscc_key(self.credit_code)
            if known is None:
                words = gettext("This credit code has a wrong form or check digit.")
                raise ValidationError({"credit_code": ValidationError(words, code="invalid")})
            self.credit_code = known


class Nda(Record):
    """A non-disclosure agreement with a partner. In force from the day it was signed, through the day it expires.

    Its paper hangs on it as a file. `ended_on` is the first day without it, when it was ended early.
    """

    class Kind(models.TextChoices):
        UNILATERAL = "unilateral", _("Unilateral")
        MUTUAL = "mutual", _("Mutual")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="ndas", verbose_name=_("partner")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    signed_on = models.DateField(_("signed on"))
    # null: until it is ended
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    survival_months = models.PositiveSmallIntegerField(
        _("secrecy after its end (months)"), null=True, blank=True, validators=[MaxValueValidator(1200)],
    )  # fmt: skip
    note = models.TextField(_("note"), max_length=2000, blank=True)
    remind_days = models.PositiveSmallIntegerField(
        _("reminder before it expires (days)"), default=30, validators=[MaxValueValidator(3660)]
    )
    remind_on = models.GeneratedField(
        expression=ExpressionWrapper(F("expires_on") - F("remind_days"), output_field=models.DateField()),
        output_field=models.DateField(), db_persist=True, editable=False,
    )  # fmt: skip
    # the day of expiry that the owner was reminded of: another one is told again
    reminded_of = models.DateField(null=True, editable=False)

    objects: ClassVar[WithPartnerQuerySet] = WithPartnerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("non-disclosure agreement")
        verbose_name_plural = _("non-disclosure agreements")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("signed_on")),
                name="nda_expires_after_it_is_signed",
                violation_error_message=_EARLIER,
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("signed_on")),
                name="nda_ends_after_it_is_signed",
                violation_error_message=_EARLIER,
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_on"], name="nda_to_remind_of",
                condition=Q(archived_at=None, ended_on=None, remind_on__isnull=False)
                & (Q(reminded_of=None) | ~Q(reminded_of=F("expires_on"))),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.partner}, {self.signed_on}"

    def get_absolute_url(self) -> str:
        return record_url("leads:nda", self.pk)
