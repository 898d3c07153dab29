"""The door of tracked links, for whoever follows one out of a mail: to the page, and nowhere else."""

import re
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from leads.models import TrackedLink
from leads.services.clicks import link_follow
from leads.services.links import is_followed, page_named, site_of
from salesflow.people.services import Throttled, throttle

PER_ADDRESS, WINDOW = 60, timedelta(minutes=1)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,40}")
_AHEAD = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)
_AHEAD_HEADERS = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
#: Programs that say what they are: they name their kind, a library, an address to complain to, or a scanner of mails.
PROGRAMS = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|slurp|preview|scan|monitor|headless|phantom|https?://"
    r"|\b(curl|wget|python|java|libwww|lwp|httpx|aiohttp|okhttp|node|axios|ruby|perl|php|powershell)\b|http-?client"
    r"|facebookexternalhit|whatsapp|imageproxy|mailproxy|proofpoint|mimecast|barracuda|symantec|messagelabs"
    r"|zscaler|fireeye|safelinks|ms-?office|microsoft office|trend ?micro",
    re.IGNORECASE,
)


@login_not_required
@require_safe
def tracked_link(request: HttpRequest, token: str) -> HttpResponse:
    """Lead on to the page of a link; a click of a person counts, and takes a one-time name along."""
    if not _TOKEN.fullmatch(token):
        raise Http404
    link = get_object_or_404(TrackedLink, token=token)
    if not is_followed(site_of(link.page_url)):
        raise Http404
    answer = HttpResponseRedirect(page_named(link.page_url, link_follow(link) if _counts(request) else ""))
    # the address is of one person: it stands in no cache, no index, and no log of the page
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _counts(request: HttpRequest) -> bool:
    """Whether a person looks, who has nothing against being followed, and not too often from one address."""
    headers = request.headers
    agent = headers.get("User-Agent", "")
    if request.method != "GET" or headers.get("DNT") == "1" or headers.get("Sec-GPC") == "1":
        return False
    if any(_AHEAD.search(headers.get(name, "")) for name in _AHEAD_HEADERS):
        return False
    if not agent or PROGRAMS.search(agent):
        return False
    try:
        throttle(f"tracked-link:{request.META.get('REMOTE_ADDR', '')}", limit=PER_ADDRESS, window=WINDOW)
    except Throttled:
        return False
    return True
