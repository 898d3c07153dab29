"""Words that chain, about people."""

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

if TYPE_CHECKING:
    from salesflow.people.models import User


class UserQuerySet(QuerySet["User"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def selling(self) -> Self:
        """Active people who may own leads."""
        from salesflow.people.roles import SELLING_ROLES

        return self.active().filter(roles__code__in=SELLING_ROLES).distinct()

    def with_role(self, *codes: str) -> Self:
        return self.active().filter(roles__code__in=codes).distinct()

    def present(self) -> Self:
        """People who are not away now."""
        return self.exclude(Q(absent_from__lte=Now()) & Q(absent_until__gt=Now()))

    def visible_to(self, user: "User") -> Self:
        """Colleagues are known to everybody who may sign in."""
        return self if user.may("users.view") else self.none()
