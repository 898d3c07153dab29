"""How webhooks and what they were told are listed."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from salesflow.lib.lists import ListSpec, Search
from salesflow.lib.lists.filters import (
    After,
    Before,
    Choices,
    Filters,
    Flag,
    Holds,
    Ids,
    RecordFilters,
    Words,
)
from salesflow.outbox.models import Webhook, WebhookDelivery


class WebhookFilters(RecordFilters):
    name = Words("name", label=_("Name"))
    owner = Ids("owner", people=True, label=_("Owner"))
    kind = Holds("kinds", label=_("Kind of event"))
    is_active = Flag("is_active", label=_("Active"))


class WebhookList(ListSpec):
    key, model, filterset, title = "webhooks", Webhook, WebhookFilters, _("Webhooks")
    orderings: ClassVar = {"name": "name", "id": "id", "created_at": "created_at"}
    default_ordering = "name"
    search = Search(columns=("name", "url"))


class DeliveryFilters(Filters):
    webhook = Ids("webhook", label=_("Webhook"))
    kind = Words("kind", label=_("Kind of event"))
    state = Choices("state", label=_("State"), choices=WebhookDelivery.State.choices)
    event = Ids("event_id", label=_("Journal event"))
    created_after = After("created_at", label=_("Written from"))
    created_before = Before("created_at", label=_("Written before"))


class WebhookDeliveryList(ListSpec):
    key, model, filterset, title = (
        "webhook-deliveries",
        WebhookDelivery,
        DeliveryFilters,
        _("Webhook deliveries"),
    )
    orderings: ClassVar = {"id": "id"}
