"""Where somebody is signed in."""

from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Now

from salesflow.people.models.base import User


class BrowserSession(models.Model):
    """A browser that is signed in, as long as its session is there; both end together."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="browser")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="browser_sessions")
    agent = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=64, blank=True)
    began_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"session of {self.user_id}"
