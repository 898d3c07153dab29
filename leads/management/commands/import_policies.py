"""Take policies of leads in from YAML."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from leads.services import policies_import
from leads.services.policy_document import Imported
from salesflow.lib.commands import OperatorCommand, counted
from salesflow.lib.yaml_text import yaml_write
from salesflow.people.terminal import person_called


class Command(OperatorCommand):
    help = "Make the policies of leads what a YAML file says, all or nothing, and tell every change."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="tell what would change and write nothing")
        parser.add_argument("--as", dest="person", metavar="EMAIL", help="in whose name the journal has it")

    def run(self, **options: Any) -> None:
        by = person_called(options["person"]) if options["person"] else None
        found = policies_import(text=_text(options["file"]), by=by, dry_run=options["dry_run"])
        changes = [change.as_json() for change in found.changes]
        self.tell({"dry_run": found.dry_run, "changes": changes, "drafts": found.drafts}, _words(found))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not UTF-8.") from None


def _words(found: Imported) -> str:
    lines = [f"{change.path}: {_said(change.before)} → {_said(change.after)}" for change in found.changes]
    told = counted(len(found.changes), "change")
    lines.append(f"{told}; nothing was written." if found.dry_run else f"{told}.")
    lines += [f"Waits to be activated: {name}." for name in found.drafts]
    return "\n".join(lines)


def _said(value: Any) -> str:
    """A value in one line."""
    return " ".join(yaml_write(value).removesuffix("...\n").split())
