"""Housekeeping of what is kept only for a while."""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.db.models.functions import Now

from salesflow.lib.sweeps import sweep
from salesflow.people.models import IdempotentAnswer, Throttle

ANSWERS_LIVE = timedelta(hours=24)


@sweep("people.tidy", every=600)
def tidy() -> dict[str, int]:
    """Forget answers under idempotency keys after a day, counters whose window has passed, and expired sessions."""
    IdempotentAnswer.objects.filter(created_at__lt=Now() - ANSWERS_LIVE).delete()
    Throttle.objects.filter(resets_at__lt=Now()).delete()
    SessionStore.clear_expired()
    return {}
