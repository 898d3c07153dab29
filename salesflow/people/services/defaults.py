"""The rows every workspace starts with."""

from salesflow.people.models import Role, Workspace
from salesflow.people.roles import ROLE_NAMES


def people_ensure_defaults() -> None:
    """The workspace row and one record per known role; adds what is missing, changes nothing that is there."""
    Workspace.objects.bulk_create([Workspace()], ignore_conflicts=True)
    known = set(Role.objects.values_list("code", flat=True))
    Role.objects.bulk_create(
        [Role(code=code) for code in ROLE_NAMES if code not in known], ignore_conflicts=True
    )
