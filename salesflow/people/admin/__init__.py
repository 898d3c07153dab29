"""The admin's pages of people, places, the workspace and keys for other systems."""

from salesflow.people.admin import checklist, places, roles, tokens, users, workspace

__all__ = ["checklist", "places", "roles", "tokens", "users", "workspace"]
