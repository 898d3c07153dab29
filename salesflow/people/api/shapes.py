"""People and places as REST gives and takes them."""

from typing import Any

from rest_framework import serializers

from salesflow.lib.api.shapes import Shape
from salesflow.people.models import Department, Region, Role, Team, Territory, User, Workspace

KEPT = ("id", "created_at", "updated_at", "version")


class RoleCodes(serializers.ListField):
    """The codes of a person's roles."""

    child = serializers.CharField(max_length=40)

    def get_attribute(self, instance: User) -> list[str]:
        return sorted(role.code for role in instance.roles.all())


class UserShape(Shape):
    roles = RoleCodes(required=False)

    class Meta:
        model = User
        read_only_fields = (*KEPT, "email")
        fields = (
            "id", "email", "name", "is_active", "roles", "team", "region", "department", "industries", "language",
            "time_zone", "capacity", "daily_cap", "weight", "absent_from", "absent_until", "deputy",
            "follows_written", "signature", "created_at", "updated_at", "version",
        )  # fmt: skip


class NewUserShape(UserShape):
    """A new person; without a password nobody can sign in as him until one is set."""

    password = serializers.CharField(write_only=True, max_length=128, trim_whitespace=False, required=False)
    roles = RoleCodes()

    class Meta(UserShape.Meta):
        read_only_fields = KEPT
        fields = (*UserShape.Meta.fields, "password")


class RoleShape(Shape):
    name = serializers.CharField(source="__str__", read_only=True)
    rights = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Role
        fields = ("id", "code", "name", "rights")
        read_only_fields = fields


class RegionShape(Shape):
    class Meta:
        model = Region
        fields = ("id", "name", "created_at", "updated_at", "version")
        read_only_fields = KEPT


class DepartmentShape(Shape):
    class Meta:
        model = Department
        fields = ("id", "name", "created_at", "updated_at", "version")
        read_only_fields = KEPT


class TeamShape(Shape):
    class Meta:
        model = Team
        fields = ("id", "name", "region", "manager", "created_at", "updated_at", "version")
        read_only_fields = KEPT


class TerritoryShape(Shape):
    class Meta:
        model = Territory
        fields = (
            "id",
            "name",
            "team",
            "countries",
            "regions",
            "cities",
            "created_at",
            "updated_at",
            "version",
        )
        read_only_fields = KEPT


class WorkspaceShape(Shape):
    class Meta:
        model = Workspace
        fields = (
            "name", "time_zone", "base_currency", "language", "phone_region", "week_start", "placeholder_values",
            "api_requests_per_minute", "export_large_rows", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = ("updated_at", "version")


class MeShape(UserShape):
    """The person who asks, with what his roles give him."""

    rights = serializers.SerializerMethodField()

    class Meta(UserShape.Meta):
        fields = (*UserShape.Meta.fields, "rights")

    def get_rights(self, user: User) -> dict[str, Any]:
        return dict(sorted(user.rights.items()))


class HitShape(serializers.Serializer):
    """A record that was found."""

    id = serializers.IntegerField()
    label = serializers.CharField(source="title")
    detail = serializers.CharField(source="note", help_text="A few words to tell it from others.")
    url = serializers.CharField(help_text="Its page.")


class GroupShape(serializers.Serializer):
    """What was found of one kind, best first."""

    resource = serializers.CharField(source="searched.key")
    label = serializers.CharField(source="searched.label")
    results = HitShape(many=True, source="hits")


class FoundShape(serializers.Serializer):
    """What was found, by kind; kinds without a hit are left out."""

    groups = GroupShape(many=True)
