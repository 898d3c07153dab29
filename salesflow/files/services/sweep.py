"""Clearing away contents that no row names: of uploads that were killed, refused late or rolled back."""

from datetime import UTC, datetime, timedelta

from django.core.files.storage import default_storage

from salesflow.files import store
from salesflow.files.models import StoredFile

#: No transaction lives so long: what has no row by then will never have one.
ORPHAN_AFTER = timedelta(days=1)


def orphans_remove(*, now: datetime | None = None) -> dict[str, int]:
    """Remove what has lain in the store for a day without a row, half written files among it."""
    counts = {"processed": 0, "failed": 0}
    until = (now or datetime.now(UTC)) - ORPHAN_AFTER
    for day in store.days():
        if day <= f"{until:%Y%m%d}":
            _remove_of(day, until, counts)
    return counts


def _remove_of(day: str, until: datetime, counts: dict[str, int]) -> None:
    """One statement a day of uploads."""
    found = list(store.files_of(day))
    kept = set(
        StoredFile.objects.filter(path__in={path for path, _name in found}).values_list("path", flat=True)
    )
    for path, name in found:
        if path in kept and not name.endswith(".part"):
            continue
        try:
            if default_storage.get_modified_time(name) <= until:
                default_storage.delete(name)
                counts["processed"] += 1
        except Exception:  # each kind of store has its own; the next sweep tries again
            counts["failed"] += 1
