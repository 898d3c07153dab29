"""Reading a file of records: the steps of every import (`driver`)."""

from salesflow.work.services.imports.driver import run, sweep
from salesflow.work.services.imports.records import FLOW


def imports_sweep() -> dict[str, int]:
    """Take up imports that wait or whose worker vanished; safe to run late, twice, or in two workers at once."""
    return sweep(FLOW)


def import_run(*, job_id: int, seconds: float | None = None) -> bool:
    """Do what an import has to do next, to its end or for so many seconds; False when it is not this worker's."""
    return run(FLOW, job_id, seconds=seconds)
