"""Deliver what is due now."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from salesflow.journal.services import deliveries_drain
from salesflow.lib.commands import OperatorCommand, counted


class Command(OperatorCommand):
    help = (
        "Carry every event that is due to its subscribers, once; counts what was delivered, failed and waits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dead", action="store_true", help="also try again what was given up")

    def run(self, **options: Any) -> None:
        counts = deliveries_drain(dead=options["dead"])
        self.tell(counts, ", ".join(f"{number} {key}" for key, number in counts.items()))
        if counts["failed"]:
            raise CommandError(
                f"{counted(counts['failed'], 'delivery', 'deliveries')} failed; the log says why."
            )
