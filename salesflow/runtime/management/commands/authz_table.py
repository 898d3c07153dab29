"""Print who may do what where."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from salesflow.authz import entries, pages


class Command(BaseCommand):
    help = "Print every route with method, role, scope and what is expected there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer in JSON")
        parser.add_argument("--role", help="only this role")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [row for row in entries() if options["role"] in (None, row.role)]
        if options["json"]:
            shown = [{"path": page.path, "name": page.name, "public": page.is_public} for page in pages()]
            self.stdout.write(
                json.dumps({"api": [row.as_json() for row in rows], "pages": shown}, default=str)
            )
            return
        for row in rows:
            expected = " ".join(f"{relation}={outcome}" for relation, outcome in row.expected.items())
            self.stdout.write(
                f"{row.method:6} {row.path:60} {row.role:16} {row.right:24} {row.scope:7} {expected}"
            )
        for page in pages():
            self.stdout.write(f"page   {page.path:60} {'everybody' if page.is_public else 'signed in'}")
