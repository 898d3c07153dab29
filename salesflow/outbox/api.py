"""The REST doors of webhooks, of what they were told, and of how one is told oneself."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from salesflow.journal.texts import notice_title
from salesflow.lib.api.doors import Door
from salesflow.lib.api.records import Archiving, Changing, Creating, Records, deed, standard_rights
from salesflow.lib.api.shapes import Ref, Shape, Strict
from salesflow.lib.api.writes import etag, matching
from salesflow.outbox import services
from salesflow.outbox.lists import WebhookDeliveryList, WebhookList
from salesflow.outbox.models import NoticeSettings, Webhook, WebhookDelivery
from salesflow.outbox.services import notices
from salesflow.outbox.services.notices.wishes import MAILS
from salesflow.people.models import User

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


class WebhookShape(Shape):
    """Without `kinds` it is told of all that its owner may see; `GET webhooks/kinds/` names them."""

    owner = Ref(
        queryset=User.objects.all(), required=False, help_text="It is told of what this person may see."
    )
    kinds = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=500)
    ended = serializers.CharField(
        read_only=True,
        help_text="Why it was switched off by itself: `failing` for three days, `gone` (410), or empty.",
    )
    secret = serializers.SerializerMethodField(
        help_text="`whsec_…`, in the answer to `POST webhooks/` and `rotate-secret/` only; null otherwise."
    )

    class Meta:
        model = Webhook
        fields = (
            "id", "name", "url", "owner", "kinds", "is_active", "ended", "failing_since", "former_until", "secret",
            "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "id", "ended", "failing_since", "former_until", "created_at", "updated_at", "version",
        )  # fmt: skip

    def get_secret(self, webhook: Webhook) -> str | None:
        return getattr(webhook, "shown_secret", None)


class WebhookDeliveryShape(Shape):
    class Meta:
        model = WebhookDelivery
        fields = (
            "id", "webhook", "message_id", "event_id", "kind", "payload", "state", "attempts", "due_at",
            "created_at", "delivered_at", "attempted_at", "seconds", "request_headers", "response_status",
            "response_headers", "response_body", "error",
        )  # fmt: skip
        read_only_fields = fields


class KindsAnswer(serializers.Serializer):
    kinds = serializers.ListField(child=serializers.CharField())


class WebhookResource(Creating, Changing, Archiving, Records):
    """Addresses that are told what happens, by the rules of Standard Webhooks."""

    resource, spec, shape, closed = "webhooks", WebhookList(), WebhookShape, True
    rights = standard_rights("webhooks")

    def add(self, *, by: User, **values: Any) -> Webhook:
        webhook, secret = services.webhook_create(by=by, **values)
        return _with(webhook, secret)

    def change(self, record: Webhook, *, by: User, **values: Any) -> Webhook:
        return services.webhook_change(webhook=record, by=by, **values)

    def archive(self, record: Webhook, *, by: User) -> None:
        services.webhook_archive(webhook=record, by=by)

    def unarchive(self, record: Webhook, *, by: User) -> None:
        services.webhook_restore(webhook=record, by=by)

    def fresh(self, record: Any) -> Webhook:
        return _with(super().fresh(record), getattr(record, "shown_secret", None))

    @deed("webhooks.edit")
    def rotate_secret(self, record: Webhook, data: dict[str, Any]) -> None:
        """Give it another secret; for 24 hours messages carry the signatures of both."""
        _webhook, secret = services.webhook_rotate(webhook=record, by=self.request.user)
        _with(record, secret)

    @deed("webhooks.edit", answers=WebhookDeliveryShape, status=202)
    def test(self, record: Webhook, data: dict[str, Any]) -> Response:
        """Send a message of kind `webhook.test`; answers its delivery, which says later what came of it."""
        delivery = services.webhook_test(webhook=record, by=self.request.user)
        delivery.refresh_from_db()
        return Response(WebhookDeliveryShape(delivery).data, status=202)


class WebhookDeliveryResource(Records):
    """What was told to whom in the last thirty days, with heads and answer of the last attempt."""

    resource, spec, shape = "webhook-deliveries", WebhookDeliveryList(), WebhookDeliveryShape
    closed = True
    rights = standard_rights("webhooks")

    @deed("webhooks.edit")
    def replay(self, record: WebhookDelivery, data: dict[str, Any]) -> None:
        """Send it again, under the same message id."""
        services.webhook_replay(delivery=record, by=self.request.user)


class NoticeWishShape(Strict, serializers.Serializer):
    """How one kind of notice comes."""

    kind = serializers.CharField(max_length=60)
    text = serializers.CharField(read_only=True)
    bell = serializers.BooleanField(required=False, help_text="Whether it counts at the bell.")
    mail = serializers.ChoiceField(choices=MAILS, required=False)


class NoticeSettingsShape(Strict, serializers.Serializer):
    """Times are of one's own zone. Quiet hours hold back mails that would come at once."""

    quiet_from = serializers.TimeField(required=False, allow_null=True)
    quiet_until = serializers.TimeField(required=False, allow_null=True)
    digest_at = serializers.TimeField(required=False)
    has_mail_server = serializers.BooleanField(read_only=True)
    kinds = serializers.ListField(child=NoticeWishShape(), required=False, max_length=200)
    version = serializers.IntegerField(read_only=True)


class NotificationSettings(Door):
    """How one is told of one's own notices: at the bell, by mail at once, or in a digest."""

    resource = "notification-settings"
    rights: ClassVar = {"get": "notices.view", "patch": "notices.edit"}
    serializer_class = NoticeSettingsShape

    def get(self, request: Request) -> Response:
        """One's own settings."""
        self.need("get")
        return self._answer(notices.notice_settings(self._person()))

    def patch(self, request: Request) -> Response:
        """Change one's own settings; kinds that are not named stay as they are."""
        self.need("patch")
        made = NoticeSettingsShape(data=request.data, partial=True)
        made.is_valid(raise_exception=True)
        values = dict(made.validated_data)
        if "kinds" in values:
            values["kinds"] = {row.pop("kind"): row for row in map(dict, values["kinds"])}
        held = notices.notice_settings(self._person())
        return self._answer(
            matching(request, held, lambda: notices.notice_settings_change(by=self._person(), **values))
        )

    def _person(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def _answer(self, held: NoticeSettings) -> Response:
        rows = [
            {"kind": kind, "text": notice_title(kind), **asdict(notices.wish_for(held, kind))}
            for kind in notices.kinds_for(self._person())
        ]
        shown = {
            "quiet_from": held.quiet_from,
            "quiet_until": held.quiet_until,
            "digest_at": held.digest_at,
            "has_mail_server": services.mail_server().is_set_up,
            "kinds": rows,
            "version": held.version,
        }
        return Response(NoticeSettingsShape(shown).data, headers={"ETag": etag(held)})


def _with(webhook: Webhook, secret: str | None) -> Webhook:
    """To be shown with its secret, this once."""
    webhook.shown_secret = secret  # type: ignore[attr-defined]
    return webhook


def route(router: "Router") -> None:
    router.add(WebhookResource, WebhookDeliveryResource)
    router.add_single("notification-settings/", NotificationSettings)
