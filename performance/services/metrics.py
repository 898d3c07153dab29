"""What each figure is made of, in SQL: which rows it counts, when they count and for whom (docs/figures.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Leads that take part in the work: neither archived nor merged into another, and not entered as past leads, which
#: are kept out of owners, pools and clocks (`assignment: none`) until somebody takes them.
COUNTED = (
    "l.archived_at IS NULL AND l.merged_into_id IS NULL "
    "AND NOT (l.status = 'new' AND l.owner_id IS NULL AND NOT l.in_pool)"
)
_LEADS = "leads_lead l"
_OWNERSHIPS = "leads_ownership o JOIN leads_lead l ON l.id = o.lead_id"
_CLOCKS = "clocks_clock c JOIN leads_lead l ON l.id = c.subject_id"


@dataclass(frozen=True)
class Metric:
    """One figure. `rows` are counted whose `moment` lies in the period; `owner` is who they count for.

    A rate is `hit` of the rows; a median is of `seconds`; with neither it is their number.
    """

    name: str
    label: str | Promise
    unit: str
    rows: str
    moment: str
    owner: str
    where: str = "TRUE"
    hit: str = ""
    seconds: str = ""
    #: The direction that is welcome.
    good: str = "up"


_ALL = (
    Metric(
        name="new_leads",
        label=_("New leads"),
        unit="count",
        rows=_LEADS,
        moment="l.created_at",
        owner="l.owner_id",
        where=COUNTED,
    ),
    Metric(
        name="lead_conversion_rate",
        label=_("Conversion rate"),
        unit="ratio",
        rows=_LEADS,
        moment="l.created_at",
        owner="l.owner_id",
        where=COUNTED,
        hit="l.status = 'converted'",
    ),
    Metric(
        name="first_response_seconds",
        label=_("Median response time"),
        unit="seconds",
        rows=_OWNERSHIPS,
        moment="o.started_at",
        owner="o.owner_id",
        # one that was handed over in work begins as contacted
        where="o.first_contacted_at > o.started_at",
        seconds="extract(epoch FROM o.first_contacted_at - o.started_at)",
        good="down",
    ),
    Metric(
        name="first_contact_in_time_rate",
        label=_("First contact in time"),
        unit="ratio",
        rows=_CLOCKS,
        moment="c.started_at",
        owner="c.owner_id",
        where=(
            "c.metric = 'first_contact' AND c.subject_type = 'leads.lead' AND "
            "(c.state IN ('met', 'breached') OR c.state = 'running' AND c.due_at <= now())"
        ),
        hit="c.state = 'met' AND c.breached_at IS NULL",
    ),
    Metric(
        name="leads_returned",
        label=_("Returned leads"),
        unit="count",
        rows=_OWNERSHIPS,
        moment="o.ended_at",
        owner="o.owner_id",
        where="o.end_reason IN ('returned', 'expired', 'idle', 'no_answer') AND o.end_detail <> 'reopened'",
        good="down",
    ),
    Metric(
        name="claims",
        label=_("Claims"),
        unit="count",
        rows=_OWNERSHIPS,
        moment="o.started_at",
        owner="o.owner_id",
        where="o.via = 'claim'",
    ),
)
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}


@dataclass(frozen=True)
class Grouping:
    """One way to split a figure: `key` and `label` in SQL over the joined tables."""

    name: str
    label: str | Promise
    key: str
    label_sql: str = ""
    #: What rows without a key are called.
    nothing: str | Promise = ""


_GROUPINGS = (
    Grouping("user", _("Person"), "u.id", "u.name", _("Without an owner")),
    Grouping("team", _("Team"), "t.id", "t.name", _("Without a team")),
    Grouping("region", _("Region"), "r.id", "r.name", _("Without a region")),
    Grouping("source", _("Source"), "s.id", "s.name", _("Without a source")),
    Grouping("channel", _("Channel"), "s.channel", "", _("Without a source")),
    Grouping("grade", _("Grade"), "l.grade", "", _("Without a grade")),
    Grouping(
        "month", _("Month"), "to_char(date_trunc('month', {moment} AT TIME ZONE %(zone)s), 'YYYY-MM')", "", ""
    ),
)
GROUPINGS: Mapping[str, Grouping] = {grouping.name: grouping for grouping in _GROUPINGS}
#: The person a row counts for, his team and region, and where the lead came from.
JOINS = """
    LEFT JOIN people_user u ON u.id = {owner}
    LEFT JOIN people_team t ON t.id = u.team_id
    LEFT JOIN people_region r ON r.id = COALESCE(t.region_id, u.region_id)
    LEFT JOIN leads_leadsource s ON s.id = l.source_id
"""
