"""What business records have in common: times, an edit counter, an archive instead of deletion, a place to hang on."""

from typing import Any

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Now
from django.db.models.lookups import Exact


class Record(models.Model):
    """Base of business records. Services edit with `**touched()` so that stale edits can be refused."""

    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class OnSubject(models.Model):
    """A row that hangs on a record of any kind, by type ("leads.lead") and id."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()

    class Meta:
        abstract = True


def names_with_values(column: str, *, name: str) -> models.CheckConstraint:
    """A constraint: the JSON of this column is an object, names with values."""
    kind = Func(F(column), function="jsonb_typeof", output_field=models.TextField())
    return models.CheckConstraint(condition=Exact(kind, Value("object")), name=name)


def touched() -> dict[str, Any]:
    """The columns each edit of a Record changes beside its own."""
    return {"version": F("version") + 1, "updated_at": Now()}
