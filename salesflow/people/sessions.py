"""A browser's way from the password to a session."""

import time

from django.contrib.auth import login, update_session_auth_hash
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from salesflow.people.models import User
from salesflow.people.services.second_factor import second_factor_due
from salesflow.people.services.sessions import session_begin, session_renewed, session_seen

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Seconds in which the code must follow the password.
PATIENCE = 600
#: How fresh "last used" is kept, in seconds.
SEEN_EVERY = 300
_WAITING = "signing_in"
#: When this session's use was last noted, in Unix seconds.
SEEN = "seen_at"
#: Set in a session whose person must set up a second step before anything else.
DUE = "second_factor_due"


def address_of(request: HttpRequest) -> str:
    """The peer's address; a proxy in front is trusted only as far as the server is told to (see operations)."""
    return request.META.get("REMOTE_ADDR", "")


def wanted_page(request: HttpRequest) -> str:
    """Where the person wanted to go, on this site only."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url("home")


def half_way(request: HttpRequest, user: User, page: str) -> None:
    """The password was right: keep who it is until the code comes, and where to go then."""
    request.session.cycle_key()
    request.session[_WAITING] = {
        "user": user.pk, "password": user.get_session_auth_hash(), "page": page, "at": int(time.time()),
    }  # fmt: skip


def waiting(request: HttpRequest) -> tuple[User, str] | None:
    """Who still owes the code, if the password has not changed and he has not been switched off since."""
    kept = request.session.get(_WAITING)
    if not kept or kept["at"] < time.time() - PATIENCE:
        return None
    user = User.objects.active().filter(pk=kept["user"]).first()
    if user is None or user.get_session_auth_hash() != kept["password"]:
        return None
    return user, kept["page"]


def begin(request: HttpRequest, user: User, *, is_vouched_for: bool = False) -> None:
    """Sign in for good; a role that asks for a second step has it set up first, unless a provider vouches for him."""
    request.session.pop(_WAITING, None)
    login(request, user, backend=MODEL_BACKEND)
    request.session[SEEN] = int(time.time())
    request.session.save()
    way = "provider" if is_vouched_for else "password"
    session_begin(user=user, way=way, **_browser(request))
    if not is_vouched_for and second_factor_due(user):
        request.session[DUE] = True


def go_on(request: HttpRequest, user: User) -> None:
    """Stay signed in here after one's own change of the password, under a new key."""
    update_session_auth_hash(request, user)
    request.session.save()
    session_renewed(user=user, **_browser(request))


def note_use(request: HttpRequest) -> None:
    """Keep "last used" of a session that was begun here, every few minutes at most."""
    noted, now = request.session.get(SEEN), int(time.time())
    if noted is not None and noted < now - SEEN_EVERY and request.session.session_key:
        request.session[SEEN] = now
        session_seen(key=request.session.session_key, address=address_of(request))


def _browser(request: HttpRequest) -> dict[str, str]:
    return {
        "key": request.session.session_key or "",
        "agent": request.headers.get("User-Agent", ""),
        "address": address_of(request),
    }
