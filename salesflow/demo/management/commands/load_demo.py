"""Load the demo company."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from salesflow.demo.company import company_make
from salesflow.demo.leads import history_tell, leads_make
from salesflow.people.models import User


class Command(BaseCommand):
    help = "Load the demo company into an empty workspace; the same for the same seed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--scale", type=int, default=1, help="times 120 leads")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo company has well-known passwords and is refused in production.")
        if User.objects.exists():
            raise CommandError("There are people here already; the demo company needs an empty workspace.")
        with transaction.atomic():
            company = company_make()
            moved = leads_make(company, seed=options["seed"], scale=options["scale"])
        history_tell(moved)
        made = {"users": len(company.people), "leads": len(moved)}
        self.stdout.write(json.dumps(made) if options["json"] else f"Demo company: {made['leads']} leads.")
