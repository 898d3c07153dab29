"""The lead itself."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.querysets import LeadQuerySet
from salesflow.lib.addresses import record_url
from salesflow.lib.records import Record, names_with_values

#: The fields the search box looks into; the triggers that keep `LeadSearch` name them too.
SEARCHED = ("contact_name", "company_name", "email", "phone", "mobile", "external_id")


class Grade(models.TextChoices):
    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class Verification(models.TextChoices):
    PENDING = "pending", _("Pending")
    VERIFIED = "verified", _("Verified")
    REJECTED = "rejected", _("Rejected as fake")


class Reason(Record):
    """An entry of the lists a person chooses from when disqualifying or returning a lead."""

    class Kind(models.TextChoices):
        DISQUALIFY = "disqualify", _("Disqualify")
        RETURN = "return", _("Return to the pool")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        ordering = ["kind", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="reason_code_once_per_kind")]

    def __str__(self) -> str:
        return str(_(self.name))


class Lead(Record):
    """An unqualified person or company that may buy.

    Status, owner, pool, score, grade and clock columns are changed by services only.
    """

    class Status(models.TextChoices):
        NEW = "new", _("New")
        ASSIGNED = "assigned", _("Assigned")
        CONTACTED = "contacted", _("Contacted")
        QUALIFIED = "qualified", _("Qualified")
        CONVERTED = "converted", _("Converted")
        DISQUALIFIED = "disqualified", _("Disqualified")

    class EnteredVia(models.TextChoices):
        PAGE = "page", _("Page")
        API = "api", _("API")
        IMPORT = "import", _("Import")
        FORM = "form", _("Web form")
        WEBHOOK = "webhook", _("Webhook")

    # who and what
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    company_name = models.CharField(_("company"), max_length=200, blank=True)
    contact_name = models.CharField(_("contact"), max_length=120, blank=True)
    title = models.CharField(_("position"), max_length=120, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    website = models.CharField(_("website"), max_length=300, blank=True)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    region = models.CharField(_("province or state"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    industry = models.CharField(_("industry"), max_length=80, blank=True)

    # where from
    source = models.ForeignKey(
        "leads.LeadSource", null=True, blank=True, on_delete=models.PROTECT, related_name="leads",
        verbose_name=_("source"),
    )  # fmt: skip
    source_detail = models.CharField(_("source detail"), max_length=200, blank=True)
    campaign = models.ForeignKey(
        "leads.Campaign", null=True, blank=True, on_delete=models.PROTECT, related_name="leads",
        verbose_name=_("campaign"),
    )  # fmt: skip
    partner = models.ForeignKey(
        "leads.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="leads",
        verbose_name=_("partner"),
    )  # fmt: skip
    # a referral's customer or contact stands to the right of this app: named by type and id
    referrer_type = models.CharField(max_length=60, blank=True)
    referrer_id = models.BigIntegerField(null=True, blank=True)
    entered_via = models.CharField(
        _("entered by"), max_length=10, choices=EnteredVia, default=EnteredVia.PAGE
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("entered by person"),
    )  # fmt: skip
    imported_by = models.ForeignKey(
        "leads.LeadImport",
        null=True,
        on_delete=models.PROTECT,
        related_name="leads",
        verbose_name=_("import"),
    )
    import_row = models.PositiveIntegerField(_("row of the file"), null=True)
    page_url = models.CharField(_("page"), max_length=1000, blank=True)
    utm = models.JSONField(default=dict, blank=True)
    # raw text that could not be read, kept and shown: {"phone": "ext. 12 (ask)"}
    flags = models.JSONField(_("unreadable"), default=dict, blank=True)
    incomplete = models.BooleanField(_("incomplete"), default=False)

    # the need
    budget = models.DecimalField(_("budget"), max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    decision_timeframe_days = models.PositiveIntegerField(_("decision cycle (days)"), null=True, blank=True)
    need = models.TextField(_("need"), max_length=5000, blank=True)
    need_fit = models.PositiveSmallIntegerField(_("need fit"), null=True, blank=True)
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)
    behaviour = models.JSONField(_("behaviour"), default=dict, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("tags"))

    # state
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.NEW)
    verification = models.CharField(
        _("verification"), max_length=10, choices=Verification, default=Verification.PENDING
    )
    verification_items = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="leads",
        verbose_name=_("owner"), db_index=False,
    )  # fmt: skip
    owned_since = models.DateTimeField(_("owned since"), null=True)
    pool = models.ForeignKey(
        "leads.Pool", null=True, blank=True, on_delete=models.PROTECT, related_name="leads", verbose_name=_("pool"),
        db_index=False,
    )  # fmt: skip
    in_pool = models.BooleanField(_("in the pool"), default=False)
    under_review = models.BooleanField(_("under review"), default=False)
    pool_entered_at = models.DateTimeField(_("in the pool since"), null=True)
    protected_until = models.DateTimeField(_("protected until"), null=True)
    returned_count = models.PositiveIntegerField(_("times returned"), default=0)
    disqualify_reason = models.ForeignKey(
        Reason, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("reason of disqualification"),
    )  # fmt: skip
    disqualified_at = models.DateTimeField(_("disqualified"), null=True)
    converted_at = models.DateTimeField(_("converted"), null=True)
    outcome = models.SmallIntegerField(_("known outcome"), null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged_from")

    # first contact and follow-up (the clock itself is clocks.Clock; these are what lists show and sort by)
    first_contact_started_at = models.DateTimeField(_("first-contact clock started"), null=True)
    first_contact_limit_seconds = models.PositiveIntegerField(_("limit (seconds)"), null=True)
    first_contact_due_at = models.DateTimeField(_("first contact due"), null=True)
    first_contacted_at = models.DateTimeField(_("first contact"), null=True)
    next_follow_up_at = models.DateTimeField(_("next follow-up"), null=True)
    last_activity_at = models.DateTimeField(_("last activity"), null=True)
    idle_due_at = models.DateTimeField(_("idle until"), null=True)
    unanswered_due_at = models.DateTimeField(_("answer awaited until"), null=True)

    # score
    score = models.SmallIntegerField(_("score"), default=0)
    fit_score = models.SmallIntegerField(_("fit score"), default=0)
    engagement_score = models.SmallIntegerField(_("engagement score"), default=0)
    grade = models.CharField(_("grade"), max_length=1, choices=Grade, default=Grade.C)
    scored_at = models.DateTimeField(_("scored"), null=True)
    scoring_model = models.ForeignKey(
        "leads.ScoringModel", null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("scoring model"),
    )  # fmt: skip
    # since when the score asks for a lower grade than the lead has
    lower_grade_since = models.DateTimeField(null=True)

    # normalised keys (see docs/text-keys.md)
    email_key = models.CharField(max_length=254, null=True, editable=False)
    phone_keys = ArrayField(models.CharField(max_length=30), default=list, editable=False)
    company_key = models.CharField(max_length=200, null=True, editable=False)
    person_key = models.CharField(max_length=120, null=True, editable=False)
    domain_key = models.CharField(max_length=254, null=True, editable=False)
    credit_code_key = models.CharField(max_length=18, null=True, editable=False)
    block_keys = ArrayField(models.CharField(max_length=40), default=list, editable=False)
    sort_key = models.CharField(max_length=200, blank=True, editable=False)

    #: How its score was come by, of a lead that is being entered (`leads.services.score.explain.Scored`).
    scored: Any = None

    objects: ClassVar[LeadQuerySet] = LeadQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.CheckConstraint(condition=~Q(company_name="", contact_name=""), name="lead_has_a_name"),
            names_with_values("custom", name="lead_custom_is_an_object"),
            models.CheckConstraint(
                condition=Q(in_pool=False) | Q(owner=None, pool__isnull=False, pool_entered_at__isnull=False),
                name="lead_in_pool_has_no_owner",
            ),
            models.CheckConstraint(
                condition=Q(in_pool=True) | Q(pool=None), name="lead_outside_pools_has_no_pool"
            ),
            models.CheckConstraint(
                condition=Q(in_pool=True) | Q(under_review=False), name="lead_under_review_is_in_pool"
            ),
            models.CheckConstraint(condition=Q(in_pool=False) | Q(status="new"), name="lead_in_pool_is_new"),
            models.CheckConstraint(
                condition=~Q(status__in=("assigned", "contacted", "qualified")) | Q(owner__isnull=False),
                name="lead_in_work_has_an_owner",
            ),
            models.CheckConstraint(
                condition=Q(owner=None, owned_since=None) | Q(owner__isnull=False, owned_since__isnull=False),
                name="lead_owner_has_a_start",
            ),
            models.CheckConstraint(
                condition=Q(status="converted", converted_at__isnull=False)
                | ~Q(status="converted") & Q(converted_at=None),
                name="lead_converted_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(need_fit=None) | Q(need_fit__lte=100), name="lead_need_fit_within_100"
            ),
            models.CheckConstraint(
                condition=Q(budget=None) | Q(budget__gte=0), name="lead_budget_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(outcome=None) | Q(outcome__in=(0, 1)), name="lead_outcome_is_known_or_empty"
            ),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=1000), name="lead_score_within_bounds"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="lead_newest"),
            models.Index(fields=["owner", "status", "-created_at", "-id"], name="lead_owner_status"),
            models.Index(fields=["owner", "first_contact_due_at", "id"], name="lead_owner_due"),
            models.Index(fields=["first_contact_due_at", "id"], name="lead_due"),
            models.Index(fields=["-score", "-id"], name="lead_score"),
            models.Index(
                fields=["pool", "-pool_entered_at", "-id"], name="lead_pool_newest", condition=Q(in_pool=True)
            ),
            models.Index(fields=["pool", "-score", "-id"], name="lead_pool_score", condition=Q(in_pool=True)),
            models.Index(
                fields=["idle_due_at"], name="lead_idle_due", condition=Q(idle_due_at__isnull=False)
            ),
            models.Index(
                fields=["unanswered_due_at"],
                name="lead_unanswered_due",
                condition=Q(unanswered_due_at__isnull=False),
            ),
            models.Index(fields=["email_key"], name="lead_email_key", condition=Q(email_key__isnull=False)),
            models.Index(
                fields=["company_key", "person_key"],
                name="lead_company_key",
                condition=Q(company_key__isnull=False),
            ),
            models.Index(
                fields=["domain_key"], name="lead_domain_key", condition=Q(domain_key__isnull=False)
            ),
            models.Index(
                fields=["credit_code_key"],
                name="lead_credit_code",
                condition=Q(credit_code_key__isnull=False),
            ),
            models.Index(fields=["external_id"], name="lead_external_id", condition=~Q(external_id="")),
            GinIndex(fields=["phone_keys"], name="lead_phone_keys", fastupdate=False),
            # new entries are collected and sorted in: a third of the work of writing, and 0.1 ms of that of reading
            GinIndex(
                fields=["block_keys"], name="lead_block_keys", fastupdate=True, gin_pending_list_limit=256
            ),
        ]

    def __str__(self) -> str:
        return self.contact_name or self.company_name

    def get_absolute_url(self) -> str:
        return record_url("leads:detail", self.pk)

    @property
    def waits_until(self) -> datetime | None:
        """When the first contact is due, while somebody owes it; in SQL: `querysets.WAITING`."""
        waits = self.status == self.Status.ASSIGNED and self.first_contacted_at is None
        return self.first_contact_due_at if waits and self.archived_at is None else None


class LeadSearch(models.Model):
    """The fragments one finds a lead by (`salesflow.lib.search`): every part of a word, Chinese too.

    Kept by triggers, in a table of its own: the index of fragments costs more than all indexes of a lead together, and
    would be written again whenever an owner, a state, a score or a deadline moves.
    """

    lead = models.OneToOneField(
        Lead, primary_key=True, on_delete=models.CASCADE, related_name="searched", db_index=False
    )
    search = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="lead_search", fastupdate=True, gin_pending_list_limit=256)
        ]

    def __str__(self) -> str:
        return f"fragments of lead {self.lead_id}"
