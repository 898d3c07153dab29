"""Write the policies of leads as YAML."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from leads.services import policies_export
from salesflow.lib.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Print all policies of leads as YAML: scoring, assignment, pools, first contact, verification."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--file", type=Path, help="write them here instead of printing them")

    def run(self, **options: Any) -> None:
        text, path = policies_export(by=None), options["file"]
        if path is None:
            self.tell({"policies": text}, text.rstrip("\n"))
            return
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        self.tell({"file": str(path), "bytes": len(text.encode())}, f"The policies are in {path}.")
