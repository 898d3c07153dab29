"""Load the demo company."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from salesflow.demo.loading import demo_load
from salesflow.lib.commands import OperatorCommand
from salesflow.people.models import User


class Command(OperatorCommand):
    help = "Load the demo company into an empty workspace; the same for the same seed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--scale", type=int, default=1, help="times 137 leads, and 12 from a fair")

    def run(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo company has well-known passwords and is refused in production.")
        if not 1 <= options["scale"] <= 1000:
            raise CommandError("The scale is a whole number from 1 to 1000.")
        if User.objects.exists():
            raise CommandError("There are people here already; the demo company needs an empty workspace.")
        made = demo_load(seed=options["seed"], scale=options["scale"])
        self.tell(made, f"Demo company: {made['leads']} leads.")
