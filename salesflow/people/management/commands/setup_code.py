"""Print a one-time code for the set-up page."""

from typing import Any

from salesflow.lib.commands import OperatorCommand
from salesflow.people.services import setup_code_issue


class Command(OperatorCommand):
    help = "Print a new one-time code for the set-up page; only while there is no administrator."

    def run(self, **options: Any) -> None:
        code = setup_code_issue()
        self.tell({"code": code}, code)
