"""Forms on the company's own pages, what strangers sent by them, and what they consented to."""

import re
import secrets
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.querysets import FormSubmissionQuerySet
from salesflow.lib.records import Record
from salesflow.work.models import CustomField

#: What a form may ask: fields of a lead that a stranger can know.
ASKABLE = (
    "contact_name", "company_name", "title", "email", "phone", "mobile", "website", "country", "region", "city",
    "industry", "budget", "need",
)  # fmt: skip
#: Without one of these nobody can answer, and without a name there is no lead.
NAMES = ("contact_name", "company_name")
REACHES = ("email", "phone", "mobile")
ORIGINS_LIMIT = 20
#: A field that was added to leads is asked for by `custom.<key>`.
_CUSTOM = re.compile(r"custom\.([a-z][a-z0-9_]{0,59})")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def token_new() -> str:
    return secrets.token_urlsafe(18)


def questions_first() -> list[dict[str, Any]]:
    return [
        {"name": "contact_name", "label": "", "required": True},
        {"name": "company_name", "label": "", "required": False},
        {"name": "email", "label": "", "required": True},
        {"name": "need", "label": "", "required": False},
    ]


def _asks(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and set(item) <= {"name", "label", "required"}
        and (item.get("name") in ASKABLE or bool(_CUSTOM.fullmatch(str(item.get("name")))))
        and isinstance(item.get("label", ""), str)
        and len(item.get("label", "")) <= 120
        and item.get("label", "").isprintable()
        and isinstance(item.get("required", False), bool)
    )


def questions_check(asked: Any) -> None:
    """A list of `{name, label?, required?}`, each name once, with a name and a way to reach the person."""
    if not isinstance(asked, list) or not all(_asks(item) for item in asked):
        message = _("Give a list of fields, each with name, label and required; names are: %(names)s.")
        raise ValidationError(message, code="invalid", params={"names": ", ".join((*ASKABLE, "custom.KEY"))})
    names = [item["name"] for item in asked]
    own = _added(names)
    if own and (missing := sorted(own - _declared())):
        message = _("Leads have no field “custom.%(key)s” that a stranger could be asked for.")
        raise ValidationError(message, code="unknown_field", params={"key": missing[0]})
    if len(names) != len(set(names)):
        raise ValidationError(_("Each field stands once."), code="twice")
    if not set(names) & set(NAMES) or not set(names) & set(REACHES):
        message = _("Ask for a company or contact name, and for an e-mail address or a phone number.")
        raise ValidationError(message, code="required")


def _added(names: list[str]) -> set[str]:
    return {found[1] for name in names if (found := _CUSTOM.fullmatch(name))}


def _declared() -> set[str]:
    """Fields added to leads that a stranger can be asked for; colleagues he cannot name."""
    own = CustomField.objects.filter(resource="leads", archived_at=None)
    return set(own.exclude(kind=CustomField.Kind.USER).values_list("key", flat=True))


def origin_check(origin: str) -> None:
    """Scheme, host and port of a site, and nothing else: it becomes a word of a security header."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    whole = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or origin != whole:
        raise ValidationError(_("Write a site as https://www.example.com."), code="invalid")


class WebForm(Record):
    """A form of a campaign: shown at an address of its own, in a frame, or built into any page of allowed sites."""

    class Assignment(models.TextChoices):
        RULES = "rules", _("By the assignment rules")
        POOL = "pool", _("The public pool")

    name = models.CharField(_("name"), max_length=120, unique=True)
    token = models.CharField(_("token"), max_length=40, unique=True, default=token_new, editable=False)
    source = models.ForeignKey(
        "leads.LeadSource", on_delete=models.PROTECT, related_name="web_forms", verbose_name=_("source")
    )
    campaign = models.ForeignKey(
        "leads.Campaign", null=True, blank=True, on_delete=models.PROTECT, related_name="web_forms",
        verbose_name=_("campaign"),
    )  # fmt: skip
    title = models.CharField(_("heading"), max_length=200, blank=True)
    fields = models.JSONField(
        _("fields"),
        default=questions_first,
        validators=[questions_check],
        help_text=_("In their order, each with its name, label and whether it is required."),
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    consent_text = models.TextField(
        _("consent"),
        max_length=2000,
        blank=True,
        help_text=_("What the visitor must agree to; without a text nothing is asked."),
    )
    consent_version = models.CharField(_("version of the consent"), max_length=40, blank=True)
    redirect_url = models.CharField(
        _("page after sending"),
        max_length=500,
        validators=[URLValidator(schemes=["https", "http"])],
        blank=True,
        help_text=_("Without one, a page says thank you."),
    )
    allowed_origins = ArrayField(
        models.CharField(max_length=260, validators=[origin_check]),
        default=list, blank=True, size=ORIGINS_LIMIT, verbose_name=_("allowed sites"),
        help_text=_("Sites that may show this form in a frame or post to it, such as https://www.example.com."),
    )  # fmt: skip
    assignment = models.CharField(_("goes to"), max_length=10, choices=Assignment, default=Assignment.RULES)
    daily_limit = models.PositiveIntegerField(
        _("most in a day"), default=1000, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)]
    )
    tracks_visits = models.BooleanField(
        _("follows visits"),
        default=False,
        help_text=_(
            "Its script may tell which pages of the allowed sites a visitor looks at, once he consents."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("web form")
        verbose_name_plural = _("web forms")
        constraints = [
            models.CheckConstraint(
                condition=Q(consent_text="") | ~Q(consent_version=""),
                name="web_form_consent_has_its_version",
                violation_error_message=_(
                    "A consent has a version, so that one can tell later what was agreed to."
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where strangers fill it in."""
        return reverse("leads:web-form", args=[self.token])


class FormSubmission(models.Model):
    """What was sent by a form or webhook, once; it became a lead, belongs to one that was there, or was turned away."""

    class Result(models.TextChoices):
        CREATED = "created", _("New lead")
        KNOWN = "known", _("Known lead")
        SPAM = "spam", _("Spam")
        REJECTED = "rejected", _("Rejected")

    form = models.ForeignKey(WebForm, null=True, on_delete=models.PROTECT, related_name="submissions")
    webhook = models.ForeignKey(
        "leads.LeadWebhook", null=True, on_delete=models.PROTECT, related_name="submissions"
    )
    # the number of the form's ticket, or of the platform's message
    key = models.CharField(max_length=200)
    result = models.CharField(_("result"), max_length=10, choices=Result)
    lead = models.ForeignKey(
        "leads.Lead", null=True, on_delete=models.PROTECT, related_name="submissions", verbose_name=_("lead")
    )
    values = models.JSONField(_("what was sent"), default=dict)
    # a platform's message as it came
    body = models.TextField(blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    page_url = models.CharField(_("page"), max_length=1000, blank=True)
    received_at = models.DateTimeField(_("received"), db_default=Now())

    objects: ClassVar[FormSubmissionQuerySet] = FormSubmissionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("form submission")
        verbose_name_plural = _("form submissions")
        constraints = [
            models.UniqueConstraint(fields=["form", "key"], name="form_submission_once"),
            models.UniqueConstraint(fields=["webhook", "key"], name="webhook_message_once"),
            models.CheckConstraint(
                condition=Q(result__in=("spam", "rejected"), lead=None)
                | Q(result__in=("created", "known"), lead__isnull=False),
                name="form_submission_has_its_lead",
            ),
            models.CheckConstraint(
                condition=Q(form__isnull=False, webhook=None) | Q(form=None, webhook__isnull=False),
                name="form_submission_came_one_way",
            ),
            models.CheckConstraint(
                condition=~Q(result="rejected") | ~Q(reason=""), name="form_submission_rejected_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form or self.webhook} {self.received_at:%Y-%m-%d %H:%M}"


class Consent(models.Model):
    """What a person agreed to, when and from where: the words themselves, since the form's may change."""

    submission = models.OneToOneField(FormSubmission, on_delete=models.PROTECT, related_name="consent")
    lead = models.ForeignKey("leads.Lead", on_delete=models.PROTECT, related_name="consents")
    text = models.TextField(_("consent"))
    version = models.CharField(_("version of the consent"), max_length=40)
    given_at = models.DateTimeField(_("given"), db_default=Now())
    # the network only: enough to tell where it came from, not who
    network = models.CharField(_("network"), max_length=50, blank=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="consent_has_its_words")]

    def __str__(self) -> str:
        return self.version
