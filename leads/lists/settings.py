"""Lists of what an administrator keeps for leads, and of behaviour."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from leads.models import (
    AssignmentRule,
    Campaign,
    FirstContactPolicy,
    LeadEvent,
    LeadSource,
    LeadWebhook,
    Pool,
    Reason,
    ScoringModel,
    VerificationItem,
    VerificationPolicy,
    WebForm,
)
from leads.services.reveal import masked_from
from salesflow.lib.lists import Column, ListSpec
from salesflow.lib.lists.filters import After, Before, Choices, Filters, Flag, Ids, RecordFilters, Words
from salesflow.lib.lists.sheet import named_columns
from salesflow.lib.text.emails import email_key
from salesflow.people.lists import ConfigList
from salesflow.people.models import User


class SourceFilters(RecordFilters):
    channel = Choices("channel", label=_("Channel"), choices=LeadSource.Channel.choices)
    kind = Choices("kind", label=_("Kind"), choices=LeadSource.Kind.choices)


class SourceList(ConfigList):
    key, model, filterset, rights = "lead-sources", LeadSource, SourceFilters, "sources"
    title, icon = _("Lead sources"), "route"
    columns: ClassVar = [
        Column("name", _("Name"), plain="name"),
        Column("channel", _("Channel"), kind="badge"),
        Column("kind", _("Kind"), kind="badge"),
        Column("requires_reachable", _("Requires complete leads")),
        Column("cost", _("Cost"), kind="money"),
    ]
    exports, imports = "sources.export", True

    def for_import(self, user: Any) -> Sequence[Column]:
        names = "id name channel kind requires_reachable cost currency"
        return named_columns(
            self, user, names, requires_reachable=lambda row: "yes" if row.requires_reachable else "no"
        )


class CampaignFilters(RecordFilters):
    source = Ids("source", label=_("Source"))


class CampaignList(ConfigList):
    key, model, filterset, rights = "campaigns", Campaign, CampaignFilters, "campaigns"
    title, icon = _("Campaigns"), "speakerphone"
    columns: ClassVar = [
        Column("name", _("Name")),
        Column("source", _("Source"), value="source.name"),
        Column("starts_on", _("Starts")),
        Column("ends_on", _("Ends")),
        Column("cost", _("Cost"), kind="money"),
    ]
    exports, imports = "campaigns.export", True

    def for_import(self, user: Any) -> Sequence[Column]:
        names = "id name source starts_on ends_on cost currency"
        return named_columns(self, user, names, source=lambda row: row.source.name)

    def for_page(self, rows: QuerySet[Campaign]) -> QuerySet[Campaign]:
        return rows.select_related("source")


class WebFormFilters(RecordFilters):
    source = Ids("source", label=_("Source"))
    campaign = Ids("campaign", label=_("Campaign"))
    is_active = Flag("is_active", label=_("Active"))


class WebFormList(ConfigList):
    key, model, filterset, rights = "web-forms", WebForm, WebFormFilters, "web_forms"


class LeadWebhookList(ConfigList):
    key, model, filterset, rights = "lead-webhooks", LeadWebhook, WebFormFilters, "web_forms"


class ReasonFilters(RecordFilters):
    kind = Choices("kind", label=_("Kind"), choices=Reason.Kind.choices)


class ReasonList(ConfigList):
    key, model, filterset, rights = "lead-reasons", Reason, ReasonFilters, "reasons"
    orderings: ClassVar = {"position": ("position",), "id": "id"}
    default_ordering = "position"


class RuleFilters(RecordFilters):
    is_active = Flag("is_active", label=_("Active"))


class RuleList(ConfigList):
    key, model, filterset, rights = "assignment-rules", AssignmentRule, RuleFilters, "assignment"
    orderings: ClassVar = {"position": ("position",), "id": "id", "name": "name"}
    default_ordering = "position"


class PoolFilters(RecordFilters):
    is_default = Flag("is_default", label=_("Default"))


class PoolList(ConfigList):
    key, model, filterset, rights = "pools", Pool, PoolFilters, "pools"

    def visible(self, user: User) -> QuerySet[Pool]:
        return Pool.objects.visible_to(user)


class PolicyList(ConfigList):
    key, model, rights = "first-contact-policies", FirstContactPolicy, "policies"
    orderings: ClassVar = {"grade": "grade", "id": "id"}
    default_ordering = "grade"
    search = None


class VerificationItemList(ConfigList):
    key, model, rights = "verification-items", VerificationItem, "policies"
    orderings: ClassVar = {"position": ("position",), "id": "id"}
    default_ordering = "position"


class VerificationPolicyList(ConfigList):
    key, model, rights = "verification-policies", VerificationPolicy, "policies"
    orderings: ClassVar = {"id": "id"}
    default_ordering = "id"
    search = None


class MailboxIs(Words):
    """An address in any spelling that means the same mailbox; none of leads whose addresses are masked."""

    def where(self, value: list[str]) -> Q:
        return self._readable(super().where([email_key(text) or text for text in value]))

    def like(self, value: str) -> Q:
        return self._readable(super().like(value))

    def _readable(self, wanted: Q) -> Q:
        masked = masked_from(self.parent.user, "lead__")
        return wanted if masked is None else wanted & ~masked


class LeadEventFilters(Filters):
    lead = Ids("lead", label=_("Lead"))
    visitor = Words("visitor", label=_("Visitor"))
    email = MailboxIs("email_key", label=_("E-mail"))
    kind = Choices("kind", label=_("Kind"), choices=LeadEvent.Kind.choices)
    event_id = Words("event_id", label=_("Event id"))
    occurred_after = After("occurred_at", label=_("Took place from"))
    occurred_before = Before("occurred_at", label=_("Took place before"))


class LeadEventList(ListSpec):
    key, model, filterset = "lead-events", LeadEvent, LeadEventFilters
    orderings: ClassVar = {"id": "id"}


class ScoringModelFilters(RecordFilters):
    name = Words("name", label=_("Name"))
    status = Choices("status", label=_("Status"), choices=ScoringModel.Status.choices)
    source = Ids("source", label=_("Source"))


class ScoringModelList(ConfigList):
    key, model, filterset, rights = "scoring-models", ScoringModel, ScoringModelFilters, "scoring"
    orderings: ClassVar = {"name": ("name", "number"), "id": "id", "created_at": "created_at"}
    default_ordering = "-id"
