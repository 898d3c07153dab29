"""Serializers as allow-lists: what is not named can be neither read nor written."""

import copy
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.relations import PKOnlyObject
from rest_framework.validators import UniqueValidator

from salesflow.lib import fields as field_policy

_LONGEST_MOMENT = 40


class Strict:
    """Refuses names it does not know, so that a misspelt field is told and not dropped.

    Fields that are only read may be sent back as they came; they are ignored.
    """

    def known(self) -> Collection[str]:
        """The names of all fields."""
        return self.fields  # type: ignore[attr-defined]

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.known()))
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: [serializers.ErrorDetail(_("There is no such field."), "unknown_field")]
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)  # type: ignore[misc]


class Moment(serializers.DateTimeField):
    """A moment: any offset in, UTC out. One without an offset is taken as UTC."""

    default_error_messages: ClassVar = {"out_of_range": _("This lies outside the years 1900 to 2999.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        if isinstance(value, str) and len(value) > _LONGEST_MOMENT:
            self.fail("invalid", format="ISO 8601")
        moment = super().to_internal_value(value)
        if not 1900 <= moment.year <= 2999:
            # years near the ends of the calendar break when they are shown in another zone
            self.fail("out_of_range")
        return moment

    def to_representation(self, value: Any) -> Any:
        if type(value) is datetime and value.tzinfo is UTC:  # as the database gives them: nothing to convert
            return f"{value.isoformat()[:-6]}Z"
        return super().to_representation(value)


class Money(serializers.DecimalField):
    """An amount as a decimal string; its currency stands in the field beside it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 16)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(**kwargs)


class Ref(serializers.PrimaryKeyRelatedField):
    """The id of another record, which the writer must be able to see."""

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        request = self.context.get("request")
        if request is not None and hasattr(rows, "visible_to"):
            return rows.visible_to(request.user)
        return rows

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool | float | dict | list):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


#: How a field of a row is shown: its name, the attribute of the row (empty where the field itself must look), the
#: field, and what makes of the value what is shown; for a method of the shape the method's name, and nothing.
_Column = tuple[str, str, Any, Callable[[Any], Any] | None]
#: Fields that show a value the same way to everybody.
_FREE = (
    serializers.BooleanField, serializers.CharField, serializers.ChoiceField, serializers.DateField,
    serializers.DecimalField, serializers.EmailField, serializers.FloatField, serializers.IntegerField,
    serializers.BigIntegerField, serializers.JSONField, serializers.SlugField, serializers.URLField, Moment, Money,
)  # fmt: skip


def _column(field: Any, column: Any) -> _Column:
    kind = type(field)
    if kind is serializers.SerializerMethodField:
        return field.field_name, "", field.method_name, None
    plain = kind.get_attribute is serializers.Field.get_attribute
    if column is not None and kind in (Ref, serializers.PrimaryKeyRelatedField) and not field.pk_field:
        return field.field_name, column.attname, field, _itself
    if column is not None and plain and not column.is_relation:
        json = kind is serializers.JSONField and not field.binary
        return field.field_name, column.attname, field, _itself if json else field.to_representation
    return field.field_name, "", field, field.to_representation


def _is_free(field: Any) -> bool:
    if type(field) is serializers.ListField:
        return type(field.child) in _FREE
    return type(field) in (*_FREE, Ref, serializers.PrimaryKeyRelatedField)


class Body(Strict, serializers.Serializer):
    """What a deed takes with it."""


class Nothing(Body):
    """A deed that takes nothing."""


class Shape(Strict, serializers.ModelSerializer):
    """A record as REST gives and takes it. `Meta.fields` is the allow-list, `Meta.read_only_fields` what only leaves.

    The fields are worked out from the model once per class and copied afterwards, since doing it for every request
    costs more than the query. Uniqueness is the database's and the services' to judge, not the parser's.
    """

    serializer_related_field = Ref
    serializer_field_mapping: ClassVar = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Moment,
    }
    _prototypes: ClassVar[dict[type, dict[str, Any]]] = {}
    _reading: ClassVar[dict[tuple[type, frozenset[str]], list[_Column]]] = {}

    class Meta:
        model: type[models.Model]
        fields: tuple[str, ...] = ()

    def get_fields(self) -> dict[str, Any]:
        made = self._prototypes.get(type(self))
        if made is None:
            made = self._prototypes[type(self)] = super().get_fields()
        hidden = self._hidden()
        names = made.keys() - hidden
        given = getattr(self, "initial_data", None)
        if self.context.get("only_parses") and isinstance(given, dict):
            # what the body does not name and nothing stands for is not asked either
            names = {name for name in names if name in given or _speaks(made[name])}
        return {name: _fresh(field) for name, field in made.items() if name in names}

    def known(self) -> Collection[str]:
        here = self.fields.keys()  # this works out those of the class
        return here | (self._prototypes[type(self)].keys() - self._hidden())

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """As the framework's own, without asking for every row again how each field is to be read."""
        if not isinstance(instance, self.Meta.model):
            return super().to_representation(instance)
        shown = {}
        for name, attribute, field, show in self._columns:
            if show is None:  # a method of ours
                shown[name] = getattr(self, field)(instance)
                continue
            if attribute:
                value = known = getattr(instance, attribute)
            else:
                try:
                    value = field.get_attribute(instance)
                except SkipField:
                    continue
                known = value.pk if isinstance(value, PKOnlyObject) else value
            shown[name] = None if known is None else show(value)
        return shown

    @cached_property
    def _columns(self) -> list[_Column]:
        """How each field is read. Worked out once per class where none of the fields asks who reads."""
        hidden = self._hidden()
        kept = self._reading.get((type(self), hidden))
        if kept is not None:
            return kept
        own = {field.name: field for field in self.Meta.model._meta.concrete_fields}
        found = [_column(field, own.get(field.source)) for field in self._readable_fields]
        if all(show is None or (attribute and _is_free(field)) for _name, attribute, field, show in found):
            self._reading[type(self), hidden] = [self._of_nobody(each) for each in found]
        return found

    def _of_nobody(self, column: _Column) -> _Column:
        """The same column without this reader: read by the field of the class."""
        name, attribute, _mine, show = column
        if show is None:
            return column
        alike = self._prototypes[type(self)][name]
        return name, attribute, None, show if show is _itself else alike.to_representation

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[type, dict[str, Any]]:
        kind, kwargs = super().build_standard_field(field_name, model_field)
        if "validators" in kwargs:
            kwargs["validators"] = [v for v in kwargs["validators"] if not isinstance(v, UniqueValidator)]
        if model_field.has_db_default() and not kwargs.get("read_only"):
            # the framework knows only of defaults made in Python
            kwargs["required"] = False
        return kind, kwargs

    def get_uniqueness_extra_kwargs(
        self, field_names: Any, declared_fields: Any, extra_kwargs: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        return extra_kwargs, {}

    def get_validators(self) -> list[Any]:
        return []

    def _hidden(self) -> frozenset[str]:
        request, resource = self.context.get("request"), self.context.get("resource")
        if request is None or resource is None:
            return frozenset()
        return field_policy.hidden(resource, request.user)


def _fresh(field: Any) -> Any:
    """A field like this one that belongs to no serializer yet.

    The framework's own copy runs the field's constructor anew; what a plain field holds does not change once it is
    made, so that it may be shared. Fields with others inside, which know their parent, are copied as a whole.
    """
    if isinstance(field, serializers.BaseSerializer) or _CHILDREN & field.__dict__.keys():
        return copy.deepcopy(field)
    made = object.__new__(type(field))
    made.__dict__.update(field.__dict__)
    return made


def _speaks(field: Any) -> bool:
    """Whether a field has something to say when its name is missing: that it is required, or its default."""
    return not field.read_only and (field.required or field.default is not serializers.empty)


_CHILDREN = {"child", "child_relation"}


def _itself(value: Any) -> Any:
    return value
