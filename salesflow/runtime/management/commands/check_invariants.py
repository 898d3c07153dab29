"""Ask the database whether every promise is kept."""

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from salesflow.lib.commands import OperatorCommand, counted
from salesflow.lib.invariants import Finding, all_invariants, invariant_check


class Command(OperatorCommand):
    help = "Ask whether every promise of the product holds, on a live instance too; names what breaks one."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--only", metavar="NAME", action="append", help="this promise or app alone; may be repeated"
        )

    def run(self, **options: Any) -> None:
        asked = [each for each in all_invariants() if _wanted(each.name, options["only"])]
        if not asked:
            raise CommandError(f"There is no promise called {', '.join(options['only'])}.")
        started = time.monotonic()
        found = [invariant_check(each) for each in asked]
        broken = [each for each in found if each.broken]
        facts = {
            "ok": not broken,
            "checked": len(found),
            "seconds": round(time.monotonic() - started, 3),
            "broken": [_facts(each) for each in broken],
            "names": [each.name for each in asked],
        }
        self.tell(
            facts, "\n".join([*map(_words, broken), f"{len(found) - len(broken)} of {len(found)} hold."])
        )
        if broken:
            raise CommandError(f"{len(broken)} of {counted(len(found), 'promise')} broken.")


def _wanted(name: str, only: list[str] | None) -> bool:
    return not only or any(name == each or name.startswith(f"{each}.") for each in only)


def _facts(found: Finding) -> dict[str, Any]:
    return {
        "name": found.invariant.name,
        "promise": found.invariant.promise,
        "of": found.invariant.of,
        "count": found.broken,
        "offenders": found.offenders,
    }


def _words(found: Finding) -> str:
    named = ", ".join(map(str, found.offenders))
    more = f" and {found.broken - len(found.offenders)} more" if found.broken > len(found.offenders) else ""
    return (
        f"{found.invariant.name}: {found.invariant.promise}\n  broken by {found.invariant.of} {named}{more}"
    )
