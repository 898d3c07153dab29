"""Make an administrator from the terminal."""

import getpass
import json
import os
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesflow.people.services import administrator_create


class Command(BaseCommand):
    help = (
        "Make an administrator. The password is asked for, or read from SALESFLOW_PASSWORD or standard input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = administrator_create(
                email=options["email"],
                name=options["name"] or options["email"].split("@")[0],
                password=_password(),
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        made = {"id": user.pk, "email": user.email}
        self.stdout.write(json.dumps(made) if options["json"] else f"Administrator {user.email}")


def _password() -> str:
    given = os.environ.get("SALESFLOW_PASSWORD")
    if given is not None:
        return given
    if sys.stdin.isatty():
        return getpass.getpass()
    return sys.stdin.readline().rstrip("\n")
