"""Which kinds of events may be told outside."""

from salesflow.journal.texts import event_kinds

#: What happens to sign-ins, keys and to the messages themselves stays here.
_OF_THE_HOUSE = frozenset({"people", "outbox"})
#: A message that only shows that the way is open.
TEST = "webhook.test"


def webhook_kinds() -> list[str]:
    """Every kind that a webhook may ask for, such as `leads.assigned`, in order."""
    return [kind for kind in event_kinds() if is_told(kind)]


def is_told(kind: str) -> bool:
    return kind.partition(".")[0] not in _OF_THE_HOUSE
