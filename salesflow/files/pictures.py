"""Pictures made anew of what was sent, and small ones to look at, in a child process with limited memory and time.

A decoder of pictures or PDF is large and written for speed; a file made to break it costs a child process, never a
web server. One child at a time in each process: their memory is limited, not reserved.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from salesflow.files.content.kinds import PICTURE, Kind
from salesflow.files.content.refusals import refuse
from salesflow.lib.errors import Conflict
from salesflow.lib.uploads import anonymous_file

MOST_PIXELS = 64_000_000
LARGE, SMALL = 1600, 320
MEMORY = 2 << 30
CPU_SECONDS = 20
#: Of a PDF there is no picture if it takes longer; the upload waits for it.
CPU_SECONDS_OF_PAGE = 6
#: Shorter than the database lets a transaction wait that a caller has open.
PATIENCE_SECONDS = 30
_CHILD = Path(__file__).with_name("picture_child.py")
#: Nothing of ours: the address of the database stands in the environment.
_ENVIRONMENT = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
_one_at_a_time = threading.Lock()


@dataclass
class Drawn:
    """What the child made: the picture itself anew (not of a PDF), and two to look at; None where there is none."""

    body: IO[bytes] | None = None
    large: IO[bytes] | None = None
    small: IO[bytes] | None = None
    width: int | None = None
    height: int | None = None


@contextmanager
def drawn(file: IO[bytes], kind: Kind) -> Iterator[Drawn]:
    """The pictures of a picture or a PDF, as anonymous files that close with the block; nothing for other kinds.

    Refuses a picture that cannot be opened or has too many pixels, and a PDF that is none.
    """
    if kind.family != PICTURE and kind.code != "pdf":
        yield Drawn()
        return
    with ExitStack() as open_files:
        body, large, small = (open_files.enter_context(anonymous_file()) for _number in range(3))
        said = _ask_child(file, kind, [body, large, small])
        if "refuse" in said:
            refuse(said["refuse"], millions=MOST_PIXELS // 1_000_000)
        if "width" not in said:
            yield Drawn()
        else:
            yield Drawn(body if kind.family == PICTURE else None, large, small, said["width"], said["height"])


def codes_read(file: IO[bytes], kind: Kind) -> list[bytes]:
    """What the QR codes on a picture say, none where it has none; refuses one as `drawn` does."""
    said = _ask_child(file, kind, [], codes=True)
    if "refuse" in said:
        refuse(said["refuse"], millions=MOST_PIXELS // 1_000_000)
    return [code.encode("latin-1") for code in said["codes"]]


@contextmanager
def _our_turn() -> Iterator[None]:
    """One child at a time; whoever waits for too long is told to come again."""
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise Conflict("busy", _("Many pictures are being opened. Try again in a moment."))
    try:
        yield
    finally:
        _one_at_a_time.release()


def _ask_child(file: IO[bytes], kind: Kind, outs: list[IO[bytes]], *, codes: bool = False) -> dict[str, Any]:
    """What the child says; without a word from it the file is refused as a picture, and has none as a PDF."""
    file.flush()
    seconds = CPU_SECONDS if kind.family == PICTURE else CPU_SECONDS_OF_PAGE
    numbers = [out.fileno() for out in outs]
    wanted = {
        "kind": kind.code,
        "outs": numbers,
        "pixels": MOST_PIXELS,
        "sides": [LARGE, SMALL],
        "memory": MEMORY,
        "seconds": seconds,
        "codes": codes,
    }
    with _our_turn():
        child = subprocess.Popen(  # noqa: S603 our own interpreter and file, arguments as one JSON text
            [sys.executable, "-I", str(_CHILD), json.dumps(wanted)],
            stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=numbers, env=_ENVIRONMENT,
        )  # fmt: skip
        try:
            said, _none = child.communicate(timeout=seconds * 2)
        except subprocess.TimeoutExpired:
            said = b""
        finally:
            child.kill()
            child.wait()
    try:
        return json.loads(said)
    except ValueError:
        return {"refuse": "picture_too_large"} if kind.family == PICTURE else {}
