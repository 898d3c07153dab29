"""What every import has in common, and what its app says of it; the steps themselves stand in `jobs` and `driver`."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import Model, QuerySet

from salesflow.people.models import User
from salesflow.work.services.imports.storing import Chunks

QUEUED, NEEDS_MAPPING, RUNNING = "queued", "needs_mapping", "running"
DONE, FAILED, CANCELLED, UNDONE = "done", "failed", "cancelled", "undone"
#: What a job is before its first row has been read; the worker drops the rows of an earlier reading.
UNREAD: dict[str, Any] = {
    "processed": 0, "created": 0, "skipped": 0, "rejected": 0, "read_until": 0, "read_percent": 0, "total": None,
    "started_at": None, "finished_at": None, "undone_at": None, "kept_after_undo": [], "leased_until": None,
    "error": "",
}  # fmt: skip


class ImportFlow:
    """One kind of import: its job (`work.import_models.ImportJob`), and where it differs. Subclass it, one instance.

    A job goes queued or needs_mapping → running → done, failed or cancelled → (running →) undone.
    """

    model: ClassVar[type[Any]]
    rows: ClassVar[type[Model]]
    #: The field of a row that names its job.
    row_job: ClassVar[str] = "job"
    #: Events and notices are `<app>.import_…`; notices are told once by `<key>:<job>:<version>`.
    app: ClassVar[str]
    key: ClassVar[str]
    unread: ClassVar[dict[str, Any]]
    ended: ClassVar[tuple[str, ...]] = (DONE, FAILED)
    #: What is asked of the database with a job that is carried on.
    related: ClassVar[tuple[str, ...]] = ("by", "undoing_by")
    #: Renewed by each chunk; should it run out under a slow one, only one of two workers commits it.
    lease: ClassVar[timedelta]

    def of(self, pk: int) -> QuerySet[Any]:
        return self.model._default_manager.filter(pk=pk)  # type: ignore[no-any-return]

    def fresh(self, job: Any) -> Any:
        return self.of(job.pk).select_related("by").get()

    def may_run(self, by: User, job: Any) -> bool:
        raise NotImplementedError

    def told(self, job: Any) -> dict[str, Any]:
        """What the event of an upload says beside size and state."""
        return {}

    def settle(self, job: Any) -> bool:
        """Set the mapping of a job that has been looked at; False while it is only a guess, for a person to confirm."""
        raise NotImplementedError

    def settled(self, job: Any) -> None:
        """Its mapping stands, and the job begins."""

    def wake(self, job: Any) -> None:
        """Have a worker carry the job on once this transaction has committed."""
        raise NotImplementedError

    def chunks(self, job: Any) -> Chunks:
        raise NotImplementedError

    def chunk_rows(self) -> int:
        """Rows of one transaction, at most."""
        raise NotImplementedError

    def before_reading(self, job: Any) -> None:
        """What has to be there before the first row."""

    def forget_trial(self, job: Any) -> None:
        """What a dry run kept for its own rows is of no more use."""
        raise NotImplementedError

    def done(self, job: Any) -> None:
        """The file has been read to its end."""
        raise NotImplementedError

    def failed(self, job: Any, error: str) -> None:
        raise NotImplementedError

    def undo(self, job: Any, *, seconds: float | None) -> None:
        """Carry an undo on that has begun."""
        raise NotImplementedError
