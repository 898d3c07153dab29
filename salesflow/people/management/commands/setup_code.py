"""Print a one-time code for the set-up page."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesflow.lib.errors import Conflict
from salesflow.people.services import setup_code_issue


class Command(BaseCommand):
    help = "Print a new one-time code for the set-up page; only while there is no administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = setup_code_issue()
        except Conflict as conflict:
            raise CommandError(str(conflict.message)) from None
        self.stdout.write(json.dumps({"code": code}) if options["json"] else code)
