"""To whom the credit for an opportunity goes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CreditSplit(models.Model):
    """A person's part of the credit for an opportunity, in percent; all parts of one make 100.

    An opportunity without any is its owner's alone.
    """

    opportunity = models.ForeignKey(
        "contacts.Opportunity", on_delete=models.PROTECT, related_name="credit_splits"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("part of the credit")
        verbose_name_plural = _("parts of the credit")
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "user"], name="credit_once_per_person"),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100), name="credit_percent_within_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % of opportunity {self.opportunity_id}"
