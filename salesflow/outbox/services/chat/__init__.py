"""Telling groups in chat tools of notices."""

from salesflow.outbox.services.chat.feed import chat_messages_plan, chats_forget
from salesflow.outbox.services.chat.keep import (
    chat_group_archive,
    chat_group_change,
    chat_group_create,
    chat_group_restore,
    chat_group_test,
)

__all__ = [
    "chat_group_archive",
    "chat_group_change",
    "chat_group_create",
    "chat_group_restore",
    "chat_group_test",
    "chat_messages_plan",
    "chats_forget",
]
