"""Webhooks: told once of each event their owner may see, signed, repeated until taken, and ended when they fail."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models.functions import Now

from leads.models import Lead
from leads.services import lead_create
from leads.services.defaults import leads_ensure_defaults
from salesflow.journal.models import Event, Notice, Seal, SealedEvent
from salesflow.lib.errors import Conflict
from salesflow.outbox.models import Webhook, WebhookDelivery, WebhookFeed
from salesflow.outbox.services import (
    errands_run,
    webhook_change,
    webhook_create,
    webhook_replay,
    webhook_rotate,
    webhook_test,
    webhooks_forget,
    webhooks_tell,
)
from salesflow.outbox.services.webhooks import calls
from salesflow.outbox.services.webhooks.patience import ATTEMPTS, asked_wait, wait_after
from tests.support.races import Meeting, at_once
from tests.support.web import Taken, WebPeer, web_peer

__all__ = ["web_peer"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(cast: SimpleNamespace, web_peer: WebPeer) -> tuple[Webhook, str]:
    leads_ensure_defaults()
    return webhook_create(by=cast.admin, name="ERP", url=web_peer.url(), kinds=["leads.created"])


def seal() -> None:
    """As the sealer does once the transaction of the events is over, which in a test it never is."""
    events = list(Event.objects.filter(sealed=None).order_by("pk"))
    made = Seal.objects.create(last_event_id=events[-1].pk, events=len(events), hash="")
    SealedEvent.objects.bulk_create(SealedEvent(event=event, seal=made) for event in events)


def told() -> int:
    seal()
    return webhooks_tell()


def lead(owner: Any, name: str = "Acme") -> Lead:
    return lead_create(
        by=owner, values={"company_name": name, "contact_name": f"Wang {name}"}, assignment="me"
    )


def later() -> None:
    """As if every wait were over."""
    past = Now() - timedelta(seconds=1)
    WebhookDelivery.objects.filter(state="waiting").update(due_at=past)
    Webhook.objects.update(paused_until=None, leased_until=None)


def verified(message: Taken, secret: str, place: int = 0) -> bool:
    """As any library of Standard Webhooks does it."""
    heads = message.headers
    content = f"{heads['webhook-id']}.{heads['webhook-timestamp']}.".encode() + message.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return heads["webhook-signature"].split(" ")[place] == f"v1,{wanted}"


def test_an_event_arrives_signed_and_thin(hook: tuple[Webhook, str], cast: Any, web_peer: WebPeer) -> None:
    made = lead(cast.alice, "秘密公司")
    assert told() == 1
    assert errands_run() == {"sent": 1, "failed": 0}
    (message,) = web_peer.taken
    assert verified(message, hook[1]) and "秘密" not in message.body.decode()
    said = json.loads(message.body)
    assert said["type"] == "leads.created" and said["data"]["id"] == made.pk
    assert (
        said["data"]["url"].endswith(f"/api/v1/leads/{made.pk}/") and said["data"]["actor"] == cast.alice.pk
    )
    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "delivered" and delivery.response_status == 200 and delivery.attempts == 1
    assert delivery.request_headers["webhook-id"] == delivery.message_id == message.headers["webhook-id"]
    assert delivery.response_headers["server"] and delivery.response_body == "{}"


def test_an_event_is_told_once_however_often_one_looks(hook: Any, cast: Any, web_peer: WebPeer) -> None:
    lead(cast.alice)
    assert told() == 1
    assert webhooks_tell() == 0
    WebhookFeed.objects.update(seal_id=0)  # as if a pass had been taken back half-way
    webhooks_tell()
    assert WebhookDelivery.objects.count() == 1


def test_only_chosen_kinds_and_only_what_the_owner_may_see(cast: Any, web_peer: WebPeer, hook: Any) -> None:
    """Bob is told of his own lead and not of Charlie's; nobody of sign-ins."""
    bobs, _secret = webhook_create(by=cast.admin, owner=cast.bob, name="Bob's", url=web_peer.url("/bob"))
    mine = lead(cast.bob, "Bob's company")
    lead(cast.charlie, "Charlie's company")
    told()
    found = WebhookDelivery.objects.filter(webhook=bobs)
    assert {row.payload["data"]["id"] for row in found if row.payload["data"]["resource"] == "leads"} == {
        mine.pk
    }
    assert not found.filter(kind__startswith="people.").exists()
    assert set(hook[0].deliveries.values_list("kind", flat=True)) == {"leads.created"}
    assert hook[0].deliveries.count() == 2
    cast.bob.is_active = False
    cast.bob.save()
    before = found.count()
    lead(cast.alice)
    told()
    assert found.count() == before


def test_a_new_webhook_hears_nothing_of_the_past(cast: Any, web_peer: WebPeer) -> None:
    leads_ensure_defaults()
    lead(cast.alice)
    seal()
    webhooks_tell()
    webhook_create(by=cast.admin, name="Late", url=web_peer.url())
    webhooks_tell()
    assert not WebhookDelivery.objects.filter(kind__startswith="leads.").exists()


def test_what_fails_comes_again_under_the_same_id_until_it_is_taken(
    hook: Any, cast: Any, web_peer: WebPeer
) -> None:
    web_peer.statuses = [500, 302]
    lead(cast.alice)
    told()
    assert errands_run() == {"sent": 0, "failed": 1}
    assert errands_run() == {"sent": 0, "failed": 0}  # not before its time
    later()
    errands_run()
    assert "302" in WebhookDelivery.objects.get().error and len(web_peer.taken) == 2
    later()
    assert errands_run() == {"sent": 1, "failed": 0}
    assert len({message.headers["webhook-id"] for message in web_peer.taken}) == 1
    assert Webhook.objects.get().failing_since is None
    waits = sum((wait_after(number) for number in range(1, ATTEMPTS)), timedelta())
    assert timedelta(days=2.5) < waits < timedelta(days=4)


def test_one_that_was_carried_by_a_killed_process_goes_out_again(
    hook: Any, cast: Any, web_peer: WebPeer
) -> None:
    lead(cast.alice)
    told()
    assert len(calls._claim(8)) == 1  # taken, and the process dies
    assert errands_run()["sent"] == 0
    Webhook.objects.update(leased_until=Now() - timedelta(seconds=1))
    assert errands_run()["sent"] == 1
    assert WebhookDelivery.objects.get().message_id == web_peer.taken[0].headers["webhook-id"]


def test_a_slow_address_holds_up_nobody_else(hook: Any, cast: Any, web_peer: WebPeer) -> None:
    """It answers only once the other has all of its messages."""
    quick, answer = [], threading.Event()

    def before(path: str) -> None:
        if path == "/quick":
            quick.append(path)
            if len(quick) == 7:
                answer.set()
        else:
            assert answer.wait(10)

    web_peer.before = before
    webhook_create(by=cast.admin, name="Quick", url=web_peer.url("/quick"), kinds=["leads.created"])
    for number in range(7):
        lead(cast.alice, f"Company {number}")
    told()
    assert errands_run() == {"sent": 14, "failed": 0}


def test_a_failing_address_is_left_alone_and_the_rest_waits(hook: Any, cast: Any, web_peer: WebPeer) -> None:
    web_peer.status, web_peer.headers = 503, {"Retry-After": "600"}
    for number in range(3):
        lead(cast.alice, f"Company {number}")
    told()
    assert errands_run() == {"sent": 0, "failed": 1}
    webhook = Webhook.objects.get()
    assert webhook.failures == 1 and webhook.failing_since and webhook.leased_until is None
    assert webhook.paused_until > webhook.failing_since + timedelta(seconds=590)
    assert asked_wait({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}) == timedelta(days=1)
    assert asked_wait({"retry-after": "soon"}) == timedelta()


def test_a_message_the_receiver_does_not_like_holds_up_no_other(
    hook: Any, cast: Any, web_peer: WebPeer
) -> None:
    web_peer.statuses = [422]
    lead(cast.alice, "First")
    lead(cast.alice, "Second")
    told()
    assert errands_run() == {"sent": 1, "failed": 1}


def test_an_address_that_is_gone_or_fails_for_days_is_ended_and_administrators_are_told(
    hook: Any, cast: Any, web_peer: WebPeer
) -> None:
    web_peer.status = 410
    lead(cast.alice)
    told()
    errands_run()
    webhook = Webhook.objects.get()
    assert (webhook.is_active, webhook.ended) == (False, "gone")
    assert Notice.objects.get(kind="outbox.webhook_gone").user == cast.admin
    later()
    assert errands_run() == {"sent": 0, "failed": 0}
    webhook_change(webhook=webhook, by=cast.admin, is_active=True)
    web_peer.status = 500
    Webhook.objects.update(failing_since=Now() - timedelta(days=3, hours=1))
    errands_run()
    assert Webhook.objects.get().ended == "failing"
    webhook_change(webhook=webhook, by=cast.admin, is_active=True)
    web_peer.status = 200
    assert errands_run() == {"sent": 1, "failed": 0}, "what waited goes at once"
    assert Webhook.objects.get().ended == ""


def test_a_message_is_given_up_after_three_days_and_can_be_sent_again(
    hook: Any, cast: Any, web_peer: WebPeer
) -> None:
    web_peer.status = 400
    lead(cast.alice)
    told()
    WebhookDelivery.objects.update(attempts=ATTEMPTS - 1)
    errands_run()
    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "dead" and "400" in delivery.error
    web_peer.status = 200
    webhook_replay(delivery=delivery, by=cast.admin)
    with pytest.raises(Conflict, match="still_waiting"):
        webhook_replay(delivery=delivery, by=cast.admin)
    errands_run()
    assert WebhookDelivery.objects.get().state == "delivered"
    webhook_change(webhook=hook[0], by=cast.admin, is_active=False)
    with pytest.raises(Conflict, match="webhook_inactive"):
        webhook_replay(delivery=delivery, by=cast.admin)


def test_a_test_message_is_tried_once_also_where_nothing_else_is_sent(
    hook: Any, cast: Any, web_peer: WebPeer
) -> None:
    webhook = webhook_change(webhook=hook[0], by=cast.admin, is_active=False)
    web_peer.status = 500
    webhook_test(webhook=webhook, by=cast.admin)
    errands_run()
    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "dead" and json.loads(web_peer.taken[0].body)["type"] == "webhook.test"
    assert Webhook.objects.get().failing_since is None


def test_for_a_day_both_secrets_sign(hook: tuple[Webhook, str], cast: Any, web_peer: WebPeer) -> None:
    webhook, old = hook
    _webhook, new = webhook_rotate(webhook=webhook, by=cast.admin)
    webhook_test(webhook=webhook, by=cast.admin)
    errands_run()
    assert verified(web_peer.taken[0], new) and verified(web_peer.taken[0], old, 1)
    Webhook.objects.update(former_until=Now() - timedelta(seconds=1))
    webhook_test(webhook=webhook, by=cast.admin)
    errands_run()
    assert " " not in web_peer.taken[1].headers["webhook-signature"] and verified(web_peer.taken[1], new)


def test_an_address_inside_is_not_called_even_when_it_was_allowed_once(
    hook: Any, cast: Any, web_peer: WebPeer, settings: Any
) -> None:
    settings.OUTGOING_ALLOWED_HOSTS = []
    webhook_test(webhook=hook[0], by=cast.admin)
    errands_run()
    assert web_peer.taken == [] and WebhookDelivery.objects.get().error


def test_old_deliveries_are_forgotten(hook: Any, cast: Any) -> None:
    webhook_test(webhook=hook[0], by=cast.admin)
    WebhookDelivery.objects.update(created_at=Now() - timedelta(days=31))
    assert webhooks_forget() == 1


@pytest.mark.django_db(transaction=True)
def test_in_truth_a_commit_is_told_and_two_carriers_tell_it_once(
    cast: Any, web_peer: WebPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is sealed by the pass itself; the webhooks are taken under a lock."""
    leads_ensure_defaults()
    webhook_create(by=cast.admin, name="ERP", url=web_peer.url(), kinds=["leads.created"])
    lead(cast.alice)
    assert sum(at_once(webhooks_tell, webhooks_tell)) == 1
    meeting = Meeting(seconds=0.3)
    claims = at_once(*[_claiming(meeting, monkeypatch)] * 2)
    assert sorted(map(len, claims)) == [0, 1]


def _claiming(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Both have looked before either takes."""
    filtered = Webhook.objects.filter

    def asked(*args: Any, **values: Any) -> Any:
        if "pk__in" in values:
            meeting()
        return filtered(*args, **values)

    monkeypatch.setattr(Webhook.objects, "filter", asked)
    return lambda: calls._claim(8)
