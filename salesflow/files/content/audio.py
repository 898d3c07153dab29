"""Whether a file is the audio it begins like: so much of its structure as no other file has by chance."""

from collections.abc import Iterator
from typing import IO

#: kbit/s of layer III, by MPEG version 1 and by 2 and 2.5.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_SEARCHED = 1 << 16
_MOST_BOXES = 10_000
_HOLDERS = (b"moov", b"trak", b"mdia")


def is_mp3(file: IO[bytes]) -> bool:
    """Two frames of MPEG layer III that follow each other, after the tags in front."""
    start = _after_tags(file)
    file.seek(start)
    raw = file.read(_SEARCHED)
    at = raw.find(b"\xff")
    while at >= 0:
        length = _frame_length(raw[at : at + 4])
        if length and _frame_length(raw[at + length : at + length + 4]):
            return True
        at = raw.find(b"\xff", at + 1)
    return False


def is_wav(file: IO[bytes]) -> bool:
    """A RIFF file of waves that says how its samples are to be read."""
    file.seek(0)
    return file.read(64).find(b"fmt ", 12) >= 0


def mp4_tracks(file: IO[bytes]) -> set[bytes]:
    """What the tracks of an MP4 file are: `soun`, `vide` and others."""
    file.seek(0, 2)
    return set(_handlers(file, 0, file.tell(), [_MOST_BOXES]))


def _handlers(file: IO[bytes], start: int, end: int, left: list[int]) -> Iterator[bytes]:
    while start + 8 <= end and left[0] > 0:
        left[0] -= 1
        file.seek(start)
        head = file.read(16)
        size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), 16
        stop = end if size == 0 else start + size
        if stop < start + body or stop > end:
            return
        if kind in _HOLDERS:
            yield from _handlers(file, start + body, stop, left)
        elif kind == b"hdlr":
            file.seek(start + body + 8)
            yield file.read(4)
        start = stop


def _after_tags(file: IO[bytes]) -> int:
    """Where the ID3 tags in front end; their sizes have seven bits to a byte."""
    start = 0
    for _turn in range(10):
        file.seek(start)
        head = file.read(10)
        if len(head) < 10 or not head.startswith(b"ID3") or any(byte > 127 for byte in head[6:]):
            break
        size = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        start += 10 + size + (10 if head[5] & 0x10 else 0)
    return start


def _frame_length(head: bytes) -> int:
    """The bytes of the frame with this header; 0 if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, hertz, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version not in _HERTZ or layer != 1 or not 0 < rate < 15 or hertz == 3:
        return 0
    rates, samples = (_RATES_1, 144_000) if version == 3 else (_RATES_2, 72_000)
    return samples * rates[rate] // _HERTZ[version][hertz] + padding
