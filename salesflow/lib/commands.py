"""What the commands of an operator have in common: an answer in words or JSON, a failure in one clear sentence."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesflow.lib.errors import Conflict


class OperatorCommand(BaseCommand):
    """A command that takes `--json`. Subclasses write `run(**options)`, which answers with `tell`.

    The three kinds of refusal end it with a sentence on standard error and a status that is not zero.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json: bool = options["json"]
        try:
            self.run(**options)
        except ValidationError as error:
            raise CommandError(sentence(error)) from error
        except Conflict as conflict:
            raise CommandError(str(conflict.message)) from conflict
        except PermissionDenied as error:
            raise CommandError(str(error) or "This is not allowed.") from error

    def run(self, **options: Any) -> None:
        raise NotImplementedError

    def tell(self, facts: Any, words: str) -> None:
        """Answer: `facts` as one line of JSON if that was asked for, otherwise the `words`."""
        self.stdout.write(json.dumps(facts, ensure_ascii=False, default=str) if self.as_json else words)

    def progress(self, words: str) -> None:
        """Something to read while it lasts; not part of the answer."""
        self.stderr.write(words)


def sentence(error: ValidationError) -> str:
    """Every message of a refused input, each with its field where it has one."""
    if not hasattr(error, "error_dict"):
        return "; ".join(error.messages)
    return "; ".join(
        f"{name}: {' '.join(message for each in faults for message in each.messages)}"
        for name, faults in error.error_dict.items()
    )


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 lead`, `2 leads`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
