"""Pages of files: adding them to a record, looking at one, taking it home, and what becomes of it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from salesflow.files import policies
from salesflow.files.answers import download, picture
from salesflow.files.forms import AT_ONCE, RenameForm
from salesflow.files.models import Attachment
from salesflow.files.services import attachment_add, attachment_remove, attachment_rename, attachment_restore
from salesflow.lib.errors import require
from salesflow.lib.subjects import seen_subject, subject_of, type_of, visible_subject
from salesflow.lib.uploads import Allowance, takes_files
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast


def _visible(request: HttpRequest, pk: int, *, archived: bool = False) -> Attachment:
    """The attachment if this person may see it and it is there, or put away with `archived`; 404 otherwise."""
    rows = Attachment.objects.visible_to(request.user).select_related("file", "by")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk, archived_at__isnull=not archived)


def _back(type_: str, id_: int) -> str:
    """The files on the page of a record; some have their place on another's page."""
    url = subject_of(type_).url(id_)
    return url if "#" in url else f"{url}#files"


def _record_of(request: HttpRequest, attachment: Attachment) -> Any:
    return seen_subject(request.user, attachment.subject_type, attachment.subject_id)


@takes_files(Allowance("FILE_MAX_BYTES", files=AT_ONCE))
@login_required
@require_POST
def file_add(request: HttpRequest) -> HttpResponse:
    """Attach the files sent to the record named by `subject_type` and `subject_id`, each by itself; go back there."""
    subject = _subject(request)
    require(policies.can_attach(request.user, subject))  # type: ignore[arg-type]
    files = request.FILES.getlist("file")
    added = sum(_added(request, subject, file) for file in files[:AT_ONCE])
    if len(files) > AT_ONCE:
        toast(request, _("Only the first %(most)s were taken.") % {"most": AT_ONCE}, "warning")
    if added:
        words = ngettext("%(n)s file is attached.", "%(n)s files are attached.", added) % {"n": added}
        toast(request, words)
    elif not files:
        toast(request, _("Choose a file first."), "warning")
    return redirect(_back(type_of(subject), subject.pk))


def _subject(request: HttpRequest) -> Any:
    type_, id_ = request.POST.get("subject_type", ""), request.POST.get("subject_id", "")
    if not (id_.isascii() and id_.isdigit() and len(id_) < 19):
        raise Http404
    try:
        return visible_subject(request.user, type_, int(id_))
    except ValidationError:
        raise Http404 from None


def _added(request: HttpRequest, subject: Any, file: Any) -> bool:
    """Whether the file was taken; if not, the person is told which and why."""
    try:
        attachment_add(subject=subject, by=request.user, file=file)  # type: ignore[arg-type]
    except ValidationError as error:
        why = " ".join(error.messages)
        toast(request, _("%(file)s: %(why)s") % {"file": file.name, "why": why}, "error")
        return False
    return True


@login_required
@require_safe
def file_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known of a file, with a picture of it where there is one."""
    attachment = _visible(request, pk)
    user: Any = request.user
    kind = subject_of(attachment.subject_type)
    subject = _record_of(request, attachment)
    context = {
        "attachment": attachment,
        "file": attachment.file,
        "subject": kind.label(subject),
        "back": _back(attachment.subject_type, attachment.subject_id),
        "may_rename": policies.can_rename(user, subject),
        "may_remove": policies.can_remove(user, subject),
    }
    return render(request, "files/file.html", context)


@login_required
@require_safe
def file_download(request: HttpRequest, pk: int) -> HttpResponse:
    return download(_visible(request, pk))


@login_required
@require_safe
def file_picture(request: HttpRequest, pk: int) -> HttpResponse:
    return picture(_visible(request, pk), "large")


@login_required
@require_safe
def file_thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    return picture(_visible(request, pk), "small")


@login_required
def file_rename(request: HttpRequest, pk: int) -> HttpResponse:
    attachment = _visible(request, pk)
    require(policies.can_rename(request.user, _record_of(request, attachment)))  # type: ignore[arg-type]
    form = RenameForm(request.POST or None, initial={"name": attachment.name})
    if request.method == "POST" and form.is_valid():
        try:
            attachment_rename(attachment=attachment, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as error:
            errors_to(form, error)
        else:
            return redirect(attachment)
    context = {
        "form": form,
        "title": _("Rename"),
        "submit": _("Rename"),
        "back": attachment.get_absolute_url(),
    }
    return render(request, "form_page.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def file_remove(request: HttpRequest, pk: int) -> HttpResponse:
    attachment = _visible(request, pk)
    attachment_remove(attachment=attachment, by=request.user)  # type: ignore[arg-type]
    words = _("“%(file)s” is removed.") % {"file": attachment}
    toast(request, words, undo=reverse("file-restore", args=[pk]))
    return redirect(_back(attachment.subject_type, attachment.subject_id))


@login_required
@require_POST
def file_restore(request: HttpRequest, pk: int) -> HttpResponse:
    attachment = _visible(request, pk, archived=True)
    attachment_restore(attachment=attachment, by=request.user)  # type: ignore[arg-type]
    toast(request, _("“%(file)s” is back.") % {"file": attachment})
    return redirect(_back(attachment.subject_type, attachment.subject_id))
