"""Ask the store whether it has every file that a record names."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from salesflow.files.services import contents_check
from salesflow.files.services.check import Fault
from salesflow.lib.commands import OperatorCommand, counted


class Command(OperatorCommand):
    help = (
        "Ask whether every file that a record names is in the store, whole; for drills and after a restore."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--content", action="store_true", help="read every file through and compare its digest"
        )

    def run(self, **options: Any) -> None:
        checked, faults = 0, []
        for each in contents_check(compare=options["content"]):
            if isinstance(each, Fault):
                faults.append(each)
            else:
                checked += 1
        facts = {"ok": not faults, "checked": checked, "broken": [asdict(fault) for fault in faults]}
        words = [f"{fault.path} of stored file {fault.id}: {fault.what}" for fault in faults]
        self.tell(facts, "\n".join([*words, f"{counted(checked, 'file')} looked at."]))
        if faults:
            raise CommandError(f"{counted(len(faults), 'file')} not as kept.")
