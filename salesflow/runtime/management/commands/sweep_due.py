"""One pass over everything that is due."""

from typing import Any

from django.core.management.base import CommandError

from salesflow.lib.commands import OperatorCommand
from salesflow.runtime.sweeping import sweeps_run_all


class Command(OperatorCommand):
    help = "Do everything that is due, once; counts what was processed, returned, reminded and failed."

    def run(self, **options: Any) -> None:
        total = sweeps_run_all(by="command")
        counts = {key: total.get(key, 0) for key in ("processed", "returned", "reminded", "failed")}
        self.tell(counts, ", ".join(f"{number} {key}" for key, number in counts.items()))
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} failed; the log says why.")
