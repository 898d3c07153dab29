"""Chat groups are told of chosen notices once, in the shape of each tool, signed, and no faster than it takes."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.test import Client

from salesflow.journal.services import notify
from salesflow.lib.http import Answer
from salesflow.lib.vault import opened
from salesflow.outbox.models import ChatGroup, ChatMessage
from salesflow.outbox.services import errands_run
from salesflow.outbox.services.chat import (
    calls,
    chat_group_change,
    chat_group_create,
    chat_group_test,
    chats_forget,
)
from salesflow.outbox.services.chat.tools import LONGEST, refusal_of
from salesflow.outbox.services.notices import notices_carry
from tests.admin.pages import add, change, deed, faults, page
from tests.leads.cast import lead_of
from tests.support.pages import told
from tests.support.web import WebPeer, web_peer

__all__ = ["web_peer"]
KIND = "work.task_reminder"


@pytest.fixture
def make(cast: SimpleNamespace, web_peer: WebPeer) -> Callable[..., ChatGroup]:
    web_peer.body = b'{"errcode":0,"errmsg":"ok"}'

    def made(**values: Any) -> ChatGroup:
        known = {"name": "Sales", "tool": "wecom", "url": web_peer.url("/send?key=k"), "kinds": [KIND]}
        return chat_group_create(by=cast.admin, **{**known, **values})

    return made


def tell(*users: Any, title: str = "Call Wang", key: str | None = None, **values: Any) -> None:
    notify(users, KIND, params={"title": title}, key=key, **values)
    notices_carry()


def later() -> None:
    """As if the time between two messages were over."""
    ChatGroup.objects.update(next_at=Now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_news_is_told_once_however_many_people_got_it(cast: Any, make: Any, web_peer: WebPeer) -> None:
    make()
    lead = lead_of(cast.alice)
    tell(cast.alice, cast.mona, key="k1", subject=lead)
    tell(cast.bob, key="k1", subject=lead)
    assert errands_run() == {"sent": 1, "failed": 0}
    (message,) = web_peer.taken
    said = json.loads(message.body)
    assert said["msgtype"] == "text" and said["text"]["content"].startswith("Reminder: Call Wang\n")
    assert f"/leads/{lead.pk}/" in said["text"]["content"] and message.path == "/send?key=k"


@pytest.mark.django_db
def test_a_group_of_a_team_hears_of_its_people_and_of_chosen_kinds_only(cast: Any, make: Any) -> None:
    make(team=cast.ours)
    tell(cast.charlie, title="Not theirs")
    notify([cast.alice], "work.task_given", params={"title": "Not this kind"})
    tell(cast.alice, title="Ours")
    assert [message.text.partition("\n")[0] for message in ChatMessage.objects.all()] == ["Reminder: Ours"]


@pytest.mark.django_db
def test_what_is_due_together_goes_in_one_message_and_the_next_waits(
    cast: Any, make: Any, web_peer: WebPeer
) -> None:
    make()
    for number in range(30):
        tell(cast.alice, title=f"Task {number} " + "很长" * 20)
    assert errands_run() == {"sent": 1, "failed": 0}
    assert errands_run() == {"sent": 0, "failed": 0}, "not before four seconds are over"
    while ChatMessage.objects.filter(sent_at=None).exists():
        later()
        assert errands_run()["sent"] == 1
    texts = [json.loads(message.body)["text"]["content"] for message in web_peer.taken]
    assert all(len(text.encode()) <= LONGEST for text in texts) and len(texts) < 10
    assert sum(text.count("Task ") for text in texts) == 30


@pytest.mark.django_db
def test_dingtalk_and_feishu_are_signed_as_they_ask(make: Any, cast: Any, web_peer: WebPeer) -> None:
    ding = make(tool="dingtalk", url=web_peer.url("/robot?access_token=t"), secret="SECx")
    feishu = make(tool="feishu", url=web_peer.url("/hook"), secret="s3")
    for group in (ding, feishu):
        chat_group_test(group=group, by=cast.admin)
    errands_run()
    by_path = {urlsplit(message.path).path: message for message in web_peer.taken}
    asked = parse_qs(urlsplit(by_path["/robot"].path).query)
    text = f"{asked['timestamp'][0]}\nSECx"
    wanted = base64.b64encode(hmac.new(b"SECx", text.encode(), hashlib.sha256).digest()).decode()
    assert asked["sign"] == [wanted] and asked["access_token"] == ["t"] and len(asked["timestamp"][0]) == 13
    body = json.loads(by_path["/hook"].body)
    key = f"{body['timestamp']}\ns3".encode()
    assert body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert body["msg_type"] == "text" and "arrive here" in body["content"]["text"]


@pytest.mark.django_db
def test_slack_reads_no_markup_out_of_a_title(make: Any, cast: Any, web_peer: WebPeer) -> None:
    web_peer.body = b"ok"
    make(tool="slack")
    tell(cast.alice, title="<!channel> A&B")
    errands_run()
    assert "&lt;!channel&gt; A&amp;B" in json.loads(web_peer.taken[0].body)["text"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, '{"errcode":0,"errmsg":"ok"}', ""),
        (200, '{"errcode":310000,"errmsg":"sign not match"}', "310000 sign not match"),
        (200, '{"code":19021,"msg":"sign match fail"}', "19021 sign match fail"),
        (200, '{"StatusCode":0,"StatusMessage":"success"}', ""),
        (200, "ok", ""),
        (200, "<html>", "<html>"),
        (200, "[]", "[]"),
        (404, "no_service", "404 no_service"),
    ],
)
def test_a_refusal_inside_a_good_answer_is_read(status: int, body: str, said: str) -> None:
    assert refusal_of(Answer(status, body.encode(), 0.1)) == said


@pytest.mark.django_db
def test_a_refused_message_comes_again_later_and_one_too_fast_after_a_minute(
    make: Any, cast: Any, web_peer: WebPeer
) -> None:
    make()
    tell(cast.alice)
    web_peer.body = b'{"errcode":45009,"errmsg":"api freq out of limit"}'
    assert errands_run() == {"sent": 0, "failed": 1}
    group, message = ChatGroup.objects.get(), ChatMessage.objects.get()
    assert "45009" in group.last_error and message.attempts == 0
    assert group.next_at > message.created_at + timedelta(seconds=55)
    web_peer.body = b'{"errcode":93000,"errmsg":"invalid webhook url"}'
    for _each in range(calls.ATTEMPTS):
        later()
        errands_run()
    later()
    assert errands_run() == {"sent": 0, "failed": 0}, "given up"
    web_peer.body = b'{"errcode":0}'
    tell(cast.alice, title="Next")
    errands_run()
    assert ChatGroup.objects.get().last_error == "" and ChatGroup.objects.get().last_sent_at


@pytest.mark.django_db
def test_one_carried_by_a_killed_process_goes_out_again(make: Any, cast: Any, web_peer: WebPeer) -> None:
    make()
    tell(cast.alice)
    assert len(calls._claim(8)) == 1  # taken, and the process dies
    assert calls._claim(8) == []
    ChatGroup.objects.update(leased_until=Now() - timedelta(seconds=1))
    assert errands_run()["sent"] == 1
    ChatMessage.objects.update(created_at=Now() - timedelta(days=8))
    assert chats_forget() == 1


@pytest.mark.django_db
def test_the_admin_keeps_groups_and_shows_neither_address_nor_secret(
    browse: Callable[..., Client], make: Any, web_peer: WebPeer
) -> None:
    admin = browse("admin")
    inside = add(admin, ChatGroup, name="X", tool="wecom", url="https://10.0.0.8/x", kinds=[KIND])
    assert "url" in faults(inside)
    unsigned = add(admin, ChatGroup, name="X", tool="slack", url=web_peer.url(), secret="s", kinds=[KIND])
    assert "secret" in faults(unsigned)
    add(admin, ChatGroup, name="X", tool="feishu", url=web_peer.url("/s3cret"), secret="s3", kinds=[KIND])
    group = ChatGroup.objects.get(name="X")
    html = admin.get(page(ChatGroup, "add")).content.decode()
    assert "never shown." in html and "Left empty" not in html
    html = admin.get(page(ChatGroup, "change", group)).content.decode()
    assert "s3cret" not in html and group.url_box not in html
    assert change(admin, group, name="Y").status_code == 302
    kept = ChatGroup.objects.get(pk=group.pk)
    assert kept.name == "Y" and opened(kept.url_box).endswith("/s3cret") and opened(kept.secret_box) == "s3"
    assert "url" in faults(change(admin, kept, tool="slack", no_secret="on"))
    assert "on its way" in told(deed(admin, kept, "try_out"))
    assert errands_run() == {"sent": 1, "failed": 0}
    deed(admin, kept, "archive")
    deed(admin, kept, "restore")
    assert ChatGroup.objects.get(pk=group.pk).archived_at is None


@pytest.mark.django_db
def test_an_unknown_kind_is_refused(make: Any, cast: Any) -> None:
    with pytest.raises(ValidationError):
        chat_group_change(group=make(), by=cast.admin, kinds=["no.such"])
