"""How it went at the last turn, as the pages of what sends say it."""

from datetime import datetime

from salesflow.lib.web.times import exact
from salesflow.outbox.models import ChatGroup, MailServer

NEVER = "–"


def moment_said(at: datetime | None) -> str:
    return exact(at) if at else NEVER


def fault_said(sender: MailServer | ChatGroup) -> str:
    """The last error with its time; nothing once something was taken since."""
    at = sender.last_error_at
    return f"{exact(at)}: {sender.last_error}" if sender.last_error and at else NEVER
