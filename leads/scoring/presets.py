"""Models made by thought, as starting points.

The default is for business customers whose budget, decision cycle and need are asked for. Its thresholds: the
three answers alone make an A when all are good (16 + 12 + 20 and a way to reach the person), a B when they are
middling; activity lifts a lead by one grade at most. Reviewed against outcomes with the backtest once there are
about a hundred closed leads.
"""

from typing import Any

from django.utils.translation import gettext_noop as _

DECIDERS = (
    "ceo", "cto", "cfo", "coo", "cio", "chief", "president", "founder", "co founder", "owner", "partner",
    "managing director", "general manager", "md", "gm", "principal", "dean",
    "董事长", "总裁", "总经理", "首席", "创始人", "老板", "法人", "校长", "院长", "局长", "主席",
)  # fmt: skip
LEADERS = (
    "director", "head", "vp", "vice president", "manager", "lead", "dept head",
    "总监", "部长", "主任", "处长", "科长", "经理", "负责人", "主管",
)  # fmt: skip
SPECIALISTS = (
    "buyer", "purchasing", "procurement", "engineer", "specialist", "administrator", "professor", "doctor",
    "采购", "工程师", "专员", "教授", "医生", "老师",
)  # fmt: skip

DEFAULT_MODEL: dict[str, Any] = {
    "name": _("Business customers"),
    "fit_cap": 70,
    "engagement_cap": 30,
    "threshold_a": 50,
    "threshold_b": 25,
    "half_life_days": 14,
    "downgrade_after_days": 3,
    "components": [
        {"key": "budget", "type": "bands", "input": "budget", "label": _("Budget"),
         "bands": [{"from": 1000000, "points": 20}, {"from": 300000, "points": 16}, {"from": 100000, "points": 12},
                   {"from": 30000, "points": 7}, {"from": 1, "points": 3}]},
        {"key": "decision-cycle", "type": "bands", "input": "decision_timeframe_days", "label": _("Decision cycle"),
         "bands": [{"to": 30, "points": 15}, {"to": 90, "points": 12}, {"to": 180, "points": 7},
                   {"to": 365, "points": 3}]},
        {"key": "need-fit", "type": "bands", "input": "need_fit", "label": _("Need fit"),
         "bands": [{"from": 80, "points": 20}, {"from": 60, "points": 14}, {"from": 40, "points": 8},
                   {"from": 20, "points": 3}]},
        {"key": "role", "type": "keywords", "input": "title", "label": _("Role of the contact"),
         "groups": [{"words": list(DECIDERS), "points": 12}, {"words": list(LEADERS), "points": 8},
                    {"words": list(SPECIALISTS), "points": 4}]},
        {"key": "verification", "type": "choices", "input": "verification", "label": _("Verification"),
         "choices": {"verified": 5, "rejected": -30}},
        {"key": "source", "type": "choices", "input": "source_kind", "label": _("Kind of source"),
         "choices": {"referral": 5, "partner": 3, "association": 3, "trade_show": 3, "event": 2, "field_sales": 2,
                     "web_form": 2}},
        {"key": "phone", "type": "present", "input": "phone", "label": _("Phone"), "points": 3},
        {"key": "email", "type": "present", "input": "email", "label": _("E-mail"), "points": 2},
        {"key": "free-mail", "type": "choices", "input": "email_host", "label": _("Free-mail address"),
         "choices": {"free": -2}},
        {"key": "recency", "type": "recency", "label": _("Days since the last interaction"),
         "bands": [{"to": 2, "points": 5}, {"to": 7, "points": 3}, {"to": 30, "points": 1}]},
        {"key": "frequency", "type": "frequency", "window_days": 30, "label": _("Interactions in 30 days"),
         "bands": [{"from": 10, "points": 5}, {"from": 5, "points": 3}, {"from": 2, "points": 1}]},
        {"key": "pages", "type": "events", "kind": "page_view", "label": _("Pages viewed"),
         "points": 1, "cap": 6, "per_day": 5},
        {"key": "pricing", "type": "events", "kind": "page_view", "url_contains": "pric", "points": 3, "cap": 6,
         "label": _("Prices looked at")},
        {"key": "reading", "type": "events", "kind": "page_view", "min_dwell_seconds": 60, "points": 1, "cap": 5,
         "label": _("Pages read for a minute")},
        {"key": "opens", "type": "events", "kind": "email_open", "points": 1, "cap": 3, "per_day": 1,
         "label": _("E-mail opens")},
        {"key": "clicks", "type": "events", "kind": "email_click", "points": 4, "cap": 12, "per_day": 3,
         "label": _("E-mail clicks")},
        {"key": "forms", "type": "events", "kind": "form_submit", "points": 8, "cap": 16,
         "label": _("Forms submitted")},
        {"key": "downloads", "type": "events", "kind": "download", "points": 4, "cap": 12, "label": _("Downloads")},
        {"key": "chats", "type": "events", "kind": "chat", "points": 5, "cap": 10, "label": _("Chats")},
        {"key": "messages", "type": "events", "kind": "sms", "points": 2, "cap": 4, "label": _("Text messages")},
        {"key": "calls", "type": "events", "kind": "call", "points": 6, "cap": 12, "label": _("Calls")},
        {"key": "replies", "type": "events", "kind": "reply", "points": 8, "cap": 16, "label": _("Replies")},
        {"key": "meetings", "type": "events", "kind": "meeting", "points": 12, "cap": 24, "label": _("Meetings")},
        {"key": "unsubscribed", "type": "events", "kind": "unsubscribe", "points": -15, "cap": 15, "decays": False,
         "label": _("Unsubscribed")},
        {"key": "visits", "type": "bands", "input": "behaviour.visits", "label": _("Visits"),
         "bands": [{"from": 5, "points": 4}, {"from": 2, "points": 2}]},
        {"key": "site-time", "type": "bands", "input": "behaviour.site_seconds", "label": _("Time on the website"),
         "bands": [{"from": 600, "points": 5}, {"from": 180, "points": 2}]},
    ],
}  # fmt: skip
