"""People as an operator names them at a terminal."""

from django.core.management.base import CommandError

from salesflow.people.models import User


def person_called(email: str) -> User:
    """The active person with this address; ends the command in one sentence when there is none."""
    user = User.objects.active().filter(email=email.strip().lower()).first()
    if user is None:
        raise CommandError(f"Nobody signs in as {email}.")
    return user
