"""The path of a lead: from the first visit of the company's own pages by way of its form to the conversion."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from django.db import connection

from leads import policies
from leads.models import Lead, LeadEvent
from leads.services.reveal import address_masked, masked_ids
from salesflow.lib.errors import require
from salesflow.people.models import User

#: What a visitor does on his way; opened mails are guesses and calls are ours.
KINDS = ("page_view", "form_submit", "email_click", "download", "chat")
#: Who does nothing for longer than this comes again: a new visit begins.
APART = timedelta(minutes=30)
#: Of a long path so many steps of its beginning and of its end are told.
ENDS = 100
#: An entry belongs to the form that was sent at most so long before or after it.
BESIDE = timedelta(minutes=1)
_LABELS = dict(LeadEvent.Kind.choices)


@dataclass(frozen=True)
class Step:
    """One thing the lead did; `visit` counts from 1."""

    kind: str
    at: datetime
    url: str
    dwell_seconds: int | None
    visit: int

    @property
    def label(self) -> str:
        """The page without its site, or what was done where there was no page."""
        if self.kind != "page_view" or not self.url:
            return str(_LABELS[self.kind])
        try:
            return urlsplit(self.url).path or "/"
        except ValueError:  # other systems report what they like
            return self.url


@dataclass(frozen=True)
class Visit:
    """Steps with no long pause between them; what became of the lead in or after it stands in `then`."""

    number: int
    steps: list[Step]
    then: list[str] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.steps[0].at

    @property
    def page_views(self) -> int:
        return sum(step.kind == "page_view" for step in self.steps)

    @property
    def dwell_seconds(self) -> int:
        return sum(step.dwell_seconds or 0 for step in self.steps)


@dataclass(frozen=True)
class Path:
    """The steps, oldest first, with what they come to; numbers count the whole path, also what is `left_out`.

    `utm` are the words of the campaign the first visit came by, else those the lead was entered with.
    """

    steps: list[Step]
    left_out: int
    visits: int
    page_views: int
    dwell_seconds: int
    utm: dict[str, str]
    entered_at: datetime
    converted_at: datetime | None

    @property
    def first_visit_at(self) -> datetime | None:
        return self.steps[0].at if self.steps else None

    @property
    def last_visit_at(self) -> datetime | None:
        return self.steps[-1].at if self.steps else None

    @property
    def form_submitted_at(self) -> datetime | None:
        return next((step.at for step in self.steps if step.kind == "form_submit"), None)

    @property
    def campaign_words(self) -> list[tuple[str, str]]:
        return [(name, word) for name, word in self.utm.items() if word]

    def by_visit(self) -> list[Visit]:
        """The steps by visit, with the visit before or in which the lead was entered and was converted."""
        visits: dict[int, Visit] = {}
        for step in self.steps:
            visits.setdefault(step.visit, Visit(step.visit, [])).steps.append(step)
        found = list(visits.values())
        for moment, word in ((self._entered_beside(), "entered"), (self.converted_at, "converted")):
            before = [visit for visit in found if moment is not None and visit.at <= moment]
            if before:
                before[-1].then.append(word)
        return found

    def _entered_beside(self) -> datetime:
        """The moment of the entry, or of the form it came by: both are of one transaction."""
        sent = (step.at for step in self.steps if step.kind == "form_submit")
        return next((at for at in sent if abs(at - self.entered_at) <= BESIDE), self.entered_at)


_STEPS = """
    WITH seen AS (
        SELECT e.id, e.kind, e.occurred_at AS at, e.url, e.dwell_seconds AS dwell,
            e.occurred_at > %(apart)s + lag(e.occurred_at + make_interval(secs => coalesce(e.dwell_seconds, 0)))
                OVER (ORDER BY e.occurred_at, e.id) AS anew
        FROM leads_leadevent e WHERE e.lead_id = %(lead)s AND e.kind = ANY(%(kinds)s)
    ), counted AS (
        SELECT s.*, 1 + count(*) FILTER (WHERE anew) OVER along AS visit, row_number() OVER along AS place,
            count(*) OVER () AS total, count(*) FILTER (WHERE kind = 'page_view') OVER () AS pages,
            coalesce(sum(dwell) OVER (), 0)::bigint AS seconds
        FROM seen s WINDOW along AS (ORDER BY at, id)
    )
    SELECT kind, at, url, dwell, visit, total, pages, seconds
    FROM counted WHERE place <= %(ends)s OR place > total - %(ends)s ORDER BY place
"""


def lead_path(*, lead: Lead, user: User, is_masked: bool | None = None) -> Path:
    """What the lead did on the company's own pages, in one statement however long it is.

    Behaviour of leads merged into this one has come along. Where contact details are masked for `user`, addresses are
    told without their query. Raises PermissionDenied.
    """
    require(policies.can_see_path(user, lead))
    values = {"lead": lead.pk, "kinds": list(KINDS), "apart": APART, "ends": ENDS}
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, values)
        rows = cursor.fetchall()
    hides = bool(masked_ids(user, [lead])) if is_masked is None else is_masked
    steps = [
        Step(kind, at, address_masked(url) if hides else url, dwell, visit)
        for kind, at, url, dwell, visit, *_sums in rows
    ]
    total, page_views, dwell_seconds = rows[-1][5:] if rows else (0, 0, 0)
    return Path(
        steps=steps,
        left_out=total - len(steps),
        visits=steps[-1].visit if steps else 0,
        page_views=page_views,
        dwell_seconds=dwell_seconds,
        utm=(_utm(rows[0][2]) if rows else {}) or dict(lead.utm),
        entered_at=lead.created_at,
        converted_at=lead.converted_at,
    )


def _utm(url: str) -> dict[str, str]:
    """What an address says about the campaign; nothing where it cannot be read."""
    try:
        named = parse_qsl(urlsplit(url).query, max_num_fields=100)
    except ValueError:
        return {}
    return {name: value for name, value in named if name.startswith("utm_")}
