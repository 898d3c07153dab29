"""Make an API token from the terminal."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesflow.people.models import User
from salesflow.people.services import token_issue


class Command(BaseCommand):
    help = "Make an API token for a person and print it, and nothing else. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            help="read, write or <resource>:read|write; may be repeated. Without any: read and write.",
        )
        parser.add_argument("--name", default="")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.active().filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        try:
            token, secret = token_issue(
                user=user, scopes=options["scopes"] or ("read", "write"), name=options["name"], by=None
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        made = {"token": secret, "scopes": token.scopes, "expires_at": token.expires_at.isoformat()}  # type: ignore[union-attr]
        self.stdout.write(json.dumps(made) if options["json"] else secret)
