"""The one way in: every file that is attached to a record passes through here, whatever door it came by."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from salesflow.files import policies, store
from salesflow.files.content import kind_of
from salesflow.files.content.kinds import PICTURE, Kind
from salesflow.files.content.names import clean_name
from salesflow.files.content.refusals import refuse
from salesflow.files.models import Attachment, StoredFile
from salesflow.files.pictures import Drawn, drawn
from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.subjects import type_of
from salesflow.lib.uploads import anonymous_file, too_large
from salesflow.people.models import User

PIECE = 1 << 20


class Upload(Protocol):
    """What a web framework's uploaded file and an open file have in common."""

    name: str | None

    def chunks(self) -> Iterable[bytes]: ...


def attachment_add(*, subject: Model, by: User, file: Upload, name: str = "") -> Attachment:
    """Attach a file to a record, under `name` or its own name.

    What it is, its content decides; pictures are made anew without anything but their pixels. Raises
    ValidationError for what is too large or not taken (see `content.refusals`); then nothing of it is kept.
    """
    require(policies.can_attach(by, subject))
    with attachment_ready(file=file, name=name) as attach:
        return attach(subject=subject, by=by)


@contextmanager
def attachment_ready(
    *, file: Upload, name: str = "", pictures_only: bool = False
) -> Iterator[Callable[..., Attachment]]:
    """A file looked at and ready to be attached, `attach(subject=, by=)`, to a record that its maker makes within.

    Nothing is asked about rights: whoever makes the record has asked. Raises as `attachment_add`, and with
    `pictures_only` for what is no picture; what is not attached is not kept.
    """
    called = name or file.name or ""
    with received(file) as content:
        kind = kind_of(content, called)
        if pictures_only and kind.family != PICTURE:
            refuse("not_a_picture")
        with drawn(content, kind) as pictures, _in_store(pictures.body or content, pictures) as stored:
            yield partial(_attach, stored, kind=kind, name=clean_name(called, kind))


@contextmanager
def received(file: Upload) -> Iterator[IO[bytes]]:
    """The content in an anonymous file, counted while it comes."""
    limit, size = settings.FILE_MAX_BYTES, 0
    with anonymous_file() as content:
        for chunk in file.chunks():
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            content.write(chunk)
        if not size:
            refuse("empty")
        yield content


@contextmanager
def _in_store(content: IO[bytes], pictures: Drawn) -> Iterator[StoredFile]:
    """The stored file of this content: the known one, or a draft whose content is in the store.

    The content of a draft is taken out again when the block fails, or when somebody else stored the same meanwhile.
    """
    sha256 = digest(content)
    known = StoredFile.objects.filter(sha256=sha256).first()
    if known is not None:
        yield known
        return
    draft = StoredFile(
        sha256=sha256,
        size=content.seek(0, 2),
        width=pictures.width,
        height=pictures.height,
        path=store.put(content, pictures.large, pictures.small),
    )
    try:
        yield draft
    except BaseException:
        store.take_out(draft.path)
        raise
    if not StoredFile.objects.filter(path=draft.path).exists():
        store.take_out(draft.path)


def digest(content: IO[bytes]) -> str:
    """The SHA-256 of the whole content."""
    content.seek(0)
    made = hashlib.sha256()
    for piece in iter(lambda: content.read(PIECE), b""):
        made.update(piece)
    return made.hexdigest()


@transaction.atomic
def _attach(stored: StoredFile, *, subject: Model, by: User, kind: Kind, name: str) -> Attachment:
    if stored.pk is None:
        given = {field: getattr(stored, field) for field in ("size", "width", "height", "path")}
        stored, _made = StoredFile.objects.get_or_create(sha256=stored.sha256, defaults=given)
    attachment = Attachment.objects.create(
        subject_type=type_of(subject), subject_id=subject.pk, file=stored, name=name, kind=kind.code, by=by
    )
    record("files.attached", subject=subject, by=by, data={"attachment": attachment.pk, "kind": kind.code})
    return attachment
