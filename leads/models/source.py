"""Where leads come from: sources, and campaigns with their cost."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salesflow.lib.records import Record


class LeadSource(Record):
    """A channel (offline, partner, online) and a kind under it."""

    class Channel(models.TextChoices):
        OFFLINE = "offline", _("Offline")
        PARTNER = "partner", _("Partner")
        ONLINE = "online", _("Online")

    class Kind(models.TextChoices):
        TRADE_SHOW = "trade_show", _("Trade show")
        EVENT = "event", _("Event")
        REFERRAL = "referral", _("Customer referral")
        FIELD_SALES = "field_sales", _("Field sales")
        PARTNER = "partner", _("Partner")
        ASSOCIATION = "association", _("Industry association")
        WEB_FORM = "web_form", _("Web form")
        SOCIAL_AD = "social_ad", _("Social ad")
        SEARCH_AD = "search_ad", _("Search ad (SEM)")
        PLATFORM = "platform", _("Third-party platform")

    KINDS_OF = {
        "offline": ("trade_show", "event", "referral", "field_sales"),
        "partner": ("partner", "association"),
        "online": ("web_form", "social_ad", "search_ad", "platform"),
    }

    name = models.CharField(_("name"), max_length=120, unique=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    requires_reachable = models.BooleanField(
        _("requires complete leads"),
        default=False,
        help_text=_("Leads without any way to reach them are refused instead of marked incomplete."),
    )
    cost = models.DecimalField(_("cost"), max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    # what an import from this source was mapped to last time: header -> target
    import_mapping = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("lead source")
        verbose_name_plural = _("lead sources")
        constraints = [
            models.CheckConstraint(
                condition=Q(channel="offline", kind__in=("trade_show", "event", "referral", "field_sales"))
                | Q(channel="partner", kind__in=("partner", "association"))
                | Q(channel="online", kind__in=("web_form", "social_ad", "search_ad", "platform")),
                name="lead_source_kind_fits_channel",
                violation_error_message=_("This kind does not stand under this channel."),
            ),
            models.CheckConstraint(
                condition=Q(cost=None) | Q(cost__gte=0),
                name="lead_source_cost_not_negative",
                violation_error_message=_("A cost is not negative."),
            ),
        ]

    def __str__(self) -> str:
        return str(_(self.name))


class Campaign(Record):
    """A dated effort under a source, with its cost."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    source = models.ForeignKey(
        LeadSource, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("source")
    )
    starts_on = models.DateField(_("starts"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="campaign_ends_after_it_starts",
                violation_error_message=_("It cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(cost=None) | Q(cost__gte=0),
                name="campaign_cost_not_negative",
                violation_error_message=_("A cost is not negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
