"""Public pools in a policy document: `pools`."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from leads.models import Pool, PoolLimit
from leads.services.hold import Reach
from leads.services.policy_document.names import Names
from leads.services.policy_document.shape import (
    FLAG,
    TEXT,
    WHOLE_OR_NONE,
    Group,
    Records,
    Reference,
    Several,
)
from leads.services.policy_document.steps import ARCHIVED, Step, columns_of
from leads.services.pool import FIELDS, pool_archive, pool_reach, pool_save
from salesflow.people.models import User
from salesflow.people.services import config_record_restore

KEY = "pools"
_LIMITS = ("max_held", "max_claims_per_day")
_WHO = ("person", "team", "role")
_PEOPLE = ("members", "managers")
_KINDS = {"is_default": FLAG, "rehand": TEXT, "held_excludes_grades": Several(TEXT), "mask_contacts": FLAG}

SHAPE = Records(
    Group(
        {
            "name": TEXT,
            **dict.fromkeys(_PEOPLE, Several(Reference("person"))),
            **{name: _KINDS.get(name, WHOLE_OR_NONE) for name in FIELDS if name != "name"},
            "limits": Records(
                Group({**{who: Reference(who) for who in _WHO}, **dict.fromkeys(_LIMITS, WHOLE_OR_NONE)}),
                called=_WHO,
            ),
            ARCHIVED: FLAG,
        },
        needed=("name",),
    ),
    called=("name",),
)


def pools_said() -> list[dict[str, Any]]:
    """The pools in use, the default one first."""
    return [_said(pool) for pool in _rows().filter(archived_at=None).order_by("-is_default", "name")]


def pools_steps(given: list[dict[str, Any]], names: Names) -> list[Step]:
    """One step for each pool the document names, and for the default one it replaces; the new default comes first."""
    asked = {each["name"]: each for each in given}
    defaults = [each["name"] for each in given if each.get("is_default") and not each.get(ARCHIVED)]
    for name in defaults[1:]:
        path = f"{KEY}[{name}].is_default"
        names.reading.fault(path, _("only one pool is the default"), "one_default_pool")
    default = defaults[0] if defaults else None
    held = {pool.name: pool for pool in _rows().filter(name__in=asked)}
    former = _rows().filter(is_default=True).exclude(name__in=asked) if default else ()
    for pool in former:
        held[pool.name], asked[pool.name] = pool, {"name": pool.name, "is_default": False}
    order = sorted(asked, key=lambda name: name != default)
    return [_step(held.get(name), asked[name], names) for name in order]


def _rows() -> Any:
    limits = PoolLimit.objects.select_related("user", "team", "role")
    return Pool.objects.prefetch_related(*_PEOPLE, Prefetch("limits", limits))


def _said(pool: Pool) -> dict[str, Any]:
    """A pool in the words of the document."""
    saved = pool.pk is not None
    people = {
        name: sorted(user.email for user in getattr(pool, name).all()) if saved else [] for name in _PEOPLE
    }
    columns = columns_of(pool, FIELDS)
    return {
        "name": columns.pop("name"),
        "is_default": columns.pop("is_default"),
        **people,
        **columns,
        "held_excludes_grades": sorted(pool.held_excludes_grades),
        "limits": sorted((_limit_said(limit) for limit in pool.limits.all()), key=_who) if saved else [],
    }


def _limit_said(limit: PoolLimit) -> dict[str, Any]:
    whose = (
        {"person": limit.user.email} if limit.user else {"team": limit.team.name} if limit.team
        else {"role": limit.role.code if limit.role else ""}
    )  # fmt: skip
    return {**whose, **columns_of(limit, _LIMITS)}


def _limit_whole(limit: Mapping[str, Any]) -> dict[str, Any]:
    """A limit with what the document left out."""
    return {**limit, **{name: None for name in _LIMITS if name not in limit}}


def _who(limit: Mapping[str, Any]) -> tuple[int, str]:
    """People before teams before roles."""
    return next(((place, limit[who]) for place, who in enumerate(_WHO) if limit.get(who)), (len(_WHO), ""))


def _step(pool: Pool | None, given: dict[str, Any], names: Names) -> Step:
    path = f"{KEY}[{given['name']}]"
    given = dict(given)
    goes = given.pop(ARCHIVED, False)
    now = _said(pool) if pool is not None else None
    if "limits" in given:
        given["limits"] = sorted(map(_limit_whole, given["limits"]), key=_who)
    after = {**(now or _said(Pool())), **given}
    for name in _PEOPLE:
        names.newcomers_active(f"{path}.{name}", (now or {}).get(name, ()), after[name])
    in_use = pool is not None and pool.archived_at is None

    def do(by: User | None, values: Mapping[str, Any]) -> None:
        if goes:
            assert pool is not None
            return pool_archive(pool=pool, by=by)
        if pool is not None and not in_use:
            config_record_restore(pool, by=by, rights="pools")
        if values:
            pool_save(pool=pool, by=by, **_values(values, names))
        return None

    def reach(values: Mapping[str, Any]) -> Reach:
        return Reach() if pool is None else pool_reach(pool, values)

    return Step(path, now if in_use else None, None if goes else after, do, kept=now, reach=reach)


def _values(values: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """As the service takes them."""
    found = dict(values)
    for name in _PEOPLE:
        if name in found:
            found[name] = names.people(found[name])
    if "limits" in found:
        found["limits"] = [
            {
                **{name: each[name] for name in _LIMITS},
                **{
                    "user" if who == "person" else who: names.one(who, each[who])
                    for who in _WHO
                    if who in each
                },
            }
            for each in found["limits"]
        ]
    return found
