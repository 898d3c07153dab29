from salesflow.outbox.services.errands import errands_run
from salesflow.outbox.services.mails import mail_write, mails_again, mails_forget
from salesflow.outbox.services.server import mail_server, mail_server_change, mail_try_out

__all__ = [
    "errands_run",
    "mail_server",
    "mail_server_change",
    "mail_try_out",
    "mail_write",
    "mails_again",
    "mails_forget",
]
