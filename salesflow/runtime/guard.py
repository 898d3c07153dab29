"""What production refuses to start with."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def refuse_unsafe(*, secret_key: str, sample: str, site_url: str) -> None:
    """Raise ImproperlyConfigured with one sentence for the first setting that is not fit for production."""
    if secret_key == sample or len(secret_key) < 40:
        raise ImproperlyConfigured(
            "In production SECRET_KEY must be a random text of its own of at least 40 characters."
        )
    parts = urlsplit(site_url)
    if parts.scheme != "https" or not parts.hostname:
        raise ImproperlyConfigured("In production SITE_URL must name the HTTPS address of this site.")


def refuse_demo_people() -> None:
    """Raise ImproperlyConfigured when people of the demo company, whose password everybody knows, can sign in."""
    from salesflow.people.models import User

    demo = User.objects.filter(is_active=True, email__endswith="@example.com").values_list(
        "email", "password"
    )
    for email, password in demo.iterator():
        if _opens(password):
            raise ImproperlyConfigured(
                f"In production nobody of the demo company may sign in, but {email} can."
            )


def _opens(password: str) -> bool:
    from django.contrib.auth.hashers import check_password

    return check_password("demo", password)
