from leads.services.score.backtest import backtest
from leads.services.score.events import events_join, events_take
from leads.services.score.explain import lines_of, score_explain
from leads.services.score.models import (
    model_activate,
    model_archive,
    model_change,
    model_create,
    model_new_version,
    model_restore,
    model_retire,
)
from leads.services.score.new import scores_of_new
from leads.services.score.preview import model_preview
from leads.services.score.rescore import leads_rescore
from leads.services.score.sweep import rescore_all, rescore_soon, rescore_sweep

__all__ = [
    "backtest",
    "events_join",
    "events_take",
    "leads_rescore",
    "lines_of",
    "model_activate",
    "model_archive",
    "model_change",
    "model_create",
    "model_new_version",
    "model_preview",
    "model_restore",
    "model_retire",
    "rescore_all",
    "rescore_soon",
    "rescore_sweep",
    "score_explain",
    "scores_of_new",
]
