"""Walk the chain of seals over the journal."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from salesflow.journal.services import audit_verify
from salesflow.lib.commands import OperatorCommand, counted


class Command(OperatorCommand):
    help = "Recompute the chain of seals over all events; names the first link that is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--head",
            default="",
            help="a head noted earlier, which the chain must still hold: nothing was cut off",
        )

    def run(self, **options: Any) -> None:
        verdict = audit_verify(head=options["head"])
        facts = {
            "ok": not verdict.broken,
            "events": verdict.events,
            "seals": verdict.seals,
            "unsealed": verdict.unsealed,
            "head": verdict.head,
            "broken": verdict.broken,
            "problems": verdict.problems,
        }
        words = (
            f"{counted(verdict.events, 'event')} under {counted(verdict.seals, 'seal')}, "
            f"{verdict.unsealed} not yet sealed; head {verdict.head or '–'}"
        )
        self.tell(facts, "\n".join([words, *verdict.problems[1:]]))
        if verdict.broken:
            raise CommandError(f"The chain is broken at {verdict.problems[0]}.")
