"""Taking page views of visitors of the company's own sites: in batches, read strictly, each view once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from leads.models import WebForm
from leads.services.clicks import click_take
from leads.services.score.visitors import View, views_store, visitors_lock
from salesflow.people.services import throttle

#: Views in one batch.
MOST_VIEWS = 10
PER_ADDRESS, PER_FORM, WINDOW = 120, 6000, timedelta(minutes=1)
_DAY = 86_400
_VISITOR = re.compile(r"[0-9a-f]{32}")
_CLICK = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Batch:
    """Who looked at what; `click` is the one-time name of the tracked link he came by, if he came by one."""

    visitor: str
    views: list[View]
    click: str = ""


def visitor_of(given: str) -> str:
    """The name under which a visitor's views are kept; empty where none was given as our script gives it.

    It is set apart from the names other systems report, so that no stranger writes to those.
    """
    return f"web-{given}" if _VISITOR.fullmatch(given) else ""


def views_take(*, form: WebForm, sent: Any, address: str) -> int:
    """Take one batch of at most ten views by one insert; gives the number stored or prolonged.

    Raises ValidationError (nothing is stored) and Throttled. Sent again, a view only gains the longer dwell. Who came
    by a tracked link turns out to be its lead.
    """
    throttle(f"views:{form.pk}:{address}", limit=PER_ADDRESS, window=WINDOW)
    throttle(f"views-form:{form.pk}", limit=PER_FORM, window=WINDOW)
    batch = batch_read(sent, form.allowed_origins)
    with transaction.atomic():
        visitors_lock([batch.visitor])
        lead_id = click_take(batch.click) if batch.click else None
        return views_store(visitor=batch.visitor, views=batch.views, lead_id=lead_id)


def batch_read(sent: Any, origins: Iterable[str]) -> Batch:
    """Read a batch strictly; raises ValidationError."""
    if not isinstance(sent, dict) or set(sent) - {"click"} != {"visitor", "consent", "views"}:
        raise _refused("batch")
    visitor = visitor_of(sent["visitor"]) if isinstance(sent["visitor"], str) else ""
    if not visitor:
        raise _refused("visitor")
    if sent["consent"] is not True:
        raise _refused("consent")
    views = sent["views"]
    if not isinstance(views, list) or not 0 < len(views) <= MOST_VIEWS:
        raise _refused("views")
    read: dict[str, View] = {}
    for item in views:
        view = _view(item, visitor, set(origins))
        before = read.get(view.event_id)
        if before is None or before.dwell_seconds < view.dwell_seconds:
            read[view.event_id] = view
    return Batch(visitor, list(read.values()), _click(sent.get("click", "")))


def _click(given: Any) -> str:
    """A name as we give them; whatever else stood in the address is nobody's, and no fault of the visitor."""
    if not isinstance(given, str):
        raise _refused("click")
    return given if _CLICK.fullmatch(given) else ""


def _view(item: Any, visitor: str, origins: set[str]) -> View:
    if not isinstance(item, dict) or set(item) != {"id", "url", "dwell", "ago"}:
        raise _refused("views")
    number = item["id"]
    if not isinstance(number, str) or not _VISITOR.fullmatch(number):
        raise _refused("id")
    return View(
        event_id=f"{visitor}:{number}",
        url=_page(item["url"], origins),
        dwell_seconds=_seconds(item["dwell"], "dwell"),
        seconds_ago=_seconds(item["ago"], "ago"),
    )


def _page(given: Any, origins: set[str]) -> str:
    """The page without what its address may tell of a person: of the query only the words of campaigns stay."""
    if not isinstance(given, str) or len(given) > 2000 or not given.isprintable():
        raise _refused("url")
    try:
        parts = urlsplit(given)
        named = parse_qsl(parts.query, max_num_fields=100)
    except ValueError:
        raise _refused("url") from None
    if f"{parts.scheme}://{parts.netloc}" not in origins:
        raise _refused("url")
    kept = urlencode([(name, value) for name, value in named if name.startswith("utm_")])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, kept, ""))[:2000]


def _seconds(given: Any, name: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= _DAY:
        raise _refused(name)
    return given


def _refused(name: str) -> ValidationError:
    return ValidationError({name: ValidationError(_("This cannot be read."), code="invalid")})
