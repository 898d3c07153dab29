"""What is asked before a lead counts as real, and who asks it."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salesflow.lib.records import Record

_CODE = RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Lower-case letters, digits and _ only, a letter first."))


class VerificationItem(Record):
    """An item of the checklist: confirmed, wrong or open for each lead. All confirmed make a lead verified."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[_CODE])
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # a wrong answer here means that the lead is a fake
    rejects = models.BooleanField(_("wrong means fake"), default=False)

    class Meta:
        verbose_name = _("verification item")
        verbose_name_plural = _("verification items")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return str(_(self.name))


class VerificationPolicy(Record):
    """Who verifies leads; one row."""

    class Verifier(models.TextChoices):
        ANYBODY = "anybody", _("Owner or inside sales")
        OWNER = "owner", _("The owner")
        INSIDE_SALES = "inside_sales", _("Inside sales")

    verifier = models.CharField(_("who verifies"), max_length=15, choices=Verifier, default=Verifier.ANYBODY)

    class Meta:
        verbose_name = _("verification policy")
        verbose_name_plural = _("verification policies")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_verification_policy")]

    def __str__(self) -> str:
        return str(self.get_verifier_display())
