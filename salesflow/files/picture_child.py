"""The child process that opens pictures and PDF (see pictures.py). Run by path, so that it imports nothing of ours.

Takes one argument of JSON and the file as its input; writes pictures into the files it was given, and one line of
JSON: `{"width", "height"}`, `{"refuse": code}`, or `{}` where there is no picture of it; with `"codes"` in what is
wanted `{"codes"}`, what the QR codes on a picture say (bytes as Latin-1), and no pictures.
"""

import io
import json
import resource
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

FORMATS = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP"}
SAVED: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 90, "progressive": True},
    "GIF": {},
    "WEBP": {"quality": 90, "method": 3},
}
MOVING = ("GIF", "WEBP", "PNG")
NOT_A_PDF = 3
#: How much a page is enlarged at most; a point is a pixel at 1.
LARGEST_SCALE = 4.0
#: Of the codes on one picture.
MOST_CODES = 20


class Refused(Exception):
    """The picture is not taken; the argument is the code."""


def main(wanted: dict[str, Any]) -> dict[str, Any]:
    resource.setrlimit(resource.RLIMIT_AS, (wanted["memory"], wanted["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (wanted["seconds"], wanted["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    # opened anew: the position in the handle we were given is our parent's
    source = open("/proc/self/fd/0", "rb")  # noqa: SIM115 our life is this file
    outs: list[IO[bytes]] = [open(f"/proc/self/fd/{number}", "wb") for number in wanted["outs"]]  # noqa: SIM115
    try:
        if wanted["kind"] == "pdf":
            return draw_page(source.read(), outs, wanted["sides"])
        if wanted.get("codes"):
            return read_codes(source, FORMATS[wanted["kind"]], wanted["pixels"])
        return draw_picture(source, outs, FORMATS[wanted["kind"]], wanted["pixels"], wanted["sides"])
    except Refused as refusal:
        return {"refuse": refusal.args[0]}
    except MemoryError:
        return {"refuse": "picture_too_large"} if wanted["kind"] != "pdf" else {}
    finally:
        for out in outs:
            out.close()


def draw_picture(
    source: IO[bytes], outs: list[IO[bytes]], kind: str, most: int, sides: list[int]
) -> dict[str, Any]:
    """The picture saved anew, upright, in sRGB, and without anything that is not a pixel."""
    with picture_in(source, kind, most) as image:
        frames = int(getattr(image, "n_frames", 1)) if kind in MOVING else 1
        if image.width * image.height * frames > most:
            raise Refused("picture_too_large")
        shown = save_moving(image, outs[0], kind) if frames > 1 else save_still(image, outs[0], kind)
        save_previews(shown, outs[1:], sides)
    return {"width": shown.width, "height": shown.height}


@contextmanager
def picture_in(source: IO[bytes], kind: str, most: int) -> Iterator[Any]:
    """The picture, its pixels counted before any is decoded; what goes wrong with it in the block is a refusal."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = most
    try:
        image = Image.open(source, formats=[kind])
        if image.width * image.height > most:
            raise Refused("picture_too_large")
        yield image
    except (Refused, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise Refused("picture_too_large") from None
    except Exception:  # decoders raise whatever a broken file leads them to
        raise Refused("unreadable") from None


def read_codes(source: IO[bytes], kind: str, most: int) -> dict[str, Any]:
    """What the QR codes on the picture say (of a moving one its first frame)."""
    import zxingcpp
    from PIL import Image

    with picture_in(source, kind, most) as image:
        if "A" in image.mode or "transparency" in image.info:  # drawn on nothing, which would count as black
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        found = zxingcpp.read_barcodes(image.convert("L"), formats=wanted, text_mode=zxingcpp.TextMode.Plain)
        return {"codes": [said_by(code).decode("latin-1") for code in found[:MOST_CODES]]}


def said_by(code: Any) -> bytes:
    """The text in UTF-8; as it stands where the code names no character set and the reader knew none but Latin-1."""
    text: str = code.text
    if code.symbology_identifier == "]Q1" and text.encode("latin-1", "replace") == code.bytes:
        return bytes(code.bytes)
    return text.encode("utf-8", "surrogatepass")


def save_still(image: Any, out: IO[bytes], kind: str) -> Any:
    from PIL import ImageOps

    ImageOps.exif_transpose(image, in_place=True)
    image = bare(in_srgb(image))
    if kind == "JPEG" and image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    if kind == "WEBP" and image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA")
    image.save(out, kind, **SAVED[kind])
    return image


def save_moving(image: Any, out: IO[bytes], kind: str) -> Any:
    """All frames in their time; gives the first."""
    from PIL import ImageSequence

    options = {name: image.info[name] for name in ("loop",) if name in image.info}
    if kind == "GIF":
        options["disposal"] = 2  # each frame stands alone: what is see-through in it shows no earlier one
    frames, times = [], []
    for frame in ImageSequence.Iterator(image):
        frame.load()  # only then it knows its time
        times.append(int(frame.info.get("duration") or 0))
        frames.append(bare(frame.convert("RGBA")))
    frames[0].save(
        out, kind, save_all=True, append_images=frames[1:], duration=times, **options, **SAVED[kind]
    )
    return frames[0]


def bare(image: Any) -> Any:
    """The same pixels, with the transparent colour as the only thing known of them."""
    clean = image.copy()
    clean.info = {name: image.info[name] for name in ("transparency",) if name in image.info}
    return clean


def in_srgb(image: Any) -> Any:
    """Converted from the colours of its profile, which is then dropped; unchanged where that does not work."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if image.mode == "P" or not profile:
        return image
    if image.mode == "CMYK":
        target = "RGB"
    elif image.mode in ("RGB", "RGBA"):
        target = image.mode
    else:
        return image
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return (
            ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=target) or image
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def draw_page(data: bytes, outs: list[IO[bytes]], sides: list[int]) -> dict[str, Any]:
    """The first page of a PDF. One with a password, or that cannot be drawn, has no picture."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == NOT_A_PDF:
            raise Refused("unreadable") from None
        return {}
    try:
        document.init_forms()
        page = document[0]
        scale = min(LARGEST_SCALE, sides[0] / max(*page.get_size(), 1))
        image = page.render(scale=scale).to_pil().convert("RGB")
        save_previews(image, outs[1:], sides)
    except MemoryError:
        raise
    except Exception:  # a page that cannot be drawn is still a document
        return {}
    return {"width": image.width, "height": image.height}


def save_previews(image: Any, outs: list[IO[bytes]], sides: list[int]) -> None:
    """Pictures to look at, no wider or higher than each side; one after the other, the larger first."""
    see_through = "A" in image.mode or "transparency" in image.info
    image = image.convert("RGBA" if see_through else "RGB")
    for out, side in zip(outs, sides, strict=True):
        image.thumbnail((side, side), reducing_gap=3.0)
        image.save(out, "WEBP", quality=80, method=3)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
