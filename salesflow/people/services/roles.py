"""Changing what a role may see and do."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import Role, User
from salesflow.people.roles import all_rights, default_scopes, scopes_of
from salesflow.people.services.users import ADMINISTRATOR


@transaction.atomic
def role_change(*, role: Role, by: User | None, rights: Mapping[str, str]) -> Role:
    """Give rights of a role another scope, `{"leads.view": "team"}`; it holds from each holder's next request on.

    What differs from the table in `roles.py` is kept with the role. Raises ValidationError by right (unknown, or a
    scope it does not come in), PermissionDenied, Conflict("role_fixed"): the administrator's rights let him undo the
    rest.
    """
    require(by is None or by.may("users.edit"))
    if role.code == ADMINISTRATOR:
        raise Conflict("role_fixed", _("The rights of the administrator are fixed."))
    _check(rights)
    role = Role.objects.select_for_update().get(pk=role.pk)
    default = default_scopes(role.code)
    before = {**default, **role.changed_rights}
    changes = {right: (before[right], scope) for right, scope in rights.items() if before[right] != scope}
    if changes:
        after = {**before, **rights}
        changed = {right: scope for right, scope in after.items() if scope != default.get(right)}
        Role.objects.filter(pk=role.pk).update(changed_rights=changed)
        record("people.role_changed", subject=role, by=by, changes=changes, data={"fields": sorted(changes)})
    return Role.objects.get(pk=role.pk)


def _check(rights: Mapping[str, str]) -> None:
    known = set(all_rights())
    faults = {}
    for right, scope in rights.items():
        if right not in known:
            faults[right] = ValidationError(_("There is no such right."), code="unknown_right")
        elif scope not in scopes_of(right):
            faults[right] = ValidationError(_("This right has no such scope."), code="unknown_scope")
    if faults:
        raise ValidationError(faults)
