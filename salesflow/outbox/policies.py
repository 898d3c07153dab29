"""Who may do what with messages to other systems."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesflow.outbox.models import Webhook
    from salesflow.people.models import User


def can_own_webhook(by: "User", owner: "User") -> bool:
    """A webhook tells what its owner sees: whoever keeps all may name somebody else."""
    scope = by.scope("webhooks.create")
    return scope == "all" or (scope != "none" and by.pk == owner.pk)


def can_edit_webhook(by: "User", webhook: "Webhook") -> bool:
    return _reaches(by, webhook, "webhooks.edit")


def can_archive_webhook(by: "User", webhook: "Webhook") -> bool:
    return _reaches(by, webhook, "webhooks.archive")


def _reaches(by: "User", webhook: "Webhook", right: str) -> bool:
    scope = by.scope(right)
    return scope == "all" or (scope != "none" and by.pk == webhook.owner_id)
