"""How people and the places they belong to are listed."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from salesflow.lib.lists import ListSpec, Search
from salesflow.lib.lists.filters import Choices, Flag, Holds, Ids, RecordFilters, Words
from salesflow.people.models import Department, Region, Role, Team, Territory, User
from salesflow.people.roles import ROLE_NAMES


class ConfigList(ListSpec):
    """Records of configuration, seen by all who may view the resource; `rights` is its name in the roles' table."""

    rights: ClassVar[str]
    filterset = RecordFilters
    orderings: ClassVar = {"name": "name", "id": "id", "created_at": "created_at"}
    default_ordering = "name"
    search = Search(columns=("name",))

    def visible(self, user: User) -> QuerySet[Any]:
        rows = self.model._default_manager.all()
        return rows if user.may(f"{self.rights}.view") else rows.none()


class HasRole(Choices):
    """People who hold one of the roles, by code."""

    def where(self, value: list[str]) -> Q:
        holders = User.roles.through.objects.filter(role__code__in=value)
        return Q(pk__in=holders.values("user_id"))


class UserFilters(RecordFilters):
    team = Ids("team", label=_("Team"))
    region = Ids("region", label=_("Region"))
    department = Ids("department", label=_("Department"))
    role = HasRole("roles", label=_("Role"), choices=list(ROLE_NAMES.items()))
    industry = Holds("industries", label=_("Industry"))
    email = Words("email", label=_("E-mail"))
    is_active = Flag("is_active", label=_("Active"))


class UserList(ListSpec):
    key, model, filterset = "users", User, UserFilters
    orderings: ClassVar = {"name": "name", "id": "id", "created_at": "created_at"}
    default_ordering = "name"
    search = Search(columns=("name", "email"))


class RoleList(ListSpec):
    key, model = "roles", Role
    orderings: ClassVar = {"code": "code", "id": "id"}
    default_ordering = "code"

    def visible(self, user: User) -> QuerySet[Role]:
        return Role.objects.all() if user.may("users.view") else Role.objects.none()


class NameFilters(RecordFilters):
    name = Words("name", label=_("Name"))


class RegionList(ConfigList):
    key, model, rights, filterset = "regions", Region, "teams", NameFilters


class DepartmentList(ConfigList):
    key, model, rights, filterset = "departments", Department, "departments", NameFilters


class TeamFilters(NameFilters):
    region = Ids("region", label=_("Region"))
    manager = Ids("manager", people=True, label=_("Manager"))


class TeamList(ConfigList):
    key, model, rights, filterset = "teams", Team, "teams", TeamFilters


class TerritoryFilters(NameFilters):
    team = Ids("team", label=_("Team"))
    country = Holds("countries", label=_("Country"))


class TerritoryList(ConfigList):
    key, model, rights, filterset = "territories", Territory, "territories", TerritoryFilters
