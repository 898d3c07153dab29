"""REST doors of following, for every resource whose records can be followed."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from salesflow.lib.api.records import deed, reading
from salesflow.work.services import record_follow, record_unfollow
from salesflow.work.services.follows import followers_of


class FollowerShape(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()


class FollowersShape(serializers.Serializer):
    """Who follows a record, and whether the person who asks does."""

    count = serializers.IntegerField()
    following = serializers.BooleanField()
    followers = FollowerShape(many=True)


class Followed:
    """Follow, unfollow, and who follows; whoever sees a record may."""

    @deed(None)
    def follow(self: Any, record: Any, data: dict[str, Any]) -> None:
        """Be told what happens on this record from now on; once more changes nothing."""
        record_follow(subject=record, by=self.request.user)

    @deed(None, archived_too=True)
    def unfollow(self: Any, record: Any, data: dict[str, Any]) -> None:
        """Be told no more; of an archived record too."""
        record_unfollow(subject=record, by=self.request.user)

    @reading(None, answers=FollowersShape)
    def followers(self: Any, record: Any) -> Response:
        """Who follows this record, by name."""
        people = followers_of(record)
        following = self.request.user.pk in {user.pk for user in people}
        return Response(
            FollowersShape({"count": len(people), "following": following, "followers": people}).data
        )
