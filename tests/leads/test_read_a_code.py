"""The QR code on the photograph of a business card is read on the server, for browsers that cannot, and over REST."""

import io
from typing import Any

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from leads.models import Lead
from salesflow.files.models import Attachment
from tests.api.conftest import Caller
from tests.files.samples import box, opened, picture, png_of
from tests.leads.test_read_a_card import CARD, FIELDS, typed_in, value_of

pytestmark = pytest.mark.django_db
MECARD = "MECARD:N:王晓琳;TEL:13800138000;EMAIL:wang@mingyuan.test;;"


def code(text: str, encoding: str | None = None, **look: Any) -> bytes:
    """A QR code as a PNG."""
    out = io.BytesIO()
    segno.make(text, micro=False, encoding=encoding).save(out, kind="png", scale=4, **look)
    return out.getvalue()


def photo_of_codes(*texts: str) -> bytes:
    """A JPEG of a table with codes lying askew on it."""
    table = Image.new("RGB", (900, 800 * len(texts)), "tan")
    for place, text in enumerate(texts):
        askew = opened(code(text)).convert("RGB").rotate(20, expand=True, fillcolor="white")
        table.paste(askew, (100, 50 + 800 * place))
    out = io.BytesIO()
    table.save(out, "JPEG")
    return out.getvalue()


def read(client: Client, photo: bytes, **typed: str) -> Any:
    sent = SimpleUploadedFile("card.jpg", photo)
    return client.post("/leads/new/", {"read": "on", "photo": sent, "text": "", **typed})


def over_rest(caller: Caller, photo: bytes, **more: Any) -> Any:
    body = encode_multipart(BOUNDARY, {"photo": SimpleUploadedFile("card.jpg", photo), **more})
    return caller.generic("POST", "leads/read-card/", body, content_type=MULTIPART_CONTENT)


def fault(answer: Any) -> tuple[int, str, str]:
    (error,) = answer.json()["errors"]
    return answer.status_code, error["field"], error["code"]


def test_the_code_on_a_photo_fills_in_the_form_and_the_photo_stays_with_the_lead(
    ann_s_browser: Client,
) -> None:
    page = read(ann_s_browser, photo_of_codes(CARD), need="Arms").content.decode()
    assert typed_in(page) == FIELDS and "Arms</textarea>" in page and not Lead.objects.exists()
    ann_s_browser.post("/leads/new/", {**FIELDS, "kept": value_of(page, "kept"), "assignment": "me"})
    assert Attachment.objects.get().subject_id == Lead.objects.get().pk


def test_a_photo_without_a_code_is_kept_and_that_is_said_kindly(ann_s_browser: Client) -> None:
    answer = read(ann_s_browser, picture(), company_name="Arbor")
    page = answer.content.decode()
    assert answer.status_code == 200 and "No QR code is found on it. The photo is kept" in page
    assert value_of(page, "kept") and value_of(page, "company_name") == "Arbor" and "field-error" not in page


def test_a_code_that_is_no_card_is_told_and_its_text_offered(ann_s_browser: Client) -> None:
    answer = read(ann_s_browser, code("https://arbor.test/<b>"))
    page = answer.content.decode()
    assert answer.status_code == 400 and "The QR code on it is no business card." in page
    assert "https://arbor.test/&lt;b&gt;</textarea>" in page and value_of(page, "kept")


def test_a_typed_text_is_read_before_the_photo(ann_s_browser: Client) -> None:
    page = read(ann_s_browser, code("MECARD:N:Other;;"), text=CARD).content.decode()
    assert typed_in(page) == FIELDS and value_of(page, "kept")


HOSTILE = {
    "empty": b"",
    "text": b"hello",
    "pdf": b"%PDF-1.7 hello",
    "broken": b"\x89PNG\r\n\x1a\n broken",
    "bomb": png_of(20_000, 20_000),
    "heic": box(b"ftyp", b"heic\0\0\0\0mif1"),
}


@pytest.mark.parametrize("photo", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_picture_is_refused_once_and_what_was_typed_stays(
    ann_s_browser: Client, ann: Caller, photo: bytes
) -> None:
    answer = read(ann_s_browser, photo, company_name="Arbor")
    page = answer.content.decode()
    assert answer.status_code == 400 and page.count('id="id_photo_error"') == 1
    assert value_of(page, "company_name") == "Arbor" and not value_of(page, "kept")
    assert fault(over_rest(ann, photo))[:2] == (400, "photo")


def test_rest_reads_the_card_among_the_codes_of_a_photo(ann: Caller) -> None:
    answer = over_rest(ann, photo_of_codes("https://arbor.test/", MECARD))
    assert answer.status_code == 200, answer.content
    assert answer.json()["fields"] == {
        "contact_name": "王晓琳", "mobile": "13800138000", "email": "wang@mingyuan.test"
    }  # fmt: skip
    see_through = over_rest(ann, code(MECARD, light=None)).json()
    light_on_dark = over_rest(ann, code(MECARD, dark="white", light="black")).json()
    assert see_through == light_on_dark == answer.json()


@pytest.mark.parametrize("name", ["王晓琳", "李明", "José Peña"])
def test_a_code_is_read_in_the_character_set_it_is_in(ann: Caller, name: str) -> None:
    for encoding in (None, "utf-8", "gb18030" if "é" not in name else "latin-1"):
        card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nEND:VCARD"
        assert over_rest(ann, code(card, encoding)).json()["fields"] == {"contact_name": name}, encoding


def test_rest_says_when_a_photo_has_no_card(ann: Caller) -> None:
    assert fault(over_rest(ann, picture())) == (400, "photo", "no_code")
    other = over_rest(ann, code("Arbor\x00"))
    assert fault(other) == (400, "photo", "not_a_card") and "Arbor" in other.json()["errors"][0]["message"]
    assert fault(over_rest(ann, code("BEGIN:VCARD\nFN:A"))) == (400, "photo", "card_not_closed")
    assert fault(over_rest(ann, code(MECARD), text=CARD)) == (400, "text", "required")
