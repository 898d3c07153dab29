"""REST door of the fields that are added to kinds of record."""

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from salesflow.lib.api.records import standard_rights
from salesflow.lib.api.shapes import Shape
from salesflow.people.api.config_records import ConfigRecords
from salesflow.people.models import User
from salesflow.work.lists import CustomFieldList
from salesflow.work.models import CustomField
from salesflow.work.services import custom_field_change, custom_field_create

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


class CustomFieldShape(Shape):
    """A field; `retired` are choices that were taken away while records held them."""

    choice_names = serializers.JSONField(
        required=False, help_text="First name of a choice -> what it is called now."
    )
    choice_names_zh = serializers.JSONField(
        required=False, help_text="First name of a choice -> what who reads Chinese is shown."
    )
    default = serializers.JSONField(
        required=False, allow_null=True, help_text="A value of its kind, as a record's `custom` takes it."
    )

    class Meta:
        model = CustomField
        fields = (
            "id", "resource", "key", "label", "label_zh", "kind", "choices", "choice_names", "choice_names_zh",
            "retired", "required", "default", "help_text", "group", "position", "indexed", "index_state",
            "index_error", "archived_at", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "id", "retired", "index_state", "index_error", "archived_at", "created_at", "updated_at", "version"
        )  # fmt: skip


class CustomFieldChangeShape(CustomFieldShape):
    """Values lie under the key: it stays what it was."""

    class Meta(CustomFieldShape.Meta):
        read_only_fields = (*CustomFieldShape.Meta.read_only_fields, "resource", "key")


class CustomFieldResource(ConfigRecords):
    """Fields an administrator added to a kind of record; their values are in its `custom`.

    Another `kind` is refused (409 `has_values`) once records have values. A choice left out of `choices` while records
    hold it is `retired`: they keep it, nobody can choose it anew. To rename one, change `choice_names`; what it is
    called in Chinese says `choice_names_zh`, and any of its names is read. One that is
    `indexed` gets an index beside the work that goes on (`index_state` waiting, building, ready, failed, dropping);
    once it is ready, lists can be sorted by a number, money or a date: `ordering=custom.<key>`.
    """

    resource, spec, shape, change_shape = (
        "custom-fields",
        CustomFieldList(),
        CustomFieldShape,
        CustomFieldChangeShape,
    )
    rights = standard_rights("custom_fields")

    def add(self, *, by: User, **values: Any) -> Any:
        return custom_field_create(by=by, **values)

    def change(self, record: Any, *, by: User, **values: Any) -> Any:
        return custom_field_change(field=record, by=by, **values)


def route(router: "Router") -> None:
    router.add(CustomFieldResource)
