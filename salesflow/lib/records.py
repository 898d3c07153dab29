"""What every business record has in common: times, an edit counter, and an archive instead of deletion."""

from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Now


class Record(models.Model):
    """Base of business records. Services edit with `**touched()` so that stale edits can be refused."""

    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


def touched() -> dict[str, Any]:
    """The columns each edit of a Record changes beside its own."""
    return {"version": F("version") + 1, "updated_at": Now()}
