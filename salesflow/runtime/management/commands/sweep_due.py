import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesflow.runtime.sweeping import sweeps_run_all


class Command(BaseCommand):
    help = "Do everything that is due, once; counts what was processed, returned, reminded and failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        total = sweeps_run_all(by="command")
        counts = {key: total.get(key, 0) for key in ("processed", "returned", "reminded", "failed")}
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write(", ".join(f"{number} {key}" for key, number in counts.items()))
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} failed; the log says why.")
