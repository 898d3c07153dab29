"""Compare all leads with each other."""

import time
from typing import Any

from django.core.management.base import CommandError

from leads.services.pairs import duplicates_find
from salesflow.lib.commands import OperatorCommand, counted


class Command(OperatorCommand):
    help = "Look for leads that may be one and put them into the list of possible duplicates; decisions stay."

    def run(self, **options: Any) -> None:
        started = time.monotonic()
        searched = duplicates_find(now=True)
        if searched is None:
            raise CommandError("Another process is comparing all leads at the moment.")
        seconds = round(time.monotonic() - started, 3)
        answer = {
            "leads": searched.leads, "compared": searched.compared, "found": searched.found, "seconds": seconds,
        }  # fmt: skip
        self.tell(
            answer, f"{counted(searched.found, 'pair')} among {counted(searched.leads, 'lead')}, {seconds} s"
        )
