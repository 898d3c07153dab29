"""What an operator does at a terminal: each command answers in words or JSON, and fails in one clear sentence."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from leads.models import Lead, LeadImport, LeadSource
from leads.services.imports import flow as importer
from salesflow.journal.models import Delivery, Event
from salesflow.journal.registry import _by_kind, _handlers, on
from salesflow.people.models import User
from salesflow.people.services import user_change, user_create
from tests.leads import cast
from tests.support.instance import MANAGE, Instance


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def asked(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


# drain_outbox


@pytest.fixture
def heard(db: None) -> Iterator[list[int]]:
    """What a subscriber was told; it fails for people called Fail."""
    told: list[int] = []

    @on("people.user_changed")
    def listener(event: Event) -> None:
        if User.objects.get(pk=event.subject_id).name == "Fail":
            raise RuntimeError("cannot hear")
        told.append(event.pk)

    name = f"{listener.__module__}.{listener.__qualname__}"
    yield told
    _by_kind["people.user_changed"].remove(name)
    del _handlers[name]


def changed(name: str) -> User:
    person = user_create(by=None, email=f"{name}@x.example", name="P", password=None, roles=["legal"])
    return user_change(user=person, by=None, name=name)


def test_what_is_due_is_delivered_once_and_the_rest_is_counted(heard: list[int]):
    changed("Pat")
    later = changed("Lea")
    Delivery.objects.filter(event__subject_id=later.pk).update(due_at=F("due_at") + "1 hour")
    due = Delivery.objects.exclude(event__subject_id=later.pk).count()
    assert asked("drain_outbox") == {"delivered": due, "failed": 0, "waiting": Delivery.objects.count() - due}
    assert len(heard) == 1
    assert run("drain_outbox").startswith("0 delivered, 0 failed, ")
    assert len(heard) == 1


def test_a_failed_delivery_fails_the_command_and_what_was_given_up_is_tried_again_when_asked(
    heard: list[int],
):
    person = changed("Fail")
    out = StringIO()
    with pytest.raises(CommandError, match="1 delivery failed"):
        call_command("drain_outbox", "--json", stdout=out)
    assert (json.loads(out.getvalue())["failed"], json.loads(out.getvalue())["waiting"]) == (1, 1)
    Delivery.objects.filter(state="waiting").update(state="dead", attempts=12)
    User.objects.filter(pk=person.pk).update(name="Pat")
    assert asked("drain_outbox")["delivered"] == 0 and heard == []
    assert asked("drain_outbox", "--dead") == {"delivered": 1, "failed": 0, "waiting": 0}
    assert len(heard) == 1


# import_leads


@pytest.fixture
def rep(db: None, settings: Any, tmp_path: Path) -> User:
    settings.MEDIA_ROOT = tmp_path / "files"
    person = cast.person("ann")
    cast.default_pool(members=[person])
    cast.rule()
    return person


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "展会 2026.csv"
    rows = [
        "Firm,Who,Mail",
        "明远科技,王晓琳,wang@my.example",
        "Orion,Kim,kim@orion.example",
        "Orion,Kim,",
        ",,x@y.example",
    ]
    path.write_text("\n".join(rows))
    return path


MAPPING = {"Firm": "company_name", "Who": "contact_name", "Mail": ["email"]}


def test_a_file_is_imported_in_somebodys_name(rep: User, file: Path, tmp_path: Path):
    source = LeadSource.objects.get(name="Trade show")
    rejected = tmp_path / "rejected.csv"
    told = asked(
        "import_leads", str(file), "--as", "ANN@example.com", "--source", "trade SHOW",
        "--mapping", json.dumps(MAPPING), "--rejected", str(rejected),
    )  # fmt: skip
    assert (told["status"], told["total"], told["created"], told["skipped"], told["rejected"]) == (
        "done",
        4,
        2,
        1,
        1,
    )
    assert [each["rows"] for each in told["reasons"]] == [1]
    job = LeadImport.objects.get(pk=told["id"])
    assert (job.by, job.source, job.filename) == (rep, source, "展会 2026.csv")
    assert set(Lead.objects.values_list("source", "entered_via", "owner")) == {(source.pk, "import", rep.pk)}
    (row,) = csv.DictReader(rejected.open(encoding="utf-8-sig"))
    assert row["Mail"] == "x@y.example" and row["reason"].startswith("Firm: ")


def test_the_report_in_words_and_the_mapping_in_a_file(rep: User, file: Path, tmp_path: Path):
    (tmp_path / "map.json").write_text(json.dumps(MAPPING))
    words = run(
        "import_leads", str(file), "--as", "ann@example.com", "--mapping", f"@{tmp_path}/map.json",
        "--on-duplicate", "create", "--assignment", "pool",
    )  # fmt: skip
    assert "4 rows: 3 created, 0 merged, 0 skipped, 1 rejected." in words
    assert "1 row: Firm: A company or a contact name is needed." in words
    assert Lead.objects.filter(in_pool=True).count() == 3


def test_progress_is_told_while_it_lasts(rep: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = "\n".join(f"Firm {n} Ltd,p{n}@firm{n}.example" for n in range(30))
    (tmp_path / "many.csv").write_text(f"company_name,email\n{rows}")
    monkeypatch.setattr(importer, "CHUNK", 10)
    moments = iter(range(100))
    monkeypatch.setattr("leads.management.commands.import_leads.time.monotonic", lambda: next(moments))
    aside = StringIO()
    call_command(
        "import_leads", str(tmp_path / "many.csv"), "--as", rep.email, stdout=StringIO(), stderr=aside
    )
    assert "10 rows read" in aside.getvalue() and "30 rows read" in aside.getvalue()


def test_without_a_mapping_the_import_waits_and_the_guess_is_told(rep: User, file: Path):
    with pytest.raises(CommandError, match="Say with --mapping what the columns mean"):
        run("import_leads", str(file), "--as", rep.email)
    assert LeadImport.objects.get().status == "needs_mapping" and not Lead.objects.exists()


def test_the_guess_is_taken_when_that_is_said(rep: User, tmp_path: Path):
    (tmp_path / "guess.csv").write_text("Company,Full name,Anything\n明远科技,王晓琳,x\n")
    told = asked("import_leads", str(tmp_path / "guess.csv"), "--as", rep.email, "--guess")
    assert (told["status"], told["created"]) == ("done", 1)
    assert Lead.objects.get().contact_name == "王晓琳"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{missing}", "--as", "ann@example.com"], "missing.csv cannot be read: No such file or directory."),
        (["{file}", "--as", "nobody@example.com"], "Nobody signs in as nobody@example.com."),
        (["{file}", "--as", "audit@example.com"], "audit@example.com may not import leads."),
        (["{file}", "--as", "ann@example.com", "--source", "Nowhere"], "There is no lead source “Nowhere”; "),
        (["{file}", "--as", "ann@example.com", "--mapping", "{"], "The mapping is no JSON: "),
        (["{file}", "--as", "ann@example.com", "--mapping", "@/nowhere.json"], "/nowhere.json cannot be read: "),
        (["{file}", "--as", "ann@example.com", "--mapping", '{"Firm": "budget"}'], "mapping: One column must be "),
        (
            ["{file}", "--as", "ann@example.com", "--mapping", '{"Firm": "company_name", "Other": "budget"}'],
            "mapping: The file has no column",
        ),
        (["{pdf}", "--as", "ann@example.com"], "PDF"),
        (["{file}", "--as", "ann@example.com", "--mapping", '{"Who": "contact_name"}', "--rejected", "/proc/no"],
         "/proc/no cannot be written: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_sentence(
    rep: User, file: Path, tmp_path: Path, words: list[str], told: str
):
    cast.person("audit", "auditor")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n")
    places = {"{missing}": tmp_path / "missing.csv", "{file}": file, "{pdf}": tmp_path / "a.pdf"}
    with pytest.raises(CommandError) as refused:
        run("import_leads", *[str(places.get(word, word)) for word in words])
    assert told in str(refused.value) and "\n" not in str(refused.value)


def test_a_file_of_which_nothing_could_be_taken_fails(rep: User, tmp_path: Path):
    (tmp_path / "bad.csv").write_text("company_name,email\n,a@b.example\n,c@d.example\n")
    with pytest.raises(CommandError, match="Every row was rejected"):
        run("import_leads", str(tmp_path / "bad.csv"), "--as", rep.email)


# the others


def test_leads_are_rescored_and_counted(rep: User):
    cast.lead_of(rep, budget=900_000)
    assert asked("rescore_leads")["moved"] == 1
    assert run("rescore_leads").startswith("0 leads moved in ")


def test_one_pass_over_everything_due_is_counted(rep: User):
    cast.time_passes([cast.lead_of(rep)], 86_400)
    told = asked("sweep_due")
    assert set(told) == {"processed", "returned", "reminded", "failed"}
    assert (told["returned"], told["failed"]) == (1, 0)


@pytest.mark.parametrize(
    ("email", "password", "told"),
    [
        ("ada@x.example", "short", "password: This password is too short"),
        ("nonsense", "a long enough password", "email: Enter a valid email address."),
    ],
)
def test_no_administrator_is_made_of_bad_input(
    db: None, monkeypatch: Any, email: str, password: str, told: str
):
    monkeypatch.setenv("SALESFLOW_PASSWORD", password)
    with pytest.raises(CommandError, match=told):
        run("create_admin", email)
    assert not User.objects.exists()


def test_an_administrator_is_made(db: None, monkeypatch: Any):
    monkeypatch.setenv("SALESFLOW_PASSWORD", "a long enough password")
    made = asked("create_admin", "Ada@x.example", "--name", "Ada")
    assert User.objects.get(pk=made["id"]).is_staff and made["email"] == "ada@x.example"


def test_the_demo_company_needs_an_empty_workspace_and_a_scale(rep: User):
    with pytest.raises(CommandError, match="needs an empty workspace"):
        run("load_demo")
    with pytest.raises(CommandError, match="scale"):
        run("load_demo", "--scale", "0")


# which instance


@pytest.mark.processes
def test_every_command_is_told_its_instance_by_data(shared_instance: Instance, file: Path):
    """From anywhere, without a word in the environment."""
    env = {**shared_instance.env, "SALESFLOW_PASSWORD": "a long enough password"}
    del env["SALESFLOW_DATA"]

    def manage(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, MANAGE, *words], env=env, cwd="/", capture_output=True, text=True
        )

    data = str(shared_instance.data)
    assert manage("create_admin", "ada@x.example", "--data", data).returncode == 0
    words = ("--as", "ada@x.example", "--mapping", json.dumps(MAPPING), "--json")
    told = manage("import_leads", str(file), f"--data={data}", *words)
    assert json.loads(told.stdout)["created"] == 2, told.stderr
    assert shared_instance.sql("SELECT count(*) FROM leads_lead") == [(2,)]
    for command in (
        "check_invariants",
        "verify_audit",
        "drain_outbox",
        "sweep_due",
        "rescore_leads",
        "authz_table",
    ):
        done = manage(command, "--data", data, "--json")
        assert (done.returncode, json.loads(done.stdout) is not None) == (0, True), done.stderr
    nowhere = manage("check_invariants", "--data", "/nowhere")
    assert nowhere.returncode == 1 and nowhere.stderr.startswith("There is no instance in /nowhere; ")
