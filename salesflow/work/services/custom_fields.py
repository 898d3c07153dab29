"""Fields that are added without a migration."""

from collections.abc import Mapping

from django.db import transaction

from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.lists.ports import CustomWord
from salesflow.people.models import User
from salesflow.people.services.config import config_changed, configured, shown_revision
from salesflow.work.models import CustomField


@transaction.atomic
def custom_fields_ensure(*, resource: str, labels: Mapping[str, str], by: User | None) -> None:
    """Make the text fields among `labels` (key -> label) that are not there yet; others stay as they are."""
    known = set(CustomField.objects.filter(resource=resource, key__in=labels).values_list("key", flat=True))
    missing = [key for key in labels if key not in known]
    if not missing:
        return
    CustomField.objects.bulk_create(
        [CustomField(resource=resource, key=key, label=labels[key][:120]) for key in missing],
        ignore_conflicts=True,
    )
    config_changed()
    made = CustomField.objects.filter(resource=resource, key__in=missing)
    record_many(
        EventDraft(
            "work.custom_field_created",
            "work.customfield",
            field.pk,
            getattr(by, "pk", None),
            {"key": field.key},
        )
        for field in made
    )


def custom_words(resource: str, *, revision: int | None = None) -> list[CustomWord]:
    """The custom fields of a kind of record as words of its lists, kept until the configuration changes.

    Without a `revision` that was read, the one this request has seen is good enough.
    """

    def read() -> list[CustomWord]:
        fields = CustomField.objects.filter(resource=resource, archived_at=None).order_by("position", "id")
        return [CustomWord(each.key, each.label, each.kind, tuple(each.choices)) for each in fields]

    return configured(
        f"work.custom_words.{resource}", read, revision=shown_revision() if revision is None else revision
    )
