"""Named states of lists: kept by a person for himself, shared with a team or with everybody, opened by a role."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.lists.ports import SavedTab
from salesflow.lib.records import touched
from salesflow.people.models import Role, Team, User
from salesflow.work import policies
from salesflow.work.models import OpeningView, SavedView

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
    require(policies.can_edit_view(by, view))
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
    require(policies.can_edit_view(by, view))
    SavedView.objects.filter(pk=view.pk, archived_at=None).update(archived_at=Now(), **touched())


@transaction.atomic
def saved_view_restore(*, view: SavedView, by: User) -> None:
    require(policies.can_edit_view(by, view))
    SavedView.objects.filter(pk=view.pk).update(archived_at=None, **touched())


@transaction.atomic
def saved_view_share(*, view: SavedView, by: User, audience: str, team: Team | None = None) -> SavedView:
    """Show a view to oneself alone (`private`), to a `team`, or to `everybody`.

    Raises PermissionDenied (another's view, a team one may not share with), ValidationError (audience, team). A view
    that is no longer everybody's opens for no role any more.
    """
    require(policies.can_edit_view(by, view))
    if audience not in SavedView.Audience.values:
        raise ValidationError({"audience": ValidationError(_("Choose whom to share with."), code="invalid")})
    if (audience == SavedView.Audience.TEAM) != (team is not None):
        raise ValidationError({"team": ValidationError(_("Name the team to share with."), code="required")})
    if team is not None:
        require(policies.can_share_with_team(by, team.pk))
    if audience == SavedView.Audience.EVERYBODY:
        require(policies.can_share_with_all(by))
    else:
        OpeningView.objects.filter(view=view).delete()
    SavedView.objects.filter(pk=view.pk).update(audience=audience, team=team, **touched())
    record("work.view_shared", subject=view, by=by, data={"audience": audience, "team": team and team.pk})
    return SavedView.objects.get(pk=view.pk)


@transaction.atomic
def saved_view_open_for(*, view: SavedView, by: User, roles: Sequence[Role]) -> SavedView:
    """Open the list in this view for the holders of these roles, and of no others; the last word for a role holds.

    Raises PermissionDenied, ValidationError for a view that not everybody sees.
    """
    require(policies.can_share_with_all(by) and policies.can_edit_view(by, view))
    if roles and view.audience != SavedView.Audience.EVERYBODY:
        message = _("Share the view with everybody first.")
        raise ValidationError({"opens_for": ValidationError(message, code="invalid")})
    OpeningView.objects.filter(view=view).exclude(role__in=roles).delete()
    OpeningView.objects.bulk_create(
        [OpeningView(role=role, resource=view.resource, view=view) for role in roles],
        update_conflicts=True,
        unique_fields=["role", "resource"],
        update_fields=["view"],
    )
    SavedView.objects.filter(pk=view.pk).update(**touched())
    record("work.view_opened_for", subject=view, by=by, data={"roles": sorted(role.code for role in roles)})
    return SavedView.objects.get(pk=view.pk)


def saved_tabs(user: User, resource: str) -> list[SavedTab]:
    """The views of a list a person may choose from: his own in his order, then the shared ones by name."""
    mine = [role.pk for role in user.held_roles]
    views = SavedView.objects.visible_to(user).filter(resource=resource, archived_at=None)
    opens = Exists(OpeningView.objects.filter(view=OuterRef("pk"), role__in=mine))
    found = sorted(
        views.annotate(opens=opens),
        key=lambda view: (0, view.position, view.pk) if view.owner_id == user.pk else (1, view.name, view.pk),
    )
    return [
        SavedTab(view.pk, view.name, view.query, shared=view.audience != SavedView.Audience.PRIVATE,
                 changes=policies.can_edit_view(user, view), opens=view.opens)
        for view in found
    ]  # fmt: skip
