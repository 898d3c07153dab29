"""A business card fills in quick entry, and its photograph stays with the lead; over REST its fields are read."""

import base64
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from leads.models import Lead
from leads.services import import_run, import_start, import_upload
from salesflow.files.models import Attachment
from salesflow.files.services import content_of
from salesflow.people.models import User
from tests.api.conftest import Caller
from tests.files.samples import opened, photo_with_place, picture
from tests.leads import cast
from tests.leads.importing import counts, kept

pytestmark = pytest.mark.django_db
LINES = ["BEGIN:VCARD", "VERSION:3.0", "N:王;晓琳;;;", "FN:晓琳 王", "ORG:上海明远科技有限公司;采购部", "TITLE:经理",
         "TEL;TYPE=CELL:138 0013 8000", "EMAIL:wang@mingyuan.test", "ADR:;;张江路1号;上海;上海市;201203;中国",
         "URL:https://mingyuan.test", "X-QQ:1234", "END:VCARD"]  # fmt: skip
CARD = "\r\n".join(LINES)
FIELDS = {
    "company_name": "上海明远科技有限公司", "contact_name": "王晓琳", "title": "采购部经理", "mobile": "138 0013 8000",
    "email": "wang@mingyuan.test", "website": "https://mingyuan.test", "country": "中国", "region": "上海市",
    "city": "上海",
}  # fmt: skip


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def with_photo(content: bytes) -> str:
    line = "PHOTO;ENCODING=b;TYPE=PNG:" + base64.b64encode(content).decode()
    return "\r\n".join([*LINES[:-1], line, "END:VCARD"])


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*?value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*?name="{name}"', page
    )
    return found[1] if found else ""


def typed_in(page: str) -> dict[str, str]:
    return {name: value_of(page, name) for name in FIELDS}


def test_the_text_of_a_code_fills_in_the_form_and_enters_nothing(ann_s_browser: Client) -> None:
    answer = ann_s_browser.post("/leads/new/", {"read": "on", "text": CARD, "title": "Chief"})
    page = answer.content.decode()
    assert answer.status_code == 200 and not Lead.objects.exists()
    assert typed_in(page) == {**FIELDS, "title": "Chief"}  # what was typed before stays
    assert "Not read:" in page and "X-QQ" in page and "张江路1号" in page
    entered = ann_s_browser.post("/leads/new/", {**typed_in(page), "assignment": "me"})
    lead = Lead.objects.get()
    assert entered.status_code == 302
    assert (lead.mobile, lead.city, lead.website) == ("+8613800138000", "上海", "https://mingyuan.test")


def test_a_card_file_is_read_with_its_picture_which_stays_with_the_lead(
    rep: User, ann_s_browser: Client
) -> None:
    two = with_photo(picture(size=(60, 40))) + "\r\n" + CARD
    card = sent("wang.vcf", two.encode("utf-16"))
    page = ann_s_browser.post("/leads/new/", {"read": "on", "card": card}).content.decode()
    assert typed_in(page) == FIELDS and "There is 1 more card in it." in page
    token = value_of(page, "kept")
    ann_s_browser.post("/leads/new/", {**FIELDS, "kept": token, "assignment": "me"})
    attachment = Attachment.objects.get()
    assert (attachment.subject_id, attachment.kind, attachment.by) == (Lead.objects.get().pk, "png", rep)
    assert attachment.name == "Business card.png" and (attachment.file.width, attachment.file.height) == (
        60,
        40,
    )


def test_a_photo_is_kept_without_the_place_it_was_taken(ann_s_browser: Client) -> None:
    photo = sent("IMG_1.jpg", photo_with_place())
    ann_s_browser.post("/leads/new/", {**FIELDS, "photo": photo, "assignment": "me"})
    attachment = Attachment.objects.get()
    shown = opened(content_of(attachment).read())
    assert not dict(shown.getexif()) and shown.size == (30, 40)  # upright


def test_the_photo_of_a_lead_that_goes_to_somebody_else_goes_with_it(
    rep: User, ann_s_browser: Client
) -> None:
    ben = cast.person("ben")
    cast.default_pool(members=[ben])
    answer = ann_s_browser.post(
        "/leads/new/", {**FIELDS, "photo": sent("a.png", picture()), "assignment": "pool"}
    )
    assert answer.status_code == 302 and Lead.objects.get().in_pool
    assert Attachment.objects.get().subject_id == Lead.objects.get().pk


def test_a_photo_is_not_asked_for_again_when_something_else_is_wrong(ann_s_browser: Client) -> None:
    wrong = {**FIELDS, "mobile": "138 0013", "assignment": "me"}
    answer = ann_s_browser.post("/leads/new/", {**wrong, "photo": sent("a.png", picture())})
    token = value_of(answer.content.decode(), "kept")
    assert answer.status_code == 400 and token and not Lead.objects.exists()
    still = value_of(ann_s_browser.post("/leads/new/", {**wrong, "kept": token}).content.decode(), "kept")
    assert still == token
    ann_s_browser.post("/leads/new/", {**FIELDS, "kept": token, "assignment": "me"})
    assert Attachment.objects.get().kind == "png"


def test_a_photo_of_somebody_else_or_a_made_up_one_is_not_taken(ann_s_browser: Client) -> None:
    ben = Client()
    ben.force_login(cast.person("ben"))
    page = ben.post("/leads/new/", {"photo": sent("a.png", picture())}).content.decode()
    for token in (value_of(page, "kept"), "made-up", "a:b:c"):
        Lead.objects.all().update(archived_at=None)
        ann_s_browser.post(
            "/leads/new/", {**FIELDS, "kept": token, "allow_duplicate": "on", "assignment": "me"}
        )
    assert Lead.objects.count() == 3 and not Attachment.objects.exists()


def test_what_is_no_picture_is_refused_and_nothing_is_entered(ann_s_browser: Client, store: Any) -> None:
    for content in (b"%PDF-1.7 hello", b"", b"\x89PNG\r\n\x1a\n broken"):
        answer = ann_s_browser.post("/leads/new/", {**FIELDS, "photo": sent("a.png", content)})
        assert answer.status_code == 400 and 'id="id_photo_error"' in answer.content.decode()
    assert not Lead.objects.exists() and not kept(store)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"BEGIN:VCARD\nFN:A\n", b"BEGIN:VCARD\nFN:A\x00B\nEND:VCARD\n", b"x" * 4_100_000],
)
def test_what_is_no_card_is_told_and_what_was_typed_stays(ann_s_browser: Client, content: bytes) -> None:
    typed = {"read": "on", "company_name": "Arbor", "need": "Arms"}
    answer = ann_s_browser.post("/leads/new/", {**typed, "card": sent("a.vcf", content)})
    page = answer.content.decode()
    assert answer.status_code == 400 and "field-error" in page
    assert value_of(page, "company_name") == "Arbor" and "Arms</textarea>" in page


def test_rest_reads_a_text_or_a_file_and_writes_nothing(ann: Caller) -> None:
    answer = ann.post("leads/read-card/", {"text": with_photo(picture())})
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "fields": FIELDS, "department": "采购部", "address": "张江路1号, 201203", "has_photo": True,
        "ignored": ["X-QQ"], "other_cards": 0,
    }  # fmt: skip
    body = encode_multipart(BOUNDARY, {"file": sent("a.vcf", CARD.encode("gb18030"))})
    assert (
        ann.generic("POST", "leads/read-card/", body, content_type=MULTIPART_CONTENT).json()["fields"]
        == FIELDS
    )
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "text", "required"),
        ({"text": ""}, "text", "blank"),
        ({"text": "hello"}, "text", "not_a_card"),
        ({"text": "BEGIN:VCARD\nFN:A"}, "text", "card_not_closed"),
        ({"text": 7}, "text", "not_a_card"),
        ({"words": "x"}, "words", "unknown_field"),
    ],
)
def test_rest_says_what_is_wrong_with_a_card(
    ann: Caller, body: dict[str, Any], field: str, code: str
) -> None:
    answer = ann.post("leads/read-card/", body)
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_a_whole_file_of_cards_is_imported(rep: User) -> None:
    others = ["BEGIN:VCARD", "EMAIL:only@mail.test", "END:VCARD", "BEGIN:VCARD", "FN:Lost"]
    job = import_upload(file=sent("cards.vcf", "\r\n".join([CARD, *others]).encode()), by=rep)
    assert job.status == "needs_mapping" and job.mapping
    guessed = {name: targets for name, targets in job.mapping.items() if targets}
    assert guessed["Name"] == ["contact_name"] and guessed["Company"] == ["company_name"]
    assert set(job.mapping) - set(guessed) == {"Department", "Address", "Not read"}
    import_start(job=job, by=rep, mapping=job.mapping)
    import_run(job_id=job.pk)
    assert counts(job) == (1, 0, 0, 2)
    lead = Lead.objects.get()
    assert (lead.contact_name, lead.title, lead.mobile) == ("王晓琳", "经理", "+8613800138000")
