"""Pictures are made anew without anything but their pixels, and PDF show their first page; bombs cost a child."""

import io
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms

from salesflow.files import pictures, store
from salesflow.files.models import Attachment
from salesflow.lib.errors import Conflict
from tests.files import samples

pytestmark = pytest.mark.django_db
Attach = Callable[..., Attachment]


def kept(folder: Path, attachment: Attachment, ending: str = "") -> bytes:
    return (Path(folder) / (attachment.file.path + ending)).read_bytes()


def test_a_photo_does_not_say_where_it_was_taken_and_stands_upright(attach: Attach, folder: Path) -> None:
    sent = samples.photo_with_place()
    before = samples.opened(sent)
    assert before.getexif().get_ifd(0x8825) and before.size == (40, 30), "the sample knows its place"
    attachment = attach(sent, "photo.jpg")
    for ending in ("", store.LARGE, store.SMALL):
        data = kept(folder, attachment, ending)
        after = samples.opened(data)
        assert not after.getexif() and after.size == (30, 40)
        assert not {"exif", "xmp", "comment", "photoshop"} & set(after.info)
        assert not any(word in data for word in (b"PhoneMaker", b"taken at home", b"secret", b"Exif"))
    assert (attachment.file.width, attachment.file.height) == (30, 40)


@pytest.mark.parametrize(("kind", "mode"), [
    ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "1"), ("PNG", "I;16"), ("JPEG", "L"),
    ("JPEG", "CMYK"), ("GIF", "P"), ("GIF", "L"), ("WEBP", "RGBA"),
])  # fmt: skip
def test_pictures_of_every_mode_are_made_anew(attach: Attach, folder: Path, kind: str, mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (12, 9)).save(out, kind)
    attachment = attach(out.getvalue(), "x")
    assert attachment.kind == kind.lower()
    for ending, format_ in (("", kind), (store.LARGE, "WEBP"), (store.SMALL, "WEBP")):
        image = samples.opened(kept(folder, attachment, ending))
        image.load()
        assert (image.format, image.size) == (format_, (12, 9))


def test_what_is_see_through_stays_so(attach: Attach, folder: Path) -> None:
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    out, palette = io.BytesIO(), io.BytesIO()
    clear.save(out, "PNG")
    clear.convert("P").save(palette, "PNG", transparency=0)
    for data in (out.getvalue(), palette.getvalue()):
        attachment = attach(data, "a.png")
        for ending in ("", store.LARGE, store.SMALL):
            image = samples.opened(kept(folder, attachment, ending)).convert("RGBA")
            assert image.getpixel((5, 5))[3] == 0


def test_text_in_a_png_and_its_profile_are_dropped_with_the_colours_converted(
    attach: Attach, folder: Path
) -> None:
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Author", "Li Wei")
    notes.add_itxt("Comment", "confidential", zip=True)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    attachment = attach(samples.picture("PNG", pnginfo=notes, icc_profile=profile), "a.png")
    after = samples.opened(kept(folder, attachment))
    after.load()
    assert after.info == {} and after.convert("RGB").getpixel((0, 0)) == (0, 128, 128)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_goes_on_moving(attach: Attach, folder: Path, kind: str) -> None:
    image = samples.opened(kept(folder, attach(samples.moving(kind), "a")))
    image.load()
    assert (image.n_frames, image.info.get("duration")) == (3, 70)


def test_large_pictures_are_shown_small(attach: Attach, folder: Path) -> None:
    attachment = attach(samples.picture("JPEG", (3000, 1000)), "a.jpg")
    sizes = [
        samples.opened(kept(folder, attachment, ending)).size for ending in ("", store.LARGE, store.SMALL)
    ]
    assert sizes == [(3000, 1000), (1600, 533), (320, 107)]


@pytest.mark.parametrize("bomb", [
    samples.png_of(50_000, 50_000), samples.png_of(8001, 8001), samples.png_of(2**31 - 1, 1),
    samples.png_of(1, 100_000_000, zlib.compress(b"\0" * 4 * 1_000_000)), samples.moving("GIF", 40, (1300, 1300)),
], ids=["50,000 x 50,000", "just too many", "widest", "tower", "many frames"])  # fmt: skip
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(attach: Attach, bomb: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(ValidationError) as refused:
        attach(bomb, "a.png")
    assert [error.code for error in refused.value.error_dict["file"]] == ["picture_too_large"]
    assert time.monotonic() - started < 15


def test_a_child_that_takes_too_much_memory_or_time_costs_itself(
    attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = samples.picture("PNG", (6000, 6000))
    monkeypatch.setattr(pictures, "MEMORY", 150 << 20)
    with pytest.raises(ValidationError, match="too many pixels"):
        attach(large, "a.png")
    document = attach(samples.pdf("narrow"), "a.pdf")
    assert document.pk, "a PDF that cannot be drawn is still a document"
    monkeypatch.undo()
    assert attach(samples.picture("PNG", (60, 60)), "a.png").file.has_picture


def test_who_waits_too_long_for_a_turn_is_told_to_come_again(
    attach: Attach, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE_SECONDS", 0.01)
    with pictures._one_at_a_time, pytest.raises(Conflict) as busy:
        attach(samples.picture(), "a.png")
    assert busy.value.code == "busy" and not list(Path(folder).glob("**/*.*"))
    assert attach(samples.picture(), "a.png").pk


def test_of_a_pdf_the_first_page_is_shown(attach: Attach, folder: Path) -> None:
    attachment = attach(samples.pdf(), "offer.pdf")
    assert attachment.file.has_picture
    image = samples.opened(kept(folder, attachment, store.LARGE)).convert("L")
    assert (image.size, image.getextrema()[0] < 100) == ((1200, 600), True), (
        "four times its points, with ink on it"
    )
    assert kept(folder, attachment) == samples.pdf(), "the document itself stays as it came"


def test_a_pdf_with_a_password_is_kept_without_a_picture(attach: Attach) -> None:
    locked = samples.pdf(extra=b"").replace(
        b"/Root 1 0 R >>",
        b"/Root 1 0 R /ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>] /Encrypt "
        b"<< /Filter /Standard /V 1 /R 2 /O <" + b"AB" * 32 + b"> /U <" + b"CD" * 32 + b"> /P -44 >> >>",
    )
    attachment = attach(locked, "locked.pdf")
    assert (attachment.kind, attachment.file.has_picture) == ("pdf", False)
