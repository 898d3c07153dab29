"""Files as small as they can be, and some that nobody should send."""

import io
import struct
import wave
import zipfile
import zlib
from typing import Any

from PIL import Image

OOXML = "application/vnd.openxmlformats-officedocument."
MAIN = {
    "docx": ("word/document.xml", f"{OOXML}wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{OOXML}spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", f"{OOXML}presentationml.presentation.main+xml"),
}


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal").save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def photo_with_place(orientation: int = 6) -> bytes:
    """A JPEG that says where it was taken, with what, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 3.0)
    return picture("JPEG", exif=exif, comment=b"taken at home", xmp=b"<x:xmpmeta>secret</x:xmpmeta>")


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG whose head promises so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", body or zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def moving(kind: str, frames: int = 3, size: tuple[int, int] = (20, 20)) -> bytes:
    out = io.BytesIO()
    images = [Image.new("RGB", size, (80 * place % 256, 0, 0)) for place in range(frames)]
    images[0].save(out, kind, save_all=True, append_images=images[1:], duration=70, loop=0)
    return out.getvalue()


def pdf(text: str = "Offer", extra: bytes = b"") -> bytes:
    stream = f"BT /F1 24 Tf 40 80 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 150] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + extra + b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def archive(parts: dict[str, bytes], *, comment: bytes = b"", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        made.comment = comment
        for name, content in parts.items():
            made.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else method)
    return out.getvalue()


def office_parts(kind: str = "docx", types: str = "", **more: bytes) -> dict[str, bytes]:
    part, main = MAIN[kind]
    listed = f'<Types xmlns="t"><Override PartName="/{part}" ContentType="{main}"/>{types}</Types>'
    return {"[Content_Types].xml": listed.encode(), part: b"<w/>", **more}


def office(kind: str = "docx", **more: bytes) -> bytes:
    return archive(office_parts(kind, **more))


def open_document(kind: str = "text", **more: bytes) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    return archive({"mimetype": mimetype, "content.xml": b"<office/>", **more})


def mp3(tag: bytes = b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 10) -> bytes:
    return tag + (b"\xff\xfb\x90\x64" + b"\0" * 413) * 4


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(b"\0\0" * 80)
    return out.getvalue()


def box(kind: bytes, *inner: bytes) -> bytes:
    body = b"".join(inner)
    return struct.pack(">I", 8 + len(body)) + kind + body


def mp4(*tracks: bytes, brand: bytes = b"M4A ") -> bytes:
    traks = (box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + track + b"\0" * 12))) for track in tracks)
    return box(b"ftyp", brand + b"\0" * 4) + box(b"mdat", b"\0" * 50) + box(b"moov", *traks)


MAIL = b"From: Li Wei <li@example.com>\r\nTo: us@example.com\r\nSubject: Offer\r\n\r\nPlease send one.\r\n"
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Li Wei\r\nEND:VCARD\r\n"
DATE = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + b"\0" * 100
