"""How people are told of their notices beside the inbox: at the bell, by mail at once, or in a digest."""

from salesflow.outbox.services.notices.carry import notices_carry
from salesflow.outbox.services.notices.mail import notice_mails_write
from salesflow.outbox.services.notices.wishes import (
    Wish,
    kinds_for,
    notice_settings,
    notice_settings_change,
    notice_settings_of,
    wish_for,
)

__all__ = [
    "Wish",
    "kinds_for",
    "notice_mails_write",
    "notice_settings",
    "notice_settings_change",
    "notice_settings_of",
    "notices_carry",
    "wish_for",
]
