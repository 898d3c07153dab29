"""Tracked links: addresses for the mails to one lead, each leading to one page of a site whose visits are followed."""

import re
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead, TrackedLink, WebForm
from leads.querysets import FOLLOWING_VISITS
from leads.services.reveal import address_masked, masked_ids
from leads.services.state import lead_locked, require_present
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User

#: What the one-time name of a click is called in the address of the page.
CLICK_WORD = "sf_click"
MOST_LETTERS = 1000
#: Links of a lead that are shown.
MOST = 200
_DEFAULT_PORTS = {"http": 80, "https": 443}


@transaction.atomic
def tracked_link_make(*, lead: Lead, by: User, page_url: str) -> TrackedLink:
    """A link for the mails to this lead that leads to this page; the same lead and page have the same link.

    The page belongs to a site whose visits an active web form follows, so that nobody is led anywhere else. Raises
    PermissionDenied, ValidationError(page_url), Conflict("archived" | "invalid_transition").
    """
    lead = lead_locked(lead)
    require(policies.can_contact(by, lead))
    require_present(lead)
    if lead.status == Lead.Status.DISQUALIFIED:
        message = _("Clicks of a disqualified lead do not count: reopen it first.")
        raise Conflict("invalid_transition", message, {"current_status": lead.status})
    page = page_read(page_url)
    known = TrackedLink.objects.filter(lead=lead, page_url=page).first()
    if known is not None:
        return known
    made = TrackedLink.objects.create(lead=lead, by=by, page_url=page)
    record(
        "leads.tracked_link_made", subject=lead, by=by, data={"link": made.pk, "page": address_masked(page)}
    )
    return TrackedLink.objects.get(pk=made.pk)


def tracked_links(*, lead: Lead, user: User) -> list[TrackedLink]:
    """The links of a lead, newest first, with the clicks that counted; for who may see what the lead does.

    While contact details are masked, pages are told without their query. Raises PermissionDenied.
    """
    require(policies.can_see_path(user, lead))
    links = list(TrackedLink.objects.filter(lead=lead).order_by("-pk")[:MOST])
    if masked_ids(user, [lead]):
        for link in links:
            link.page_url = address_masked(link.page_url)
    return links


def sites_followed() -> list[str]:
    """The sites whose visits are followed, in order."""
    sites = WebForm.objects.filter(FOLLOWING_VISITS).values_list("allowed_origins", flat=True)
    return sorted({origin for origins in sites for origin in origins})


def page_read(given: str) -> str:
    """The address of a page as it is kept; raises ValidationError unless its site is followed."""
    text = given.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _no_page() from None
    # a backslash is read as a slash by browsers, and as nothing of the kind by everybody else
    if not text.isprintable() or re.search(r"[\s\\]", text) or not parts.hostname or "@" in parts.netloc:
        raise _no_page()
    if parts.scheme not in _DEFAULT_PORTS:
        raise _no_page()
    host = parts.hostname
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host += f":{port}"
    if not is_followed(f"{parts.scheme}://{host}"):
        message = _("Visits of this site are not followed: it belongs to no active web form that does so.")
        raise _wrong(message, "site_not_followed")
    query = "&".join(word for word in parts.query.split("&") if word.partition("=")[0] != CLICK_WORD)
    page = iri_to_uri(urlunsplit((parts.scheme, host, parts.path or "/", query, parts.fragment)))
    if len(page) > MOST_LETTERS:
        raise _wrong(_("At most %(most)s letters.") % {"most": MOST_LETTERS}, "max_length")
    return page


def _no_page() -> ValidationError:
    return _wrong(_("Write the address of a page, such as https://www.example.com/prices."), "invalid")


def _wrong(message: str, code: str) -> ValidationError:
    return ValidationError({"page_url": ValidationError(message, code=code)})


def site_of(page_url: str) -> str:
    """Scheme, host and port of a kept page."""
    parts = urlsplit(page_url)
    return f"{parts.scheme}://{parts.netloc}"


def is_followed(site: str) -> bool:
    """Whether an active web form follows visits of this site."""
    return WebForm.objects.filter(FOLLOWING_VISITS, allowed_origins__contains=[site]).exists()


def page_named(page_url: str, name: str) -> str:
    """A kept page with the one-time name of a click in its query; the page itself where there is no name."""
    if not name:
        return page_url
    parts = urlsplit(page_url)
    query = f"{parts.query}&{CLICK_WORD}={name}" if parts.query else f"{CLICK_WORD}={name}"
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))
