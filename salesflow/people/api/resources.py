"""REST doors of people, places and the workspace."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from salesflow.lib.api.doors import Door
from salesflow.lib.api.records import Changing, Creating, Records, deed, standard_rights
from salesflow.lib.api.writes import etag, matching
from salesflow.lib.search_registry import search_all, search_keys
from salesflow.people.api import shapes
from salesflow.people.api.config_records import ConfigRecords
from salesflow.people.lists import DepartmentList, RegionList, RoleList, TeamList, TerritoryList, UserList
from salesflow.people.models import User
from salesflow.people.services import user_change, user_create, workspace, workspace_change


class UserResource(Creating, Changing, Records):
    """People. DELETE takes away the sign-in, `restore` gives it back."""

    resource, spec, shape, new_shape = "users", UserList(), shapes.UserShape, shapes.NewUserShape
    rights = standard_rights("users", restore="users.edit")
    # everybody may change some of his own fields, which the service knows
    on_oneself = frozenset({"update", "partial_update"})

    def for_shape(self, rows: QuerySet[User]) -> QuerySet[User]:
        return rows.prefetch_related("roles")

    def add(self, *, by: User, password: str | None = None, **values: Any) -> User:
        return user_create(by=by, password=password, **values)

    def change(self, record: User, *, by: User, **values: Any) -> User:
        return user_change(user=record, by=by, **values)

    def destroy(self, request: Request, pk: str) -> Response:
        """Take away a person's sign-in."""
        user = self.record(pk)
        self.need("destroy")
        matching(request, user, lambda: user_change(user=user, by=request.user, is_active=False))
        return Response(status=204)

    @deed("users.edit")
    def restore(self, record: User, data: dict[str, Any]) -> User:
        """Give a person the sign-in back."""
        return user_change(user=record, by=self.request.user, is_active=True)


class RoleResource(Records):
    """Roles and the rights each gives, with the scope: own, team, region or all."""

    resource, spec, shape = "roles", RoleList(), shapes.RoleShape
    rights = standard_rights("users")


class RegionResource(ConfigRecords):
    """Sales regions."""

    resource, spec, shape = "regions", RegionList(), shapes.RegionShape
    rights = standard_rights("teams")


class DepartmentResource(ConfigRecords):
    """Departments."""

    resource, spec, shape = "departments", DepartmentList(), shapes.DepartmentShape
    rights = standard_rights("departments")


class TeamResource(ConfigRecords):
    """Teams, each under one manager."""

    resource, spec, shape = "teams", TeamList(), shapes.TeamShape
    rights = standard_rights("teams")


class TerritoryResource(ConfigRecords):
    """Territories: the geography or segment a team sells to. An empty list of places matches every place."""

    resource, spec, shape = "territories", TerritoryList(), shapes.TerritoryShape
    rights = standard_rights("territories")


class WorkspaceSettings(Door):
    """The settings all share: there is one such record."""

    resource = "workspace-settings"
    rights: ClassVar = {"get": "workspace.view", "patch": "workspace.edit"}
    serializer_class = shapes.WorkspaceShape

    def get(self, request: Request) -> Response:
        """The settings."""
        self.need("get")
        return self._answer(workspace())

    def patch(self, request: Request) -> Response:
        """Change settings."""
        self.need("patch")
        shared = workspace()
        made = shapes.WorkspaceShape(shared, data=request.data, partial=True)
        made.is_valid(raise_exception=True)
        return self._answer(
            matching(request, shared, lambda: workspace_change(by=request.user, **made.validated_data))
        )

    @staticmethod
    def _answer(shared: Any) -> Response:
        return Response(shapes.WorkspaceShape(shared).data, headers={"ETag": etag(shared)})


class SearchResults(Door):
    """One search over all kinds of records."""

    resource = "search"
    rights: ClassVar = {"get": None}
    serializer_class = shapes.FoundShape

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, required=True, description="A fragment, Latin or Chinese."),
            OpenApiParameter(
                "limit", int, description="At most so many of each kind, 1 to 50; 8 by default."
            ),
            OpenApiParameter(
                "resource",
                str,
                many=True,
                explode=True,
                description="Only these kinds: `leads`, `customers` …",
            ),
        ]
    )
    def get(self, request: Request) -> Response:
        """What holds the fragment, by kind of record, best first."""
        params = request.query_params
        unknown = set(params) - {"q", "limit", "resource"}
        limit = params.get("limit", "8")
        errors = {
            name: ValidationError(_("There is no such filter."), code="unknown_filter") for name in unknown
        }
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:4]) <= 50):
            errors["limit"] = ValidationError(_("A number from 1 to 50."), code="invalid")
        if not params.get("q", "").strip():
            errors["q"] = ValidationError(_("Say what to look for."), code="required")
        kinds = params.getlist("resource")
        if set(kinds) - set(search_keys()):
            known = ", ".join(search_keys())
            errors["resource"] = ValidationError(
                _("Choose one of: %(known)s.") % {"known": known}, code="invalid_choice"
            )
        if errors:
            raise ValidationError(errors)
        groups = search_all(user=request.user, query=params["q"], limit=int(limit), keys=kinds)
        return Response(shapes.FoundShape({"groups": groups}).data)


class Me(Door):
    """Who asks, and what he may do."""

    resource = "users"
    rights: ClassVar = {"get": None}
    serializer_class = shapes.MeShape

    def get(self, request: Request) -> Response:
        """The person the token or session belongs to, with the scope of each right."""
        self.need("get")
        return Response(shapes.MeShape(request.user, context={"request": request}).data)
