"""Celery's door onto the outbox: it only wakes what a sweep would do anyway."""

from celery import shared_task

from salesflow.lib.sweeps import sweep
from salesflow.outbox.services.chat import chats_forget
from salesflow.outbox.services.errands import errands_run
from salesflow.outbox.services.mails import mails_forget
from salesflow.outbox.services.notices import notice_mails_write, notices_carry
from salesflow.outbox.services.webhooks import webhooks_forget, webhooks_tell


@sweep("outbox.errands", every=5, waits=True)
def sweep_errands() -> dict[str, int]:
    """Carry out of the house what is due."""
    return errands_run()


@sweep("outbox.forget", every=3600)
def sweep_forget() -> dict[str, int]:
    """Remove what needs no longer be looked at."""
    return {"forgotten": mails_forget() + webhooks_forget() + chats_forget()}


@sweep("outbox.notices", every=5)
def sweep_notices() -> dict[str, int]:
    """Let notices go the ways their readers want."""
    return {"carried": notices_carry(), "mailed": notice_mails_write()}


@sweep("outbox.webhooks", every=5)
def sweep_webhooks() -> dict[str, int]:
    """Write what webhooks are to be told."""
    return {"told": webhooks_tell()}


@shared_task
def run_errands() -> dict[str, int]:
    """Carry what is due; safe to run late, twice, or in two workers at once."""
    return errands_run()
