"""Named states of lists, private to the person."""

from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.lib.errors import require
from salesflow.lib.lists.ports import SavedTab
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.work.models import SavedView

VIEWS_PER_LIST = 50
NOT_KEPT = {"cursor", "page_size", "view"}


@transaction.atomic
def saved_view_save(*, by: User, resource: str, name: str, query: str) -> SavedView:
    """Keep the state of a list under a name; the same name again replaces it."""
    name = _checked(name)
    others = SavedView.objects.filter(owner=by, resource=resource, archived_at=None).exclude(name=name)
    if others.count() >= VIEWS_PER_LIST:
        raise ValidationError(
            {"name": ValidationError(_("There are too many views of this list."), code="too_many")}
        )
    view, _made = SavedView.objects.update_or_create(
        owner=by, resource=resource, name=name, defaults={"query": _kept(query), "archived_at": None}
    )
    return view


def _checked(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 80 or "\x00" in name:
        raise ValidationError(
            {"name": ValidationError(_("A name of at most 80 characters is needed."), code="invalid")}
        )
    return name


def _kept(query: str) -> str:
    kept = urlencode([(key, value) for key, value in parse_qsl(query) if key not in NOT_KEPT])
    if len(kept) > 2000:
        raise ValidationError(
            {"query": ValidationError(_("This view holds too many filters."), code="max_length")}
        )
    return kept


@transaction.atomic
def saved_view_change(
    *, view: SavedView, by: User, name: str | None = None, query: str | None = None
) -> SavedView:
    """Rename a view or give it another state."""
    require(view.owner_id == by.pk)
    changes = {}
    if name is not None:
        changes["name"] = _checked(name)
        others = SavedView.objects.filter(owner=by, resource=view.resource, name=changes["name"])
        if others.exclude(pk=view.pk).exists():
            raise ValidationError(
                {"name": ValidationError(_("There is a view of this name."), code="unique")}
            )
    if query is not None:
        changes["query"] = _kept(query)
    SavedView.objects.filter(pk=view.pk).update(**changes, **touched())
    return SavedView.objects.get(pk=view.pk)


@transaction.atomic
def saved_view_remove(*, view: SavedView, by: User) -> None:
    """Put a view away; saving one under its name, or restoring it, brings it back."""
    require(view.owner_id == by.pk)
    SavedView.objects.filter(pk=view.pk, archived_at=None).update(archived_at=Now(), **touched())


@transaction.atomic
def saved_view_restore(*, view: SavedView, by: User) -> None:
    require(view.owner_id == by.pk)
    SavedView.objects.filter(pk=view.pk).update(archived_at=None, **touched())


def saved_tabs(user: User, resource: str) -> list[SavedTab]:
    """A person's views of a list, in his order."""
    views = SavedView.objects.filter(owner_id=user.pk, resource=resource, archived_at=None)
    return [SavedTab(view.pk, view.name, view.query) for view in views.order_by("position", "id")]
