"""The address under which somebody's calendar is read by his other calendars."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class CalendarFeed(models.Model):
    """One per person; of the secret in its address only the digest is kept."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(_("made"), db_default=Now())

    def __str__(self) -> str:
        return f"calendar feed of user {self.user_id}"
