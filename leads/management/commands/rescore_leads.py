"""Score every lead anew."""

import time
from typing import Any

from django.core.management.base import CommandError

from leads.services import rescore_all, rescore_sweep
from salesflow.lib.commands import OperatorCommand, counted


class Command(OperatorCommand):
    help = "Score every lead again, in batches that nobody has to wait for; counts the leads that moved."

    def run(self, **options: Any) -> None:
        started = time.monotonic()
        moved = rescore_all()
        # leads that somebody was changing at that moment
        rest = rescore_sweep()
        moved += rest["rescored"]
        answer = {"moved": moved, "failed": rest["failed"], "seconds": round(time.monotonic() - started, 3)}
        self.tell(answer, f"{counted(moved, 'lead')} moved in {answer['seconds']} s")
        if rest["failed"]:
            raise CommandError(f"{counted(rest['failed'], 'lead')} could not be scored; the log says why.")
