"""Celery's doors onto the services of leads, and their timers: ids in, everything re-read, safe to run twice."""

from celery import shared_task
from django.db.models.functions import Now

from leads.models import ExampleCase, HandOut, Lead, LeadImport
from leads.services.assign import leads_hand_out
from leads.services.cases import case_reviews_ask
from leads.services.clicks import clicks_forget
from leads.services.give_back import leads_return_idle
from leads.services.imports import import_run, imports_sweep
from leads.services.pairs import duplicates_find, search_sweep
from leads.services.partner_reminders import partner_reminders_send
from leads.services.score import rescore_sweep
from leads.services.score.visitors import visits_forget
from leads.services.sweeps import work_off
from leads.services.unanswered import leads_return_unanswered
from salesflow.lib.queue import enqueue
from salesflow.lib.sweeps import sweep

#: How long a worker reads one import before it does what else waits.
SLICE_SECONDS = 60.0


@shared_task(time_limit=2 * 3600, soft_time_limit=2 * 3600 - 60)
def run_import(job_id: int) -> None:
    """Go on with one import for a while and queue again behind others, or leave it to the worker that holds it."""
    if import_run(job_id=job_id, seconds=SLICE_SECONDS):
        waiting = LeadImport.objects.filter(pk=job_id, status=LeadImport.Status.RUNNING, leased_until=None)
        if waiting.exists():
            enqueue(run_import, job_id)


@sweep("leads.imports", every=10)
def take_up_imports() -> dict[str, int]:
    """Go on with imports whose start was lost or whose worker vanished."""
    return imports_sweep()


@shared_task
def rescore_due() -> dict[str, int]:
    """Score what is due now instead of at the next sweep."""
    return rescore_sweep()


@sweep("leads.rescore", every=15)
def sweep_scores() -> dict[str, int]:
    """Score what happened, faded or waited; go on regrading after an activation."""
    return rescore_sweep()


@sweep("leads.idle", every=15)
def sweep_idle() -> dict[str, int]:
    """Take back leads that nobody followed up for longer than their pool allows."""
    return work_off(
        lambda limit: leads_return_idle(limit=limit),
        lambda: Lead.objects.filter(idle_due_at__lte=Now()),
        "idle_due_at",
    )


@sweep("leads.unanswered", every=60)
def sweep_unanswered() -> dict[str, int]:
    """Take back contacted leads from which no answer came after enough attempts over enough days."""
    return work_off(
        lambda limit: leads_return_unanswered(limit=limit),
        lambda: Lead.objects.filter(unanswered_due_at__lte=Now()),
        "unanswered_due_at",
    )


@sweep("leads.hand_out", every=5)
def sweep_hand_outs() -> dict[str, int]:
    """Hand returned leads out again by the rules, in pools that want it so."""
    return work_off(
        lambda limit: leads_hand_out(limit=limit), lambda: HandOut.objects.filter(due_at__lte=Now()), "due_at"
    )


@shared_task
def find_duplicates() -> None:
    """Compare all leads with each other, if that is due."""
    duplicates_find()


@sweep("leads.duplicates", every=60)
def sweep_duplicates() -> dict[str, int]:
    """Have all leads compared every night, and when somebody asked."""
    return search_sweep()


@sweep("leads.case_reviews", every=60)
def sweep_case_reviews() -> dict[str, int]:
    """Ask for the reviews of example cases that are due."""
    return work_off(
        lambda limit: case_reviews_ask(limit=limit),
        lambda: ExampleCase.objects.filter(review_task=None, archived_at=None, next_review_at__lte=Now()),
        "next_review_at",
    )


@sweep("leads.visits", every=3600)
def sweep_visits() -> dict[str, int]:
    """Forget visitors who joined no lead in time, and names of clicks that are good no more."""
    return {"forgotten": visits_forget() + clicks_forget()}


@sweep("leads.partner_reminders", every=600)
def sweep_partner_reminders() -> dict[str, int]:
    """Remind the owners of partnerships of agreements that expire soon."""
    return partner_reminders_send()
