import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leads.services import rescore_all, rescore_sweep


class Command(BaseCommand):
    help = "Score every lead again, in batches that nobody has to wait for; counts the leads that moved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        moved = rescore_all()
        # leads that somebody was changing at that moment
        moved += rescore_sweep()["rescored"]
        answer = {"moved": moved, "seconds": round(time.monotonic() - started, 3)}
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(f"{moved} leads moved in {answer['seconds']} s")
