"""REST doors of handovers: asked of a person, watched as a record of their own."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.response import Response

from salesflow.lib.api.records import Body, Records, deed, reading
from salesflow.lib.api.routes import Router
from salesflow.lib.api.shapes import Shape
from salesflow.people.api.resources import UserResource
from salesflow.people.models import User
from salesflow.work import services
from salesflow.work.lists import HandoverList
from salesflow.work.models import Handover, HandoverRow

LARGEST = 2**63 - 1


class HandoverShareBody(Body):
    """A person, and his share of the whole relative to the others'."""

    user = serializers.IntegerField(min_value=1, max_value=LARGEST)
    share = serializers.IntegerField(min_value=1, max_value=100, default=1)


class HandoverPreviewBody(Body):
    """`to` gets every kind by shares; `kinds` names others for single kinds, and nobody ([]) for what stays."""

    to = HandoverShareBody(many=True, required=False)
    kinds = serializers.DictField(child=HandoverShareBody(many=True), required=False)
    call_off = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        max_length=20,
        help_text='Kinds to be called off instead of moved; `["meetings"]` alone.',
    )


class HandOverBody(HandoverPreviewBody):
    deactivate = serializers.BooleanField(
        default=False, help_text="Take away the person's sign-in and tokens as well; for administrators."
    )


def _wanted(data: dict[str, Any]) -> dict[str, Any]:
    """The people and shares of a body as the services take them."""
    kinds = {key: _pairs(shares) for key, shares in data.get("kinds", {}).items()}
    return {"to": _pairs(data.get("to", ())), "kinds": kinds, "call_off": data.get("call_off", [])}


def _pairs(shares: Any) -> list[tuple[int, int]]:
    return [(each["user"], each["share"]) for each in shares]


class HandoverPreviewShare(serializers.Serializer):
    user = serializers.IntegerField()
    count = serializers.IntegerField()


class HandoverPreviewPart(serializers.Serializer):
    kind = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()
    to = HandoverPreviewShare(many=True, help_text="How many of them each person would get.")
    called_off = serializers.BooleanField()


class HandoverPreview(serializers.Serializer):
    kinds = HandoverPreviewPart(many=True)


class HandoverPart(serializers.Serializer):
    kind = serializers.CharField()
    to = serializers.IntegerField(allow_null=True, help_text="Null: they were called off.")
    moved = serializers.IntegerField(help_text="Moved, or called off.")
    refused = serializers.IntegerField()
    restarted = serializers.IntegerField(help_text="Running deadlines that began anew.")


class HandoverParts(serializers.Serializer):
    results = HandoverPart(many=True)


class HandoverShape(Shape):
    class Meta:
        model = Handover
        fields = (
            "id", "person", "by", "plan", "call_off", "deactivated", "status", "error", "total", "moved", "refused",
            "created_at", "updated_at", "finished_at", "version",
        )  # fmt: skip
        read_only_fields = fields


class HandoverRowShape(serializers.ModelSerializer[HandoverRow]):
    class Meta:
        model = HandoverRow
        fields = ("id", "kind", "record_id", "to", "code", "reason", "restarted")


class HandoverRows(serializers.Serializer):
    next_after = serializers.IntegerField(allow_null=True)
    results = HandoverRowShape(many=True)


class HandoverResource(Records):
    """Handovers: made by `POST /users/{id}/hand-over/`, done at once for up to 50 records, by a worker for more."""

    resource, spec, shape = "hand-overs", HandoverList(), HandoverShape
    rights: ClassVar = {"list": "jobs.view", "count": "jobs.view", "retrieve": "jobs.view"}

    @reading("jobs.view", answers=HandoverParts)
    def results(self, record: Handover) -> Response:
        """What each person got of each kind."""
        return Response(HandoverParts({"results": services.handover_results(record)}).data)

    @reading("jobs.view", answers=HandoverRows)
    def rows(self, record: Handover) -> Response:
        """What became of each record; `after=` goes on behind `next_after`."""
        after = self.request.query_params.get("after", "0")
        found = HandoverRow.objects.filter(handover=record).order_by("pk")
        if after.isascii() and after.isdigit() and len(after) < 19:
            found = found.filter(pk__gt=int(after))
        shown = list(found[:500])
        following = shown[-1].pk if len(shown) == 500 else None
        return Response({"next_after": following, "results": HandoverRowShape(shown, many=True).data})


@deed("leads.assign", body=HandOverBody, answers=HandoverShape, path="hand-over", status=202)
def hand_over(self: Any, record: User, data: dict[str, Any]) -> Response:
    """Move what a leaver or mover holds to one or several people; `GET /hand-overs/{id}/` tells how far it is."""
    made = services.handover_start(
        person=record, by=self.request.user, deactivate=data["deactivate"], **_wanted(data)
    )
    return Response(HandoverShape(made, context=self.get_serializer_context()).data, status=202)


@deed("leads.assign", body=HandoverPreviewBody, answers=HandoverPreview, path="hand-over/preview")
def hand_over_preview(self: Any, record: User, data: dict[str, Any]) -> Response:
    """How much of each kind the person holds, and how much of it each person would get; nothing is moved."""
    parts = services.handover_preview(person=record, by=self.request.user, **_wanted(data))
    shown = [
        {
            "kind": part["kind"].key, "label": str(part["kind"].label), "count": part["count"],
            "to": [{"user": user, "count": number} for user, number in part["to"].items()],
            "called_off": part["called_off"],
        }
        for part in parts
    ]  # fmt: skip
    return Response(HandoverPreview({"kinds": shown}).data)


def route(router: Router) -> None:
    router.add(HandoverResource)
    router.add_deed(UserResource, hand_over)
    router.add_deed(UserResource, hand_over_preview)
