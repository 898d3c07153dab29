"""Files on pages in a real browser: sent, looked at, removed, brought back; no fault of accessibility or policy."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from contacts.models import Customer
from salesflow.files.models import Attachment
from salesflow.files.services import attachment_add
from salesflow.people.models import User
from salesflow.people.services import people_ensure_defaults
from tests.browser.conftest import DESK, PHONE, desk, sign_in, staff
from tests.files import samples

__all__ = ["desk", "sign_in", "staff"]
pytestmark = pytest.mark.browser
PHOTO = {"name": "现场照片.png", "mimeType": "image/png", "buffer": samples.picture("PNG", (400, 300))}


@pytest.fixture
def record(staff: User) -> Customer:
    """A customer with a picture, a PDF and a text."""
    people_ensure_defaults()
    customer = Customer.objects.create(name="Arbor Medical", owner=staff)
    for name, content in (
        ("a.png", samples.picture("PNG", (400, 300))),
        ("b.pdf", samples.pdf()),
        ("c.txt", b"hello"),
    ):
        attachment_add(subject=customer, by=staff, file=SimpleUploadedFile(name, content))
    return customer


def test_pages_with_files_are_accessible_in_both_themes_on_desk_and_phone(
    desk: Any, live_server: Any, axe: Callable, record: Customer
) -> None:
    paths = [record.get_absolute_url(), Attachment.objects.get(name="a.png").get_absolute_url()]
    for theme, size in (("light", DESK), ("dark", DESK), ("dark", PHONE)):
        desk.set_viewport_size(size)
        desk.emulate_media(color_scheme=theme)
        for path in paths:
            desk.goto(live_server.url + path)
            assert axe(desk) == [], (theme, size, path)
            assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                "wider than the window"
            )
    shown = desk.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    assert shown and desk.faults == []


def test_files_are_sent_as_soon_as_they_are_chosen_and_removed_with_a_way_back(
    desk: Any, live_server: Any, record: Customer
) -> None:
    desk.goto(live_server.url + record.get_absolute_url())
    files = desk.locator("#files")
    expect(files.get_by_role("button", name="Attach")).to_be_hidden()
    files.get_by_label("Add files").set_input_files(
        [PHOTO, {**PHOTO, "name": "x.svg", "buffer": b"<svg></svg>"}]
    )
    expect(files.get_by_role("link", name="现场照片.png")).to_have_count(2)
    expect(desk.locator(".toast-error")).to_contain_text("x.svg: SVG pictures are not taken")
    expect(desk.locator(".toast-success")).to_contain_text("1 file is attached.")
    with desk.expect_download() as started:
        files.get_by_role("link", name="Download 现场照片.png").click()
    assert started.value.suggested_filename == "现场照片.png"
    files.get_by_role("button", name="Remove 现场照片.png").click()
    expect(files.get_by_role("link", name="现场照片.png")).to_have_count(0)
    desk.locator(".toast").get_by_role("button", name="Undo").click()
    expect(files.get_by_role("link", name="现场照片.png")).to_have_count(2)
    assert desk.faults == []


def test_what_is_too_large_is_told_before_it_is_sent(
    desk: Any, live_server: Any, record: Customer, settings: Any
) -> None:
    settings.FILE_MAX_BYTES = 1000
    desk.goto(live_server.url + record.get_absolute_url())
    large = {"name": "large.txt", "mimeType": "text/plain", "buffer": b"a" * 1001}
    desk.get_by_label("Add files").set_input_files(large)
    expect(desk.locator(".toast-error")).to_contain_text("Too large: large.txt")
    assert Attachment.objects.count() == 3


def test_without_scripts_the_form_has_its_button(
    browser: Any, live_server: Any, record: Customer, staff: User, sign_in: Callable
) -> None:
    context = browser.new_context(java_script_enabled=False)
    window = context.new_page()
    sign_in(window, staff)
    window.goto(live_server.url + record.get_absolute_url())
    window.get_by_label("Add files").set_input_files([PHOTO])
    window.get_by_role("button", name="Attach").click()
    expect(window.locator("#files").get_by_role("link", name="现场照片.png")).to_have_count(2)
    context.close()


def test_a_file_opened_in_a_tab_of_its_own_runs_nothing(
    desk: Any, live_server: Any, record: Customer
) -> None:
    """Should a browser show a download in place, the policy it carries has taken its rights away."""
    attachment = Attachment.objects.get(name="a.png")
    answer = desk.request.get(f"{live_server.url}/files/{attachment.pk}/thumbnail/")
    assert "sandbox" in answer.headers["content-security-policy"]
    desk.goto(f"{live_server.url}/files/{attachment.pk}/picture/")
    assert desk.evaluate("document.contentType") == "image/webp"
    assert desk.evaluate("self.origin") == "null", "sandboxed"
