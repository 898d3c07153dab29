"""Load the demo company."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from salesflow.demo.company import company_make
from salesflow.demo.leads import history_tell, leads_make
from salesflow.lib.commands import OperatorCommand
from salesflow.people.models import User


class Command(OperatorCommand):
    help = "Load the demo company into an empty workspace; the same for the same seed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--scale", type=int, default=1, help="times 120 leads")

    def run(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo company has well-known passwords and is refused in production.")
        if not 1 <= options["scale"] <= 1000:
            raise CommandError("The scale is a whole number from 1 to 1000.")
        if User.objects.exists():
            raise CommandError("There are people here already; the demo company needs an empty workspace.")
        with transaction.atomic():
            company = company_make()
            moved = leads_make(company, seed=options["seed"], scale=options["scale"])
        history_tell(moved)
        made = {"users": len(company.people), "leads": len(moved)}
        self.tell(made, f"Demo company: {made['leads']} leads.")
