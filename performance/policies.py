"""Who may see figures; whose they are is told by the scope of the right."""

from salesflow.people.models import User


def can_see_figures(user: User) -> bool:
    return user.may("kpis.view")
