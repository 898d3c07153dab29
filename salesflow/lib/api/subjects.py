"""Naming the record something hangs on, over REST: by kind and id, for one that the caller may see."""

from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from salesflow.lib.api.shapes import Shape
from salesflow.lib.subjects import type_named, visible_subject


class SubjectTypeField(serializers.CharField):
    """The kind of record it hangs on: `leads.lead`, or in short `lead`."""

    default_error_messages: ClassVar = {"unknown_subject": _("Unknown kind of record.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not text:
            return text
        type_ = type_named(text)
        if type_ is None:
            self.fail("unknown_subject")
        return type_


class OnSubjectShape(Shape):
    """Takes `subject_type` and `subject_id` for one that its writer may see; gives the record itself as `subject`."""

    subject_type = SubjectTypeField()
    subject_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        type_, id_ = data.pop("subject_type", ""), data.pop("subject_id", None)
        if bool(type_) != (id_ is not None):
            missing = "subject_id" if type_ else "subject_type"
            raise serializers.ValidationError({missing: _("Both or neither.")}, code="required")
        if type_ and not self.partial:
            data["subject"] = self._subject(type_, id_)
        return data

    def _subject(self, type_: str, id_: Any) -> Any:
        try:
            return visible_subject(self.context["request"].user, type_, id_)
        except Http404:
            words = _("There is no such record, or you may not see it.")
            raise serializers.ValidationError({"subject_id": words}, code="does_not_exist") from None
