from salesflow.outbox.services.errands import errands_run
from salesflow.outbox.services.mails import mail_of, mail_write, mails_again, mails_forget, mails_write
from salesflow.outbox.services.server import mail_server, mail_server_change, mail_try_out
from salesflow.outbox.services.webhooks import (
    webhook_archive,
    webhook_change,
    webhook_create,
    webhook_replay,
    webhook_restore,
    webhook_rotate,
    webhook_test,
    webhooks_forget,
    webhooks_tell,
)
from salesflow.outbox.services.webhooks.kinds import webhook_kinds

__all__ = [
    "errands_run",
    "mail_of",
    "mail_server",
    "mail_server_change",
    "mail_try_out",
    "mail_write",
    "mails_again",
    "mails_forget",
    "mails_write",
    "webhook_archive",
    "webhook_change",
    "webhook_create",
    "webhook_kinds",
    "webhook_replay",
    "webhook_restore",
    "webhook_rotate",
    "webhook_test",
    "webhooks_forget",
    "webhooks_tell",
]
