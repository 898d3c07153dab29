"""`/duplicate-pairs/`: leads that may be one, and what is decided about them."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.response import Response

from leads.api.shapes import MergeFields
from leads.lists import DuplicatePairList
from leads.models import DuplicatePair
from leads.services.pairs import pair_keep_apart, pair_merge, pair_reopen, search_ask
from salesflow.lib.api.records import Records, common_deed, deed
from salesflow.lib.api.shapes import Body, Moment, Shape


class DuplicatePairShape(Shape):
    """Two leads that may be one; `first` is the older.

    `score` is 100 for an equal key, else how probable it is in percent; `parts` says how alike each column is that both
    fill.
    """

    class Meta:
        model = DuplicatePair
        fields = (
            "id", "first", "second", "score", "reason", "parts", "state", "found_at", "decided_by", "decided_at",
        )  # fmt: skip
        read_only_fields = fields


class PairMergeBody(MergeFields):
    """`keep` is the id of the lead that stays; `fields` maps a field to the side whose value is kept."""

    keep = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class SearchAnswer(Body):
    """The search that was asked for."""

    due_at = Moment()
    started_at = Moment(allow_null=True)


class DuplicatePairResource(Records):
    """Leads that may be one, found by comparing all with all; seen by who sees both."""

    resource, spec, shape = "duplicate-pairs", DuplicatePairList(), DuplicatePairShape
    rights: ClassVar = {"list": "leads.view", "count": "leads.view", "retrieve": "leads.view"}

    @deed("leads.merge", path="keep-apart")
    def keep_apart(self, record: DuplicatePair, data: dict[str, Any]) -> None:
        """Say that the two are not the same; it stays said."""
        pair_keep_apart(one=record.first, other=record.second, by=self.request.user)

    @deed("leads.merge")
    def reopen(self, record: DuplicatePair, data: dict[str, Any]) -> None:
        """Take that back."""
        pair_reopen(pair=record, by=self.request.user)

    @deed("leads.merge", body=PairMergeBody)
    def merge(self, record: DuplicatePair, data: dict[str, Any]) -> None:
        """Merge the two into the one that is kept; `POST /leads/{id}/unmerge/` undoes it."""
        pair_merge(pair=record, keep=data["keep"], by=self.request.user, fields=data["fields"])

    @common_deed("leads.assign", status=202, answers=SearchAnswer)
    def search(self, data: dict[str, Any]) -> Response:
        """Have all leads compared with each other now; the pairs are renewed when a worker is done."""
        search = search_ask(by=self.request.user)
        return Response(SearchAnswer(search).data, status=202)
