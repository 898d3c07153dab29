"""Carrying messages to chat groups: what is due to one goes in one message, and never faster than its tool takes."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from salesflow.lib.http import NoAnswer, NotCalled, post
from salesflow.lib.vault import Locked, opened
from salesflow.outbox.models import ChatGroup, ChatMessage
from salesflow.outbox.services.chat.tools import APART, LONGEST, TOO_FAST, call_of, refusal_of
from salesflow.outbox.services.errands import Errand, Tell, source
from salesflow.outbox.services.patience import LEASE
from salesflow.outbox.services.webhooks.outcome import FAULTS
from salesflow.outbox.services.webhooks.patience import pause_after

#: News that nobody could be told for so long is no news any more.
ATTEMPTS = 8
BETWEEN = "\n\n"


@dataclass(frozen=True)
class Outcome:
    """`refusal` is empty when the tool took it."""

    group: ChatGroup
    messages: list[ChatMessage]
    refusal: str


def register() -> None:
    source("chat", _claim)


def _claim(free: int) -> list[Errand]:
    with transaction.atomic():
        idle = Q(leased_until=None) | Q(leased_until__lte=Now())
        due = _due().filter(group=OuterRef("pk"))
        rows = ChatGroup.objects.filter(idle, Exists(due), next_at__lte=Now(), archived_at=None)
        groups = list(rows.select_for_update(skip_locked=True).order_by("next_at", "pk")[:free])
        ChatGroup.objects.filter(pk__in=[each.pk for each in groups]).update(leased_until=Now() + LEASE)
        waiting = list(_due().filter(group__in=groups).order_by("pk")[:1000]) if groups else []
    return [_Carrier(each, _first(waiting, each)).errand for each in groups]


def _due() -> QuerySet[ChatMessage]:
    waiting = ChatMessage.objects.filter(sent_at=None, due_at__lte=Now(), attempts__lt=ATTEMPTS)
    return waiting.filter(Q(is_test=True) | Q(group__is_active=True))


def _first(waiting: list[ChatMessage], group: ChatGroup) -> list[ChatMessage]:
    """As many as fit into one message."""
    chosen: list[ChatMessage] = []
    size = 0
    for message in (each for each in waiting if each.group_id == group.pk):
        size += len((message.text + BETWEEN).encode())
        if chosen and size > LONGEST:
            break
        chosen.append(message)
    return chosen


@dataclass
class _Carrier:
    group: ChatGroup
    messages: list[ChatMessage]
    errand: Errand = field(init=False)

    def __post_init__(self) -> None:
        self.errand = Errand(self.do, outcome_write)

    def do(self, tell: Tell) -> None:
        text = BETWEEN.join(message.text for message in self.messages)
        text = text.encode()[:LONGEST].decode(errors="ignore")
        tell(Outcome(self.group, self.messages, _refusal(self.group, text)))


def _refusal(group: ChatGroup, text: str) -> str:
    try:
        call = call_of(group.tool, opened(group.url_box), opened(group.secret_box), text)
        return refusal_of(post(call.url, call.body, {"Content-Type": "application/json"}))
    except (NoAnswer, NotCalled) as error:
        return str(FAULTS[error.code])
    except ValidationError:
        return str(FAULTS["inside_address"])
    except Locked:
        return str(FAULTS["locked"])


@transaction.atomic
def outcome_write(outcome: Outcome) -> bool:
    """Write down what the tool said; gives whether it took the message."""
    group = ChatGroup.objects.select_for_update().get(pk=outcome.group.pk)
    group.leased_until = None
    group.next_at = timezone.now() + timedelta(seconds=APART)
    ids = [message.pk for message in outcome.messages]
    if not outcome.refusal:
        group.last_sent_at, group.last_error, group.last_error_at = timezone.now(), "", None
        ChatMessage.objects.filter(pk__in=ids).update(sent_at=Now())
    else:
        group.last_error, group.last_error_at = outcome.refusal, timezone.now()
        _set_back(outcome, group)
    group.save(update_fields=["leased_until", "next_at", "last_sent_at", "last_error", "last_error_at"])
    return not outcome.refusal


def _set_back(outcome: Outcome, group: ChatGroup) -> None:
    """The group waits longer each time; a minute at least where the tool says it was too fast, which counts as none."""
    attempts = max(message.attempts for message in outcome.messages) + 1
    is_too_fast = outcome.refusal.split(" ")[0] in TOO_FAST
    wait = timedelta(minutes=1) if is_too_fast else pause_after(attempts + 2)
    group.next_at = timezone.now() + wait
    for message in outcome.messages:
        message.attempts = ATTEMPTS if message.is_test else message.attempts + (0 if is_too_fast else 1)
    ChatMessage.objects.bulk_update(outcome.messages, ["attempts"])
