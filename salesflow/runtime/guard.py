"""What production refuses to start with."""

import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

log = logging.getLogger(__name__)


def refuse_unsafe(*, secret_key: str, sample: str, site_url: str, issuer: str = "") -> None:
    """Raise ImproperlyConfigured with one sentence for the first setting that is not fit for production."""
    if secret_key == sample or len(secret_key) < 40:
        raise ImproperlyConfigured(
            "In production SECRET_KEY must be a random text of its own of at least 40 characters."
        )
    parts = urlsplit(site_url)
    if parts.scheme != "https" or not parts.hostname:
        raise ImproperlyConfigured("In production SITE_URL must name the HTTPS address of this site.")
    if issuer and urlsplit(issuer).scheme != "https":
        raise ImproperlyConfigured("In production OIDC_ISSUER must name an HTTPS address.")


def refuse_demo_people() -> None:
    """Raise ImproperlyConfigured when people of the demo company, whose password everybody knows, are active."""
    from salesflow.people.models import User

    known = (
        User.objects.filter(is_demo=True, is_active=True)
        .order_by("email")
        .values_list("email", flat=True)
        .first()
    )
    if known is not None:
        raise ImproperlyConfigured(
            f"In production nobody of the demo company may sign in, but {known} can: "
            "use a database without the demo company, or switch its people off."
        )


def refuse_in_production() -> None:
    """What is asked of the database before a web server starts; one that is away is asked by the next start."""
    if not settings.PRODUCTION:
        return
    try:
        refuse_demo_people()
    except DatabaseError as error:
        log.warning("the database was not there to be asked for demo people: %s", error)
    finally:
        connection.close()
