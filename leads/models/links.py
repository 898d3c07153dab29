"""Links to pages of the company's own sites, each for one lead, and clicks whose browser may still say who it is."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.models.web import token_new


class TrackedLink(models.Model):
    """A link for the mails to one lead: it leads to one page and tells who followed it. Only its clicks change."""

    lead = models.ForeignKey(
        "leads.Lead",
        on_delete=models.PROTECT,
        related_name="tracked_links",
        db_index=False,
        verbose_name=_("lead"),
    )
    page_url = models.CharField(_("page"), max_length=1000)
    token = models.CharField(_("token"), max_length=40, unique=True, default=token_new, editable=False)
    # of those that count: one in ten minutes
    clicks = models.PositiveIntegerField(_("clicks"), default=0)
    last_clicked_at = models.DateTimeField(_("last click"), null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("tracked link")
        verbose_name_plural = _("tracked links")
        constraints = [
            models.UniqueConstraint(fields=["lead", "page_url"], name="tracked_link_once"),
            models.CheckConstraint(
                condition=Q(clicks=0, last_clicked_at=None) | Q(clicks__gt=0, last_clicked_at__isnull=False),
                name="tracked_link_clicked_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.page_url

    def get_absolute_url(self) -> str:
        """Where strangers follow it."""
        return reverse("leads:tracked-link", args=[self.token])

    @property
    def url(self) -> str:
        """The whole address, as it stands in a mail."""
        return settings.SITE_URL + self.get_absolute_url()


class LinkClick(models.Model):
    """A click whose browser may say which visitor it is, by a name that is good once; it goes when it does."""

    link = models.ForeignKey(TrackedLink, on_delete=models.CASCADE, related_name="+", db_index=False)
    # the name itself stands in the address of the page only
    name_hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["at"], name="link_click_to_forget")]

    def __str__(self) -> str:
        return f"link {self.link_id} at {self.at}"
