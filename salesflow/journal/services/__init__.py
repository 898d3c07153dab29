from salesflow.journal.services.deliver import deliveries_carry, deliveries_drain
from salesflow.journal.services.inbox import inbox, notice_line, notice_lines, unread_count
from salesflow.journal.services.notify import notices_read, notify, notify_gathered, notify_many
from salesflow.journal.services.record import EventDraft, record, record_many
from salesflow.journal.services.seal import audit_verify, events_seal

__all__ = [
    "EventDraft",
    "audit_verify",
    "deliveries_carry",
    "deliveries_drain",
    "events_seal",
    "inbox",
    "notice_line",
    "notice_lines",
    "notices_read",
    "notify",
    "notify_gathered",
    "notify_many",
    "record",
    "record_many",
    "unread_count",
]
