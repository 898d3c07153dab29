"""The facts a component may read: what each is called, on which side it counts, and how SQL finds it.

Rows come from `leads.scoring.rows` under the alias `r`; facts about events come from elsewhere.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salesflow.lib.text.hosts import FREE_MAIL

FIT = "fit"
ENGAGEMENT = "engagement"
NUMBER = "number"
TEXT = "text"

#: Binds a value as a statement parameter and gives the placeholder for it.
Bind = Callable[[object], str]


@dataclass(frozen=True)
class Input:
    """A fact of a lead: `sql(bind)` is its expression, NULL where the lead does not tell."""

    name: str
    axis: str
    kind: str
    label: str | Promise
    sql: Callable[[Bind], str]


def _column(column: str) -> Callable[[Bind], str]:
    return lambda bind: f"r.{column}"


def _words(column: str) -> Callable[[Bind], str]:
    return lambda bind: f"nullif(lower(btrim(r.{column})), '')"


def _json_number(column: str, key: str) -> Callable[[Bind], str]:
    """A number from JSON, one written as text, or an amount of money; all else is no number (and never an error)."""

    def sql(bind: Bind) -> str:
        name = bind(key)
        held, text = f"(r.{column} -> {name}::text)", f"(r.{column} ->> {name}::text)"
        amount = f"({held} ->> 'amount')"
        return (
            f"CASE jsonb_typeof({held}) WHEN 'number' THEN {text}::numeric "
            f"WHEN 'string' THEN {_written(text)} WHEN 'object' THEN {_written(amount)} END"
        )

    return sql


def _written(text: str) -> str:
    return rf"CASE WHEN {text} ~ '^\s*-?[0-9]{{1,15}}(\.[0-9]{{1,10}})?\s*$' THEN {text}::numeric END"


def _json_text(column: str, key: str) -> Callable[[Bind], str]:
    return lambda bind: f"nullif(lower(btrim(r.{column} ->> {bind(key)}::text)), '')"


def _mail_host(bind: Bind) -> str:
    """`free` for an address at a free-mail host, `own` for another, NULL without an address."""
    host = "lower(split_part(r.email, '@', 2))"
    return (
        f"CASE WHEN r.email = '' THEN NULL WHEN {host} = ANY({bind(sorted(FREE_MAIL))}::text[]) "
        "THEN 'free' ELSE 'own' END"
    )


_NUMBERS = (
    Input("budget", FIT, NUMBER, _("Budget"), _column("budget")),
    Input(
        "decision_timeframe_days", FIT, NUMBER, _("Decision cycle (days)"), _column("decision_timeframe_days")
    ),
    Input("need_fit", FIT, NUMBER, _("Need fit"), _column("need_fit")),
)
_BEHAVIOUR = (
    ("visits", _("Visits")),
    ("site_seconds", _("Seconds on the website")),
    ("pages_per_visit", _("Pages per visit")),
)
_TEXTS = (
    ("industry", _("Industry")),
    ("country", _("Country")),
    ("region", _("Province or state")),
    ("city", _("City")),
    ("title", _("Position")),
    ("source_detail", _("Source detail")),
    ("verification", _("Verification")),
    ("source_channel", _("Channel")),
    ("source_kind", _("Kind of source")),
)

INPUTS: dict[str, Input] = {
    each.name: each
    for each in (
        *_NUMBERS,
        *(
            Input(f"behaviour.{key}", ENGAGEMENT, NUMBER, label, _json_number("behaviour", key))
            for key, label in _BEHAVIOUR
        ),
        *(Input(name, FIT, TEXT, label, _words(name)) for name, label in _TEXTS),
        Input("email_host", FIT, TEXT, _("Kind of e-mail address"), _mail_host),
        Input(
            "behaviour.last_activity", ENGAGEMENT, TEXT, _("Last activity"),
            _json_text("behaviour", "last_activity"),
        ),
    )
}  # fmt: skip

#: What `present` may ask for: expression that is true when the lead has it.
PRESENT: dict[str, tuple[str | Promise, str]] = {
    "phone": (_("Phone"), "(r.phone <> '' OR r.mobile <> '')"),
    "email": (_("E-mail"), "(r.email <> '')"),
    "website": (_("Website"), "(r.website <> '')"),
    "company_name": (_("Company"), "(r.company_name <> '')"),
    "contact_name": (_("Contact"), "(r.contact_name <> '')"),
    "title": (_("Position"), "(r.title <> '')"),
    "industry": (_("Industry"), "(r.industry <> '')"),
    "city": (_("City"), "(r.city <> '')"),
    "need": (_("Need"), "(r.need <> '')"),
    "credit_code": (_("Unified social credit code"), "(r.credit_code <> '')"),
}
_CUSTOM = re.compile(r"custom\.([\w-]{1,60})")


def input_of(name: str, kind: str) -> Input | None:
    """The fact of that name and kind; `custom.<key>` reads a custom field as what the component needs."""
    known = INPUTS.get(name)
    if known is not None:
        return known if known.kind == kind else None
    custom = _CUSTOM.fullmatch(name)
    if custom is None:
        return None
    key = custom.group(1)
    read = _json_number if kind == NUMBER else _json_text
    return Input(name, FIT, kind, key, read("custom", key))


def names_of(kind: str) -> str:
    """The inputs of a kind, for messages."""
    return ", ".join([name for name, each in INPUTS.items() if each.kind == kind] + ["custom.<key>"])
