"""Print who may do what where."""

from typing import Any

from django.core.management.base import CommandParser

from salesflow.authz import entries, pages
from salesflow.lib.commands import OperatorCommand
from salesflow.people.roles import ROLE_NAMES


class Command(OperatorCommand):
    help = "Print every route with method, role, scope and what is expected there."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--role", choices=sorted(ROLE_NAMES), help="only this role")

    def run(self, **options: Any) -> None:
        rows = [row for row in entries() if options["role"] in (None, row.role)]
        shown = [{"path": page.path, "name": page.name, "public": page.is_public} for page in pages()]
        self.tell(
            {"api": [row.as_json() for row in rows], "pages": shown}, "\n".join([*map(_row, rows), *_pages()])
        )


def _row(row: Any) -> str:
    expected = " ".join(f"{relation}={outcome}" for relation, outcome in row.expected.items())
    return f"{row.method:6} {row.path:60} {row.role:16} {row.right:24} {row.scope:7} {expected}"


def _pages() -> list[str]:
    return [f"page   {page.path:60} {'everybody' if page.is_public else 'signed in'}" for page in pages()]
