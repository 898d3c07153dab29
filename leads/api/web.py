"""Forms on the company's own pages, and addresses for what platforms send."""

from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from leads.lists import LeadWebhookList, SubmissionList, WebFormList
from leads.models import FormSubmission, LeadWebhook, WebForm
from leads.models.web import ASKABLE
from leads.services.webhooks import webhook_secret_set
from leads.web.messages import message_retry
from salesflow.lib.api.records import Records, deed, standard_rights
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


class LeadWebhookShape(Shape):
    """An address for signed messages. `mapping`: path in the message → field of the lead, `custom.…` or `utm.…`."""

    url = serializers.SerializerMethodField()
    has_secret = serializers.SerializerMethodField()
    mapping = serializers.DictField(child=serializers.CharField(max_length=70), required=False)

    class Meta:
        model = LeadWebhook
        fields = (
            "id", "name", "url", "source", "campaign", "mapping", "assignment", "is_active", "has_secret",
            "former_until", "archived_at", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "id", "url", "has_secret", "former_until", "archived_at", "created_at", "updated_at", "version",
        )  # fmt: skip

    @extend_schema_field(serializers.URLField)
    def get_url(self, webhook: LeadWebhook) -> str:
        return f"{settings.SITE_URL}{webhook.get_absolute_url()}"

    def get_has_secret(self, webhook: LeadWebhook) -> bool:
        return bool(webhook.secret)


class SecretBody(Body):
    """The secret the platform has made; left out, one is made here."""

    secret = serializers.CharField(max_length=200, required=False, allow_blank=True)


class SecretShape(Body):
    secret = serializers.CharField()


class LeadWebhookResource(ConfigRecords):
    """Addresses of advertising platforms and marketplaces: what they send, signed, becomes a lead."""

    resource, spec, shape = "lead-webhooks", LeadWebhookList(), LeadWebhookShape
    rights = standard_rights("web_forms")

    @deed("web_forms.edit", path="new-secret", body=SecretBody, answers=SecretShape)
    def new_secret(self, record: LeadWebhook, data: dict[str, Any]) -> Response:
        """Set the secret messages are signed with; it is answered once. The former one is good for another day.

        Under an `Idempotency-Key` the same answer is repeated for a day; it is kept sealed.
        """
        secret = webhook_secret_set(webhook=record, by=self.request.user, secret=data.get("secret", ""))
        return Response({"secret": secret})


class SubmissionShape(Shape):
    """What was sent, once. `values` are what it said of a lead; `reason` why it became none."""

    class Meta:
        model = FormSubmission
        fields = ("id", "form", "webhook", "result", "lead", "values", "page_url", "reason", "received_at")
        read_only_fields = fields


class SubmissionResource(Records):
    """What came by web forms and inbound webhooks; for those who keep them."""

    resource, spec, shape = "form-submissions", SubmissionList(), SubmissionShape
    closed = True
    rights: ClassVar = dict.fromkeys(("list", "count", "retrieve"), "web_forms.edit")

    def for_shape(self, rows: QuerySet[FormSubmission]) -> QuerySet[FormSubmission]:
        return rows.defer("body")

    @deed("web_forms.edit")
    def retry(self, record: FormSubmission, data: dict[str, Any]) -> None:
        """Take a rejected message up again, by the mapping as it is now; `result` says what became of it."""
        message_retry(submission=record, by=self.request.user)
