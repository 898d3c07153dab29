"""What administrators keep about leads: sources, campaigns, reasons, pools, policies, rules."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.response import Response

from leads.lists import (
    CampaignList,
    PolicyList,
    PoolList,
    ReasonList,
    RuleList,
    SourceList,
    VerificationItemList,
    VerificationPolicyList,
)
from leads.models import (
    AssignmentRule,
    Campaign,
    FirstContactPolicy,
    LeadSource,
    Pool,
    Reason,
    VerificationItem,
    VerificationPolicy,
)
from leads.services import (
    assignment_rule_archive,
    assignment_rule_save,
    first_contact_policy_change,
    pool_archive,
    pool_save,
    verification_policy_change,
)
from leads.services.ledger import assignment_ledger
from salesflow.clocks.services import database_now
from salesflow.lib.api.records import Archiving, Changing, Creating, Records, reading, standard_rights
from salesflow.lib.api.shapes import Body, Moment, Money, Ref, Shape
from salesflow.lib.lists.filters import MomentField
from salesflow.people.api.config_records import ConfigRecords
from salesflow.people.models import Role, Team, User
from salesflow.people.services import config_record_restore

SMALL = 2**31 - 1
META = ("archived_at", "created_at", "updated_at", "version")


class SourceShape(Shape):
    cost = Money(required=False, allow_null=True)

    class Meta:
        model = LeadSource
        fields = ("id", "name", "channel", "kind", "requires_reachable", "cost", "currency", *META)
        read_only_fields = ("id", *META)


class SourceResource(ConfigRecords):
    """Where leads come from: a channel and a kind under it."""

    resource, spec, shape = "lead-sources", SourceList(), SourceShape
    rights = standard_rights("sources")


class CampaignShape(Shape):
    cost = Money(required=False, allow_null=True)

    class Meta:
        model = Campaign
        fields = ("id", "name", "source", "starts_on", "ends_on", "cost", "currency", *META)
        read_only_fields = ("id", *META)


class CampaignResource(ConfigRecords):
    """Dated efforts under a source, with their cost."""

    resource, spec, shape = "campaigns", CampaignList(), CampaignShape
    rights = standard_rights("campaigns")


class ReasonShape(Shape):
    class Meta:
        model = Reason
        fields = ("id", "kind", "code", "name", "position", *META)
        read_only_fields = ("id", *META)


class ReasonResource(ConfigRecords):
    """The lists people choose from when disqualifying or returning a lead."""

    resource, spec, shape = "lead-reasons", ReasonList(), ReasonShape
    rights = standard_rights("reasons")


class LimitShape(Body):
    """A limit of a pool for one user, team or role (by code)."""

    user = Ref(queryset=User.objects.all(), required=False, allow_null=True)
    team = Ref(queryset=Team.objects.all(), required=False, allow_null=True)
    role = serializers.SlugRelatedField("code", queryset=Role.objects.all(), required=False, allow_null=True)
    max_held = serializers.IntegerField(min_value=0, max_value=SMALL, required=False, allow_null=True)
    max_claims_per_day = serializers.IntegerField(
        min_value=0, max_value=SMALL, required=False, allow_null=True
    )


class PoolShape(Shape):
    """A public pool; null switches a limit off, `limits` hold for single users, teams or roles instead."""

    members = Ref(queryset=User.objects.active(), many=True, required=False)
    managers = Ref(queryset=User.objects.active(), many=True, required=False)
    limits = LimitShape(many=True, required=False)

    class Meta:
        model = Pool
        fields = (
            "id", "name", "is_default", "members", "managers", "max_held", "max_claims_per_day", "cooldown_seconds",
            "protection_seconds", "return_after_idle_seconds", "review_after_returns", "rehand",
            "held_excludes_grades", "mask_contacts", "max_reveals_per_day", "own_team_first_seconds", "limits", *META,
        )  # fmt: skip
        read_only_fields = ("id", *META)


class PoolResource(Creating, Changing, Archiving, Records):
    """Public pools, with their members, managers and limits."""

    resource, spec, shape = "pools", PoolList(), PoolShape
    rights = standard_rights("pools")

    def for_shape(self, rows: QuerySet[Pool]) -> QuerySet[Pool]:
        return rows.prefetch_related("members", "managers", "limits__user", "limits__team", "limits__role")

    def add(self, *, by: User, **values: Any) -> Pool:
        return pool_save(by=by, **values)

    def change(self, record: Pool, *, by: User, **values: Any) -> Pool:
        return pool_save(pool=record, by=by, **values)

    def archive(self, record: Pool, *, by: User) -> None:
        pool_archive(pool=record, by=by)

    def unarchive(self, record: Pool, *, by: User) -> None:
        config_record_restore(record, by=by, rights="pools")


class PolicyShape(Shape):
    """How long an owner of a lead of this grade has for the first contact, in seconds."""

    remind_at_percent = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=99), max_length=10, required=False
    )

    class Meta:
        model = FirstContactPolicy
        fields = (
            "id", "grade", "limit_seconds", "business_hours_only", "calendar", "remind_at_percent",
            "max_unanswered_attempts", "unanswered_days", *META,
        )  # fmt: skip
        read_only_fields = ("id", "grade", *META)


class PolicyResource(Changing, Records):
    """First-contact policies, one per grade. A change holds at once, also for clocks that run."""

    resource, spec, shape = "first-contact-policies", PolicyList(), PolicyShape
    rights = standard_rights("policies")

    def change(self, record: FirstContactPolicy, *, by: User, **values: Any) -> FirstContactPolicy:
        return first_contact_policy_change(policy=record, by=by, **values)


class VerificationItemShape(Shape):
    """An item of the checklist; with `rejects` a wrong answer makes the lead a fake."""

    class Meta:
        model = VerificationItem
        fields = ("id", "code", "name", "position", "rejects", *META)
        read_only_fields = ("id", *META)


class VerificationItemResource(ConfigRecords):
    """The checklist of verification, in order; what is archived is asked no more."""

    resource, spec, shape = "verification-items", VerificationItemList(), VerificationItemShape
    rights = standard_rights("policies")


class VerificationPolicyShape(Shape):
    class Meta:
        model = VerificationPolicy
        fields = ("id", "verifier", *META)
        read_only_fields = ("id", *META)


class VerificationPolicyResource(Changing, Records):
    """Who verifies leads: the owner, inside sales, or either; those above the owner always may. One row."""

    resource, spec, shape = "verification-policies", VerificationPolicyList(), VerificationPolicyShape
    rights = standard_rights("policies")

    def change(self, record: VerificationPolicy, *, by: User, **values: Any) -> VerificationPolicy:
        return verification_policy_change(policy=record, by=by, **{"verifier": record.verifier, **values})


class MemberShape(Body):
    """A candidate a rule names."""

    user = Ref(queryset=User.objects.active())
    weight = serializers.IntegerField(min_value=0, max_value=100, required=False, allow_null=True)
    grades = serializers.ListField(child=serializers.ChoiceField(["A", "B", "C"]), required=False)


class RuleShape(Shape):
    """An assignment rule: `filter` in the words of the lead list, `members` as named candidates."""

    members = MemberShape(many=True, required=False)
    filter = serializers.JSONField(required=False)

    class Meta:
        model = AssignmentRule
        fields = (
            "id", "name", "position", "is_active", "filter", "match_territory", "match_industry", "team",
            "existing_owner_first", "strategy", "fallback_pool", "members", *META,
        )  # fmt: skip
        read_only_fields = ("id", *META)


class LedgerLineShape(Body):
    """One person; shares are ratios of all that the rule gave, `credit` what the round robin owes him now."""

    user = serializers.IntegerField(source="user.pk")
    name = serializers.CharField(source="user.name")
    weight = serializers.IntegerField(allow_null=True)
    given = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    fair_share = serializers.FloatField(allow_null=True)
    credit = serializers.IntegerField(allow_null=True)


class LedgerShape(Body):
    """What a rule gave within [from, to), by default in the last 30 days."""

    given = serializers.IntegerField()
    lines = LedgerLineShape(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": Moment(), "to": Moment(), **super().get_fields()}


class RuleResource(Creating, Changing, Archiving, Records):
    """Assignment rules, in order; the first that matches and has somebody decides."""

    resource, spec, shape = "assignment-rules", RuleList(), RuleShape
    rights = standard_rights("assignment")

    def for_shape(self, rows: QuerySet[AssignmentRule]) -> QuerySet[AssignmentRule]:
        return rows.prefetch_related("members")

    def add(self, *, by: User, **values: Any) -> AssignmentRule:
        return assignment_rule_save(by=by, **values)

    def change(self, record: AssignmentRule, *, by: User, **values: Any) -> AssignmentRule:
        return assignment_rule_save(rule=record, by=by, **values)

    def archive(self, record: AssignmentRule, *, by: User) -> None:
        assignment_rule_archive(rule=record, by=by)

    def unarchive(self, record: AssignmentRule, *, by: User) -> None:
        config_record_restore(record, by=by, rights="assignment")

    @reading("assignment.view", answers=LedgerShape)
    def ledger(self, record: AssignmentRule) -> Response:
        """What the rule gave to whom within [`from`, `to`), beside what its weights promise."""
        until = self._moment("to") or database_now()
        since = self._moment("from") or until - timedelta(days=30)
        found = assignment_ledger(by=self.request.user, since=since, until=until, rules=[record])[0]
        shown = {"from": since, "to": until, "given": found.given, "lines": found.lines}
        return Response(LedgerShape(shown).data)

    def _moment(self, name: str) -> datetime | None:
        try:
            return MomentField(required=False).clean(self.request.query_params.get(name, ""))
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from None
