"""Forms on the company's own pages."""

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leads.lists import WebFormList
from leads.models import WebForm
from leads.models.web import ASKABLE
from salesflow.lib.api.records import standard_rights
from salesflow.lib.api.shapes import Body, Shape
from salesflow.people.api.config_records import ConfigRecords


class QuestionShape(Body):
    """What a form asks: a field of the lead, the words it is asked with (empty: the usual ones), whether it must be."""

    name = serializers.CharField(
        max_length=70, help_text=f"One of {', '.join(ASKABLE)}, or custom.<key> for a field added to leads."
    )
    label = serializers.CharField(max_length=120, required=False, allow_blank=True)
    required = serializers.BooleanField(required=False)


class WebFormShape(Shape):
    """A form; `url` is where it is shown and what it is posted to."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = WebForm
        fields = (
            "id", "name", "url", "source", "campaign", "title", "fields", "language", "consent_text",
            "consent_version", "redirect_url", "allowed_origins", "assignment", "daily_limit", "tracks_visits",
            "is_active", "archived_at", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = ("id", "url", "archived_at", "created_at", "updated_at", "version")

    def get_fields(self) -> dict[str, serializers.Field]:
        # a class attribute of this name would hide the shape's own fields
        return {**super().get_fields(), "fields": QuestionShape(many=True, required=False)}

    @extend_schema_field(serializers.URLField)
    def get_url(self, form: WebForm) -> str:
        return f"{settings.SITE_URL}{form.get_absolute_url()}"


class WebFormResource(ConfigRecords):
    """Forms of campaigns, for the company's own pages; strangers fill them in at their `url`."""

    resource, spec, shape = "web-forms", WebFormList(), WebFormShape
    rights = standard_rights("web_forms")
