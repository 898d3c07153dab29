"""Make an administrator from the terminal."""

import getpass
import os
import sys
from typing import Any

from django.core.management.base import CommandParser

from salesflow.lib.commands import OperatorCommand
from salesflow.people.services import administrator_create


class Command(OperatorCommand):
    help = (
        "Make an administrator. The password is asked for, or read from SALESFLOW_PASSWORD or standard input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def run(self, **options: Any) -> None:
        email = options["email"]
        name = options["name"] or email.split("@")[0]
        user = administrator_create(email=email, name=name, password=_password())
        self.tell({"id": user.pk, "email": user.email}, f"Administrator {user.email}")


def _password() -> str:
    given = os.environ.get("SALESFLOW_PASSWORD")
    if given is not None:
        return given
    if sys.stdin.isatty():
        return getpass.getpass()
    return sys.stdin.readline().rstrip("\n")
