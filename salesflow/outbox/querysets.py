"""Words that chain, about webhooks and what they were told."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import QuerySet

if TYPE_CHECKING:
    from salesflow.people.models import User


class WebhookQuerySet(QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """All for who keeps all, otherwise those one owns."""
        scope = user.scope("webhooks.view")
        if scope == "all":
            return self
        return self.filter(owner=user) if scope != "none" else self.none()


class WebhookDeliveryQuerySet(QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """Those of the webhooks one sees."""
        scope = user.scope("webhooks.view")
        if scope == "all":
            return self
        return self.filter(webhook__owner=user) if scope != "none" else self.none()
