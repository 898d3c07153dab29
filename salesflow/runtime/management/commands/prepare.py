import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from salesflow.runtime.preparing import instance_prepare


class Command(BaseCommand):
    help = "Bring the database, the static files and, if wanted, the demo company up to date."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer in JSON")
        parser.add_argument(
            "--demo",
            action=argparse.BooleanOptionalAction,
            default=False,
            help="fill a new instance with the demo company",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        facts = instance_prepare(demo=options["demo"], say=self.stdout.write)
        if options["json"]:
            self.stdout.write(json.dumps(facts))
