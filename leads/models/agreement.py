"""What a partner gets of the revenue that its leads bring."""

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, ClassVar

from babel.numbers import is_currency
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.models.partner import Partner
from leads.querysets import AgreementQuerySet
from leads.shares import HUNDRED, Terms, Tier
from salesflow.lib.addresses import record_url
from salesflow.lib.records import Record

MOST_TIERS = 20
MOST_REVENUE = Decimal(10) ** 14


class PartnerAgreement(Record):
    """A revenue share: one percentage, or tiers whose method is said; one agreement of a partner at a time.

    `tiers` are `{"since": revenue, "percent": rate}` from 0 upwards, as decimal strings; `cap` is the most in a period.
    """

    class Method(models.TextChoices):
        MARGINAL = "marginal", _("Marginal: each band at its own rate")
        RETROACTIVE = "retroactive", _("Retroactive: the rate reached for everything")

    class Basis(models.TextChoices):
        BOOKED = "booked", _("Booked")
        INVOICED = "invoiced", _("Invoiced")
        COLLECTED = "collected", _("Collected")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("partner")
    )
    percent = models.DecimalField(
        _("percent"), max_digits=5, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )  # fmt: skip
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    tier_method = models.CharField(_("method of the tiers"), max_length=12, choices=Method, blank=True)
    basis = models.CharField(_("basis"), max_length=10, choices=Basis, default=Basis.COLLECTED)
    currency = models.CharField(_("currency"), max_length=3)
    cap = models.DecimalField(
        _("cap"), max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    remind_days = models.PositiveSmallIntegerField(
        _("reminder before it expires (days)"), default=30, validators=[MaxValueValidator(3660)]
    )
    remind_on = models.GeneratedField(
        expression=ExpressionWrapper(F("valid_until") - F("remind_days"), output_field=models.DateField()),
        output_field=models.DateField(),
        db_persist=True,
        editable=False,
    )
    # the day of expiry that the owner was reminded of: another one is told again
    reminded_of = models.DateField(null=True, editable=False)

    objects: ClassVar[AgreementQuerySet] = AgreementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("partner agreement")
        verbose_name_plural = _("partner agreements")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__isnull=False, tiers=[], tier_method="")
                | Q(percent=None) & ~Q(tiers=[]) & ~Q(tier_method=""),
                name="agreement_is_a_percentage_or_tiers",
                violation_error_message=_("Either one percentage, or tiers with their method."),
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__gte=0, percent__lte=100),
                name="agreement_percent_within_100",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="agreement_ends_after_it_starts",
                violation_error_message=_("It cannot end before it starts."),
            ),
            models.CheckConstraint(condition=Q(cap=None) | Q(cap__gte=0), name="agreement_cap_not_negative"),
            ExclusionConstraint(
                # a range of one partner, since equality of numbers is no matter of this kind of index
                expressions=[
                    (
                        Func(F("partner"), F("partner"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("valid_from"), F("valid_until"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(archived_at=None),
                name="partner_has_one_agreement_at_a_time",
                violation_error_message=_("This partner has an agreement for some of these days already."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_on"], name="agreement_to_remind_of",
                condition=Q(archived_at=None, remind_on__isnull=False)
                & (Q(reminded_of=None) | ~Q(reminded_of=F("valid_until"))),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.partner}, {self.valid_from}"

    def get_absolute_url(self) -> str:
        return record_url("leads:agreement", self.pk)

    @property
    def terms(self) -> Terms:
        """What `leads.shares` computes with."""
        tiers = [Tier(Decimal(tier["since"]), Decimal(tier["percent"])) for tier in self.tiers]
        if self.percent is not None:
            tiers = [Tier(Decimal(0), self.percent)]
        retroactive = self.tier_method == self.Method.RETROACTIVE
        return Terms(tiers, retroactive=retroactive, cap=self.cap, currency=self.currency)

    def clean(self) -> None:
        """Tiers begin at 0 and rise; the currency exists."""
        self.currency = self.currency.upper()
        if self.currency and not is_currency(self.currency):
            raise _wrong("currency", gettext("This currency is not known."), "unknown_currency")
        self.tiers = tiers_read(self.tiers)


def tiers_read(value: Any) -> list[dict[str, str]]:
    """Tiers as they are kept, or a ValidationError under `tiers`."""
    if not isinstance(value, list) or len(value) > MOST_TIERS:
        raise _wrong(
            "tiers", gettext("A list of at most %(most)s tiers is needed.") % {"most": MOST_TIERS}, "invalid"
        )
    tiers = [Tier(_number(tier, "since", MOST_REVENUE), _number(tier, "percent", HUNDRED)) for tier in value]
    starts = [tier.since for tier in tiers]
    if starts and (starts[0] != 0 or any(after <= before for before, after in pairwise(starts))):
        raise _wrong(
            "tiers", gettext("The first tier begins at 0, each other one above the one before."), "order"
        )
    return [{"since": f"{tier.since:f}", "percent": f"{tier.percent:f}"} for tier in tiers]


def _number(tier: Any, name: str, most: Decimal) -> Decimal:
    """A number of a tier: not negative, at most `most`, with two decimal places at most."""
    try:
        number = Decimal(str(tier[name]))
        if not number.is_finite() or not 0 <= number <= most or number != round(number, 2):
            raise ValueError
    except (KeyError, TypeError, ValueError, InvalidOperation):
        words = gettext("Each tier is a revenue from which it holds and a percentage up to 100.")
        raise _wrong("tiers", words, "invalid") from None
    return number


def _wrong(name: str, message: str, code: str) -> ValidationError:
    return ValidationError({name: ValidationError(message, code=code)})
