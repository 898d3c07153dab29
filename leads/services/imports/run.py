"""Reading a file of leads: the steps of every import (`salesflow.work.services.imports.driver`)."""

from leads.services.imports.flow import FLOW
from salesflow.work.services.imports.driver import Watch, run, sweep


def imports_sweep() -> dict[str, int]:
    """Take up imports that wait or whose worker vanished; safe to run late, twice, or in two workers at once."""
    return sweep(FLOW)


def import_run(*, job_id: int, seconds: float | None = None, on_chunk: Watch = None) -> bool:
    """Do what an import has to do next, to its end or for so many seconds; False when it is not this worker's."""
    return run(FLOW, job_id, seconds=seconds, on_chunk=on_chunk)
