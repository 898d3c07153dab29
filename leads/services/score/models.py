"""The life of a scoring model: draft, active, retired; what graded leads once never changes afterwards.

One change of models at a time: version numbers and the one active model per source depend on all of them.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from leads import policies
from leads.models import ScoringModel
from leads.scoring.components import components_parse
from leads.services.score.active import models_hold
from leads.services.score.sweep import rescore_wake
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.people.services import config_changed, config_hold

#: What a draft may change; the same are frozen by the database afterwards.
FIELDS = (
    "name", "source", "components", "fit_cap", "engagement_cap", "method", "threshold_a", "threshold_b", "matrix",
    "half_life_days", "downgrade_after_days",
)  # fmt: skip
MATRIX = ("fit_high", "fit_medium", "engagement_medium")
_MOST_DAYS = 3650


@transaction.atomic
def model_create(*, by: User | None, **values: Any) -> ScoringModel:
    """Make a draft; a name that exists gets its next version number. Raises ValidationError by field."""
    require(by is None or policies.can_create_scoring_model(by))
    model = ScoringModel(**values)
    models_hold(alone=True)
    versions = ScoringModel.objects.filter(name=model.name)
    model.number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    model_checked(model)
    model.save()
    record("leads.scoring_model_created", subject=model, by=by, data={"version": model.number})
    return model


@transaction.atomic
def model_change(*, model: ScoringModel, by: User | None, **values: Any) -> ScoringModel:
    """Change fields of a draft. Raises Conflict("model_frozen") once it has been active."""
    require(by is None or policies.can_edit_scoring_model(by))
    models_hold(alone=True)
    model = _draft(model)
    changed = [name for name in values if getattr(model, name) != values[name]]
    if not changed:
        return model
    for name in changed:
        setattr(model, name, values[name])
    if "name" in changed:
        versions = ScoringModel.objects.filter(name=model.name)
        model.number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    model_checked(model)
    columns = {name: getattr(model, name) for name in (*changed, "number")}
    ScoringModel.objects.filter(pk=model.pk).update(**columns, **touched())
    record("leads.scoring_model_changed", subject=model, by=by, data={"fields": sorted(changed)})
    return ScoringModel.objects.get(pk=model.pk)


@transaction.atomic
def model_new_version(*, model: ScoringModel, by: User | None) -> ScoringModel:
    """Copy any version into a draft of the next number."""
    return model_create(by=by, **{name: getattr(model, name) for name in FIELDS})


@transaction.atomic
def model_activate(*, model: ScoringModel, by: User | None) -> ScoringModel:
    """Let a draft, or a retired version again, score from now on; the former model of the same source retires.

    All leads are regraded at once, by a worker in batches (`rescore_sweep`). Raises Conflict("already_active").
    """
    require(by is None or policies.can_edit_scoring_model(by))
    config_hold()
    models_hold(alone=True)
    model = ScoringModel.objects.select_for_update(of=("self",)).get(pk=model.pk)
    if model.archived_at is not None:
        raise Conflict("invalid_transition", _("An archived model cannot be activated."))
    if model.status == ScoringModel.Status.ACTIVE:
        raise Conflict("already_active", _("This model is active already."))
    model_checked(model)
    rivals = ScoringModel.objects.filter(status=ScoringModel.Status.ACTIVE, source=model.source)
    for rival in rivals:
        _retire(rival, by)
    ScoringModel.objects.filter(pk=model.pk).update(
        status=ScoringModel.Status.ACTIVE,
        activated_at=Coalesce("activated_at", Now()),
        retired_at=None,
        regraded_until=0,
        **touched(),
    )
    config_changed()
    record("leads.scoring_model_activated", subject=model, by=by, data={"version": model.number})
    rescore_wake()
    return ScoringModel.objects.get(pk=model.pk)


@transaction.atomic
def model_retire(*, model: ScoringModel, by: User | None) -> ScoringModel:
    """Take the model of a source out of force; its leads are scored by the default model again.

    Raises Conflict("still_in_use") for the default model, which only another one replaces.
    """
    require(by is None or policies.can_edit_scoring_model(by))
    config_hold()
    models_hold(alone=True)
    model = ScoringModel.objects.select_for_update(of=("self",)).get(pk=model.pk)
    if model.status != ScoringModel.Status.ACTIVE:
        raise Conflict("invalid_transition", _("Only an active model can be retired."))
    if model.source_id is None:
        raise Conflict("still_in_use", _("Activate another model; leads need one."))
    _retire(model, by)
    default = ScoringModel.objects.filter(status=ScoringModel.Status.ACTIVE, source=None)
    default.update(regraded_until=0)
    config_changed()
    rescore_wake()
    return ScoringModel.objects.get(pk=model.pk)


@transaction.atomic
def model_archive(*, model: ScoringModel, by: User | None) -> None:
    """Put a draft or a retired version away. Raises Conflict("still_in_use") for an active one."""
    require(by is None or by.may("scoring.archive"))
    models_hold(alone=True)
    idle = ScoringModel.objects.filter(pk=model.pk, archived_at=None).exclude(
        status=ScoringModel.Status.ACTIVE
    )
    if idle.update(archived_at=Now(), **touched()):
        record("leads.scoring_model_archived", subject=model, by=by)
    elif ScoringModel.objects.filter(pk=model.pk, status=ScoringModel.Status.ACTIVE).exists():
        raise Conflict("still_in_use", _("An active model cannot be archived."))


@transaction.atomic
def model_restore(*, model: ScoringModel, by: User | None) -> None:
    """Bring an archived model back; it scores nothing before it is activated."""
    require(by is None or by.may("scoring.archive"))
    if ScoringModel.objects.filter(pk=model.pk, archived_at__isnull=False).update(
        archived_at=None, **touched()
    ):
        record("leads.scoring_model_restored", subject=model, by=by)


def model_checked(model: ScoringModel) -> None:
    """Raise ValidationError by field unless the model can score."""
    faults: dict[str, list[ValidationError]] = {}
    for check in (_check_columns, _check_components, _check_reach):
        try:
            check(model)
        except ValidationError as error:
            for name, found in error.error_dict.items():
                faults.setdefault(name, []).extend(found)
    if faults:
        raise ValidationError(faults)


def _check_columns(model: ScoringModel) -> None:
    model.clean_fields()
    if not model.name.strip():
        raise ValidationError({"name": ValidationError(_("A name is needed."), code="required")})
    if not 0.01 <= model.half_life_days <= _MOST_DAYS:
        message = _("Say a number of days from 0.01 to %(most)s.") % {"most": _MOST_DAYS}
        raise ValidationError({"half_life_days": ValidationError(message, code="out_of_range")})


def _check_components(model: ScoringModel) -> None:
    components_parse(model.components)


def _check_reach(model: ScoringModel) -> None:
    """Grades must be told apart and A must be within reach of the caps."""
    if model.threshold_a <= model.threshold_b:
        message = _("The threshold of A must be above that of B.")
        raise ValidationError({"threshold_a": ValidationError(message, code="thresholds")})
    if model.method == ScoringModel.Method.MATRIX or model.matrix != {}:
        _check_matrix(model)
    if model.method == ScoringModel.Method.TOTAL and model.threshold_a > model.fit_cap + model.engagement_cap:
        message = _("No lead could ever reach A: both caps together are lower.")
        raise ValidationError({"threshold_a": ValidationError(message, code="thresholds")})


def _check_matrix(model: ScoringModel) -> None:
    bounds = model.matrix if isinstance(model.matrix, dict) else {}
    whole = all(isinstance(bound, int) and not isinstance(bound, bool) for bound in bounds.values())
    if set(bounds) != set(MATRIX) or not whole:
        message = _("Say whole numbers for %(names)s.") % {"names": ", ".join(MATRIX)}
        raise ValidationError({"matrix": ValidationError(message, code="matrix")})
    if not (
        0 <= bounds["fit_medium"] < bounds["fit_high"] <= model.fit_cap
        and 0 <= bounds["engagement_medium"] <= model.engagement_cap
    ):
        message = _("Medium fit must be below high fit, and all within the caps.")
        raise ValidationError({"matrix": ValidationError(message, code="matrix")})


def _draft(model: ScoringModel) -> ScoringModel:
    model = ScoringModel.objects.select_for_update(of=("self",)).get(pk=model.pk)
    if model.status != ScoringModel.Status.DRAFT:
        raise Conflict("model_frozen", _("A model that has been active never changes; make a new version."))
    return model


def _retire(model: ScoringModel, by: User | None) -> None:
    ScoringModel.objects.filter(pk=model.pk).update(
        status=ScoringModel.Status.RETIRED, retired_at=Now(), regraded_until=None, **touched()
    )
    record("leads.scoring_model_retired", subject=model, by=by, data={"version": model.number})
