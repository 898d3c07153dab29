"""Scoring while others work: nothing stale is written, nobody waits, nothing is forgotten."""

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from leads.models import GradeChange, Lead, LeadEvent, ScoreDue, ScoringModel
from leads.services.score import (
    leads_rescore,
    model_activate,
    rescore_all,
    rescore_soon,
    rescore_sweep,
    scores_of_new,
)
from leads.services.score import rescore as rescoring
from salesflow.journal.models import Event
from tests.leads.scoring import make_lead, model_in_force, nothing_kept
from tests.support.servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["nothing_kept"]

BUDGET = {"key": "budget", "type": "bands", "input": "budget", "bands": [
    {"from": 100, "points": 40}, {"from": 1, "points": 10}]}  # fmt: skip
CLICKS = {"key": "clicks", "type": "events", "kind": "email_click", "points": 5, "cap": 40}


class Deed(threading.Thread):
    """A deed in a thread with a connection of its own; `finished()` gives its result or raises its error."""

    def __init__(self, deed: Callable[[], Any]) -> None:
        super().__init__()
        self.deed, self.result, self.error, self.backend = deed, None, None, 0
        self.start()

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.backend = cursor.fetchone()[0]
            self.result = self.deed()
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def waits(self) -> bool:
        """Whether it is held up by another's lock."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self.backend])
            return bool(self.backend) and bool(cursor.fetchone()[0])

    def finished(self) -> Any:
        self.join(30)
        assert not self.is_alive()
        if self.error:
            raise self.error
        return self.result


def edited_meanwhile(lead: Lead) -> int:
    """An edit from 200 to 5 is under way, uncommitted, while somebody else scores the lead; gives the score left."""
    with transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(budget=5)
        leads_rescore([lead.pk], cause="edited")
        other = Deed(lambda: leads_rescore([lead.pk], cause="event"))
        wait_until(other.waits, "the other waits for the edit")
    other.finished()
    lead.refresh_from_db()
    return lead.score


def test_a_score_worked_out_before_an_edit_is_not_written_after_it(monkeypatch: Any) -> None:
    """Without its lock the same service writes the score of the old budget over that of the new one."""
    model_in_force([BUDGET])
    assert edited_meanwhile(make_lead(budget=200)) == 10
    monkeypatch.setattr(rescoring, "_lock", lambda ids, *, wait: ids)
    assert edited_meanwhile(make_lead(budget=200)) == 40


def test_scoring_all_waits_for_nobody_and_the_sweep_does_the_rest() -> None:
    model_in_force([BUDGET])
    free, held = make_lead(budget=200), make_lead(budget=200)
    with transaction.atomic():
        Lead.objects.filter(pk=held.pk).update(city="Berlin")
        assert Deed(rescore_all).finished() == 1
    assert ScoreDue.objects.get().lead_id == held.pk
    assert rescore_sweep()["rescored"] == 1
    free.refresh_from_db(), held.refresh_from_db()
    assert (free.score, held.score, held.city) == (40, 40, "Berlin")


def test_an_event_that_comes_while_its_lead_is_scored_is_scored_next() -> None:
    """The note of the event waits for the sweep that holds the lead's note, and is not lost with it."""
    model_in_force([CLICKS])
    lead = make_lead()
    rescore_soon([lead.pk], cause="event")

    def event_comes() -> None:
        with transaction.atomic():
            LeadEvent.objects.create(lead=lead, kind="email_click", occurred_at=timezone.now())
            rescore_soon([lead.pk], cause="event")

    with transaction.atomic():
        rescore_sweep()
        late = Deed(event_comes)
        wait_until(late.waits, "the event waits for the sweep")
    late.finished()
    assert rescore_sweep()["rescored"] == 1
    lead.refresh_from_db()
    assert lead.score == 5


def test_edits_events_sweeps_and_full_passes_at_once_lose_nothing() -> None:
    model_in_force([BUDGET, CLICKS], downgrade_after_days=0, half_life_days=3650)
    ids = [make_lead(budget=200).pk for _each in range(30)]

    def edits(seed: int) -> None:
        rng = random.Random(seed)
        for _each in range(40):
            with transaction.atomic():
                lead = Lead.objects.select_for_update().get(pk=rng.choice(ids))
                Lead.objects.filter(pk=lead.pk).update(budget=rng.choice([None, 5, 200]))
                leads_rescore([lead.pk], cause="edited")

    def events() -> None:
        rng = random.Random(5)
        for _each in range(60):
            with transaction.atomic():
                chosen = sorted(rng.sample(ids, 2))
                LeadEvent.objects.bulk_create(
                    LeadEvent(lead_id=pk, kind="email_click", occurred_at=timezone.now()) for pk in chosen
                )
                rescore_soon(chosen, cause="event")

    def often(deed: Callable[[], Any]) -> Callable[[], None]:
        return lambda: [deed() for _each in range(15)] and None

    deeds = [Deed(lambda: edits(1)), Deed(lambda: edits(2)), Deed(events),
             Deed(often(rescore_sweep)), Deed(often(rescore_sweep)), Deed(often(rescore_all))]  # fmt: skip
    for deed in deeds:
        deed.finished()
    ScoreDue.objects.update(due_at=timezone.now())
    rescore_sweep()
    assert not ScoreDue.objects.filter(due_at__lte=timezone.now()).exists()
    stored = list(Lead.objects.order_by("pk").values_list("score", "grade"))
    assert rescore_all() == 0
    for lead, (score, grade) in zip(Lead.objects.order_by("pk"), stored, strict=True):
        clicks = min(40, 5 * LeadEvent.objects.filter(lead=lead).count())
        fit = {None: 0, 5: 10, 200: 40}[lead.budget and int(lead.budget)]
        assert score == fit + clicks
        assert grade == ("A" if score >= 60 else "B" if score >= 35 else "C")
        last = GradeChange.objects.filter(lead=lead).order_by("id").last()
        assert last is None or last.new == grade


def test_regrading_broken_off_goes_on_where_it_was_and_changes_each_grade_once(monkeypatch: Any) -> None:
    """The connection is cut in the middle of a batch, as when the worker is killed."""
    monkeypatch.setattr("leads.services.score.sweep.BATCH", 50)
    model_in_force([BUDGET])
    Lead.objects.bulk_create(Lead(company_name=str(n), budget=200) for n in range(400))
    model = ScoringModel.objects.get(status="active")
    generous = ScoringModel.objects.create(
        name="Generous", components=model.components, threshold_a=40, threshold_b=10, source=None
    )
    model_activate(model=generous, by=None)
    with transaction.atomic():
        # one lead is being edited meanwhile: it is left for later and must not be forgotten
        Lead.objects.filter(pk=Lead.objects.order_by("pk")[120].pk).update(city="Berlin")
        worker = Deed(lambda: _cut_after(4, generous))
        worker.join(30)
    assert isinstance(worker.error, OperationalError)
    done = GradeChange.objects.count()
    assert 0 < done < 400
    while rescore_sweep()["processed"]:
        pass
    ScoreDue.objects.update(due_at=timezone.now())
    rescore_sweep()
    assert set(Lead.objects.values_list("grade", flat=True)) == {"A"}
    assert GradeChange.objects.count() == 400 == Event.objects.filter(kind="leads.grade_changed").count()
    generous.refresh_from_db()
    assert generous.regraded_until is None


def _cut_after(batches: int, model: ScoringModel) -> None:
    """Regrade until so many batches are done, then lose the connection within the next."""
    from leads.services.score import sweep

    counts = {"processed": 0, "rescored": 0, "failed": 0}
    for _each in range(batches):
        sweep._regrade_step(counts)
    with transaction.atomic():
        sweep._regrade_step(counts)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def entered_while_activated() -> str:
    """A lead is being entered, uncommitted, while another model is activated and regrades all; gives its grade."""
    model_in_force([BUDGET])
    generous = ScoringModel.objects.create(
        name="Generous",
        number=ScoringModel.objects.count() + 1,
        components=[BUDGET],
        threshold_a=40,
        threshold_b=10,
    )

    def activated() -> None:
        model_activate(model=generous, by=None)
        rescore_sweep()

    with transaction.atomic():
        leads = [Lead(company_name="Arbor", budget=200)]
        scores_of_new(leads)
        Lead.objects.bulk_create(leads)
        other = Deed(activated)
        wait_until(lambda: other.waits() or not other.is_alive(), "the activation waits or is done")
    other.finished()
    return Lead.objects.get(pk=leads[0].pk).grade


def test_an_activation_regrades_leads_that_were_being_entered(monkeypatch: Any) -> None:
    """Without the lock of the models the lead keeps the grade of the retired model, and nobody looks at it again."""
    assert entered_while_activated() == "A"
    monkeypatch.setattr("leads.services.score.new.models_hold", lambda *, alone: None)
    assert entered_while_activated() == "B"
