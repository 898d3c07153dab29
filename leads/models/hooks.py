"""Addresses to which advertising platforms and marketplaces send leads, signed by a shared secret."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.models.web import NAMES, WebForm, token_new
from salesflow.lib.records import Record

#: What a message may set of a lead, beside `custom.<key>` and `utm.<word>`.
TARGETS = (
    "external_id", "company_name", "contact_name", "title", "email", "phone", "mobile", "website", "credit_code",
    "country", "region", "city", "industry", "source_detail", "page_url", "budget", "currency",
    "decision_timeframe_days", "need", "need_fit", "tags",
)  # fmt: skip
MOST_MAPPED = 100
_MORE = re.compile(r"custom\.[a-z][a-z0-9_]{0,59}|utm\.utm_[a-z_]{1,40}")
#: One step of a path: a name or a place in a list, or of a list the entry whose `key` is `value`.
STEP = re.compile(r"([^.\[\]]{1,100})(?:\[([^=\[\]]{1,60})=([^\[\]]{1,100})\])?(?:\.|$)")
_PATH = re.compile(rf"(?:{STEP.pattern}){{1,12}}")


def mapping_first() -> dict[str, str]:
    return {name: name for name in ("contact_name", "company_name", "email", "phone", "need")}


def mapping_check(mapping: Any) -> None:
    """`{path in the message: field of the lead}`, with a name among the fields."""
    if not isinstance(mapping, dict) or not 0 < len(mapping) <= MOST_MAPPED:
        raise ValidationError(
            _("Give an object: a path in the message for each field of the lead."), code="invalid"
        )
    for path, target in mapping.items():
        if not path.isprintable() or path.endswith(".") or not _PATH.fullmatch(path):
            message = _("“%(path)s” is no path: write names with dots between, such as data.email.")
            raise ValidationError(message, code="bad_path", params={"path": path[:60]})
        if not isinstance(target, str) or not (target in TARGETS or _MORE.fullmatch(target)):
            message = _("“%(target)s” is no field; fields are: %(names)s, custom.…, utm.…")
            raise ValidationError(
                message, code="bad_target", params={"target": str(target)[:60], "names": ", ".join(TARGETS)}
            )
    if not set(NAMES) & set(mapping.values()):
        raise ValidationError(_("Say where the company or contact name is."), code="required")


class LeadWebhook(Record):
    """An address of a platform: what it sends, signed, becomes a lead of this source and campaign."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    token = models.CharField(_("token"), max_length=40, unique=True, default=token_new, editable=False)
    source = models.ForeignKey(
        "leads.LeadSource", on_delete=models.PROTECT, related_name="webhooks", verbose_name=_("source")
    )
    campaign = models.ForeignKey(
        "leads.Campaign", null=True, blank=True, on_delete=models.PROTECT, related_name="webhooks",
        verbose_name=_("campaign"),
    )  # fmt: skip
    mapping = models.JSONField(
        _("fields"),
        default=mapping_first,
        validators=[mapping_check],
        help_text=_(
            "Path in the message → field of the lead, such as data.email → email; of a list, "
            "answers[name=email].value."
        ),
    )
    assignment = models.CharField(
        _("goes to"), max_length=10, choices=WebForm.Assignment, default=WebForm.Assignment.RULES
    )
    is_active = models.BooleanField(_("active"), default=True)
    # sealed by salesflow.lib.vault; while a secret is exchanged, the former one is good for a day
    secret = models.TextField(blank=True, editable=False)
    former_secret = models.TextField(blank=True, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("inbound webhook")
        verbose_name_plural = _("inbound webhooks")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where messages are sent to."""
        return reverse("leads:webhook", args=[self.token])
