"""Make an API token from the terminal."""

from typing import Any

from django.core.management.base import CommandParser

from salesflow.lib.commands import OperatorCommand
from salesflow.people.services import token_issue
from salesflow.people.terminal import person_called


class Command(OperatorCommand):
    help = "Make an API token for a person and print it, and nothing else. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            help="read, write or <resource>:read|write; may be repeated. Without any: read and write.",
        )
        parser.add_argument("--name", default="", help="what it is for")

    def run(self, **options: Any) -> None:
        user, scopes = person_called(options["email"]), options["scopes"] or ("read", "write")
        token, secret = token_issue(user=user, scopes=scopes, name=options["name"][:80], by=None)
        expires = token.expires_at and token.expires_at.isoformat()
        self.tell({"token": secret, "scopes": token.scopes, "expires_at": expires}, secret)
