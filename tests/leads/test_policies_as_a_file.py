"""All policies leave as one readable file and come back: what differs is told, nothing is taken in by half."""

import json
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from leads.models import (
    AssignmentRule,
    FirstContactPolicy,
    LeadSource,
    Pool,
    ScoringModel,
    VerificationItem,
    VerificationPolicy,
)
from leads.services import assignment_rule_save, policies_export, policies_import, pool_save
from leads.services.policy_document import Imported
from salesflow.clocks.models import BusinessCalendar
from salesflow.journal.models import Event
from salesflow.people.models import Role, User
from salesflow.people.services.config import config_revision
from tests.admin.pages import kinds, told_since
from tests.api.conftest import call, caller_of, cast
from tests.leads.cast import clock_of, fresh, lead_of
from tests.support.pages import browse

__all__ = ["browse", "call", "cast"]

pytestmark = pytest.mark.django_db
YAML = "application/yaml"


def take(text: str, **how: Any) -> Imported:
    return policies_import(text=text, by=None, **how)


def told(found: Imported) -> dict[str, tuple[Any, Any]]:
    return {change.path: (change.before, change.after) for change in found.changes}


def faults(text: str) -> dict[str, str]:
    """What is wrong with a document by path; nothing of it is written."""
    before, revision = kinds(), config_revision()
    with pytest.raises(ValidationError) as refused:
        take(text)
    assert (kinds(), config_revision()) == (before, revision)
    if not hasattr(refused.value, "error_dict"):
        return {"": " ".join(refused.value.messages)}
    return {path: " ".join(each) for path, each in refused.value.message_dict.items()}


@pytest.fixture
def company(cast: SimpleNamespace) -> SimpleNamespace:
    """A company with something of everything, also what is awkward to write down."""
    website = LeadSource.objects.get(name="Website")
    pool = pool_save(
        by=None, name='Partners: "no", 是', members=[cast.bob, cast.alice], managers=[cast.mona], max_held=20,
        held_excludes_grades=["C", "B"], rehand="rules",
        limits=[{"role": Role.objects.get(code="rep"), "max_held": 5}, {"team": cast.ours, "max_claims_per_day": 2},
                {"user": cast.alice, "max_held": 9}],
    )  # fmt: skip
    rule = assignment_rule_save(
        by=None, name="Hospitals", position=5, team=cast.theirs, fallback_pool=pool, strategy="best_match",
        filter={"source": [website.pk, 404], "country": ["NO", "08"], "filter": f"grade = A and source = {website.pk}"},
        members=[{"user": cast.charlie, "weight": 3, "grades": ["A"]}, {"user": cast.alice}],
    )  # fmt: skip
    assignment_rule_save(by=None, name="Hospitals", position=7, is_active=False)
    cast.website, cast.pool, cast.rule = website, pool, rule
    return cast


def test_what_was_taken_out_changes_nothing_when_it_comes_back(company: SimpleNamespace) -> None:
    User.objects.filter(pk=company.bob.pk).update(is_active=False)
    text = policies_export(by=None)
    before, revision = kinds(), config_revision()
    found = take(text)
    assert (found.changes, found.drafts) == ([], [])
    assert (kinds(), config_revision()) == (before, revision)
    assert policies_export(by=None) == text, "the same text every time"


def test_the_file_is_read_by_people_and_knows_no_ids(company: SimpleNamespace) -> None:
    text = policies_export(by=None)
    assert text.startswith("#") and "\nversion: 1\n" in text
    for line in (
        "    members: [alice@cast.test, bob@cast.test]", "      - person: alice@cast.test", "    team: Theirs",
        "      source: [Website, '404']", "      filter: grade = A and source = Website",
        "    limit_seconds: 86400", "    held_excludes_grades: [B, C]", "verification:", "  - name: Business customers",
        "    thresholds: {A: 50, B: 25}",
    ):  # fmt: skip
        assert any(each.startswith(line) for each in text.splitlines()), line
    assert "source: null" in text and f"= {company.website.pk}" not in text


def test_what_differs_is_changed_and_told_and_nothing_else(company: SimpleNamespace) -> None:
    lead = lead_of(company.alice, grade="A")
    text = policies_export(by=None)
    for old, new in (
        ("limit_seconds: 86400", "limit_seconds: 3600"),
        ("max_held: 20", "max_held: 25"),
        ("alice@cast.test, bob@cast.test", "charlie@cast.test, alice@cast.test, charlie@cast.test"),
        ("weight: 3", "weight: 4"),
        ("[Website, '404']", "[Trade show]"),
        ("source = Website", 'source in (Website, "Trade show")'),
        ("verifier: anybody", "verifier: owner"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    before = kinds()
    tried = take(text, dry_run=True)
    assert kinds() == before and fresh(company.pool).max_held == 20, "a dry run writes nothing"
    found = take(text)
    assert told(found) == told(tried)
    name = f"pools[{company.pool.name}]"
    assert told(found) == {
        "first_contact.A.limit_seconds": (86400, 3600),
        f"{name}.max_held": (20, 25),
        f"{name}.members": (["alice@cast.test", "bob@cast.test"], ["alice@cast.test", "charlie@cast.test"]),
        "assignment_rules[Hospitals].filter.source": (["Website", "404"], ["Trade show"]),
        "assignment_rules[Hospitals].filter.filter": (
            "grade = A and source = Website",
            'grade = A and source in (Website, "Trade show")',
        ),
        "assignment_rules[Hospitals].members[charlie@cast.test].weight": (3, 4),
        "verification.verifier": ("anybody", "owner"),
    }
    assert sorted(told_since(before)) == [
        "leads.assignment_rule_changed",
        "leads.first_contact_policy_changed",
        "leads.pool_changed",
        "leads.verification_policy_changed",
    ]
    show = LeadSource.objects.get(name="Trade show")
    rule = fresh(company.rule)
    assert rule.filter["source"] == [show.pk]
    assert rule.filter["filter"] == f"grade = A and source in ({company.website.pk}, {show.pk})"
    assert clock_of(lead).target_seconds == 3600, "the clocks that run follow, as by every other door"
    assert Event.objects.filter(kind="leads.pool_changed").latest("pk").data["fields"] == ["max_held"]
    assert take(text).changes == []


def test_what_is_new_is_made_with_what_it_names(company: SimpleNamespace) -> None:
    found = take(
        """
        version: 1
        pools:
          - name: North
            members: [Alice@cast.test]
            limits: [{person: alice@cast.test, max_held: 3}]
        assignment_rules:
          - {name: To the north, position: 1, fallback_pool: North, filter: {region: [黑龙江]}}
        verification:
          items: [{code: budget, name: There is a budget, position: 4}]
        """
    )
    pool = Pool.objects.get(name="North")
    assert pool.members.get() == company.alice and pool.limits.get().max_held == 3
    assert AssignmentRule.objects.get(name="To the north").fallback_pool == pool
    assert VerificationItem.objects.get(code="budget").position == 4
    assert [change.path for change in found.changes if change.before is None] == [
        "pools[North]", "assignment_rules[To the north]", "verification.items[budget]",
    ]  # fmt: skip
    assert VerificationPolicy.objects.get().verifier == "anybody", "what is left out stays as it is"


def test_another_pool_becomes_the_default_and_the_former_one_says_so(company: SimpleNamespace) -> None:
    former = Pool.objects.default()
    found = take("version: 1\npools: [{name: North, is_default: true}]")
    assert told(found)[f"pools[{former.name}].is_default"] == (True, False)
    assert Pool.objects.default().name == "North"
    text = policies_export(by=None).replace("is_default: false", "is_default: true", 1)
    assert "only one pool is the default" in str(faults(text))
    assert "another pool the default" in str(faults("version: 1\npools: [{name: North, is_default: false}]"))


def test_records_go_out_of_use_and_come_back_by_name(company: SimpleNamespace) -> None:
    gone = "version: 1\npools: [{name: North, archived: true}]\nverification: {items: [{code: need, archived: true}]}"
    gone += "\nassignment_rules: [{name: Hospitals, archived: true}]"
    take("version: 1\npools: [{name: North, max_held: 7}]")
    before = kinds()
    found = take(gone)
    assert {change.path for change in found.changes if change.after is None} == {
        "pools[North]", "verification.items[need]", "assignment_rules[Hospitals]",
    }  # fmt: skip
    assert fresh(company.rule).archived_at and not AssignmentRule.objects.get(position=7).archived_at
    assert [kind.rpartition("_")[2] for kind in told_since(before)] == ["archived"] * 3
    take(
        "version: 1\npools: [{name: North, archived: true}]\nverification: {items: [{code: need, archived: true}]}"
    )
    assert len(told_since(before)) == 3, "gone already"
    take("version: 1\npools: [{name: North}]\nverification: {items: [{code: need, rejects: true}]}")
    pool, item = Pool.objects.get(name="North"), VerificationItem.objects.get(code="need")
    assert (pool.archived_at, pool.max_held, item.archived_at, item.rejects) == (None, 7, None, True)


def test_a_changed_scoring_model_becomes_a_draft_once(company: SimpleNamespace) -> None:
    active = ScoringModel.objects.get(status="active")
    text = policies_export(by=None).replace("thresholds: {A: 50, B: 25}", "thresholds: {A: 55, B: 25}")
    text = text.replace("{from: 1000000, points: 20}", "{from: 1000000, points: 22}")
    found = take(text)
    assert [each.path for each in found.changes] == [
        "scoring_models[Business customers].thresholds.A",
        "scoring_models[Business customers].components[budget].bands",
    ]
    draft = ScoringModel.objects.get(name=active.name, number=2)
    assert (draft.status, draft.threshold_a, fresh(active).threshold_a) == ("draft", 55, 50)
    assert found.drafts == [str(draft)]
    again = take(text)
    assert (again.changes, again.drafts) == ([], [str(draft)])
    assert ScoringModel.objects.count() == 2
    assert "scoring_models[Business customers].thresholds.A" in faults(
        text.replace("thresholds: {A: 55, B: 25}", "thresholds: {A: 20, B: 25}")
    )


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("version: 2", "version", "Line 1: only documents of version 1"),
        ("pools: []", "", "“version” is missing"),
        ("- version: 1", "", "names with values are needed"),
        ("version: 1\npool: []", "pool", "Line 2: “pool” is not known here; there are: version, first_contact"),
        ("version: 1\npools:\n- name: X\n  max_held: many", "pools[X].max_held", "Line 4: a whole number"),
        ("version: 1\npools:\n- name: X\n  max_held: -1", "pools[X].max_held", "Line 4: "),
        ("version: 1\npools:\n- name: X\n  mask_contacts: 1", "pools[X].mask_contacts", "Line 4: true or false"),
        ("version: 1\npools:\n- max_held: 1", "pools[0]", "Line 3: “name” is missing"),
        ("version: 1\npools:\n- name: X\n- name: X", "pools[X #2]", "Line 4: “X” stands here twice"),
        ("version: 1\npools:\n- name: X\n  members: [no@body.test]", "pools[X].members[0]", "Line 4: nobody has"),
        ("version: 1\npools:\n- name: X\n  limits: [{max_held: 1}]", "pools[X].limits", "Line 4: A limit is for"),
        ("version: 1\nfirst_contact:\n  D: {}", "first_contact.D", "Line 3: "),
        ("version: 1\nfirst_contact:\n  A:\n    limit_seconds: 0", "first_contact.A.limit_seconds", "Line 4: "),
        ("version: 1\nverification: {verifier: me}", "verification.verifier", "Line 2: "),
        ("version: 1\nassignment_rules:\n- name: R\n  team: Nobody's", "assignment_rules[R].team", "there is no team"),
        ("version: 1\nassignment_rules:\n- name: R\n  filter: {source: Gone}", "assignment_rules[R].filter",
         "Line 4: there is no lead source “Gone”"),
        ("version: 1\nassignment_rules:\n- name: R\n  filter: {magic: 1}", "assignment_rules[R].filter", "magic"),
        ("version: 1\nscoring_models:\n- name: M\n  components: [{key: x}]", "scoring_models[M].components", "Line 4"),
        ("version: 1\nversion: 1", "", "Line 2 cannot be read: “version” stands here twice"),
        ("version: &a 1\npools: *a", "", "references (& and *) are not taken"),
        ("version: !!python/name:os.system 1", "", "tags (!) are not taken"),
        ("version: 1\npools: " + "[" * 30 + "]" * 30, "", "too deep"),
        ("version: 1\n1: x", "", "a name is a text"),
        ('version: 1\npools: [{name: "a\\0"}]', "", "no text"),
        ("version: 1\n---\nversion: 1", "", "another document"),
        ("version: [1", "", "cannot be read"),
        ("version: 1 #" + "x" * 300_000, "", "at most 256 KiB"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_by_path_and_line(
    company: SimpleNamespace, text: str, path: str, words: str
) -> None:
    found = faults(text)
    assert path in found and words in found[path], found


def test_nothing_is_taken_in_by_half_and_all_faults_of_shape_are_told_at_once(
    company: SimpleNamespace,
) -> None:
    found = faults("version: 1\nfirst_contact: {A: {limit_seconds: 60}}\npools: [{name: X, rehand: never}]")
    assert set(found) == {"pools[X].rehand"}
    assert FirstContactPolicy.objects.get(grade="A").limit_seconds == 86_400
    found = faults("version: 1\nfirst_contact: {A: {limit_seconds: x}}\npools: [{name: 7}]")
    assert set(found) == {"first_contact.A.limit_seconds", "pools[0].name"}


def test_who_was_switched_off_may_stay_and_is_not_named_anew(company: SimpleNamespace) -> None:
    User.objects.filter(pk=company.alice.pk).update(is_active=False)
    take(policies_export(by=None).replace("alice@cast.test, bob@cast.test", "alice@cast.test"))
    found = faults("version: 1\npools: [{name: X, members: [alice@cast.test]}]")
    assert found == {"pools[X].members": "Line 2: alice@cast.test is switched off"}


def test_words_that_look_like_something_else_stay_words(company: SimpleNamespace) -> None:
    take(
        "version: 1\npools: [{name: no}, {name: 12:30}, {name: 2026-01-01}, {name: '08'}, {name: 'null'}, {name: <<}]"
    )
    assert Pool.objects.filter(name__in=["no", "12:30", "2026-01-01", "08", "null", "<<"]).count() == 6
    assert take(policies_export(by=None)).changes == []


def test_working_hours_name_their_calendar(company: SimpleNamespace) -> None:
    calendar = BusinessCalendar.objects.create(name="Shanghai", zone="Asia/Shanghai")
    take("version: 1\nfirst_contact: {B: {calendar: Shanghai}}")
    assert FirstContactPolicy.objects.get(grade="B").calendar == calendar
    assert "calendar: Shanghai" in policies_export(by=None)


def test_rest_gives_the_document_and_takes_it_from_administrators_only(
    company: SimpleNamespace, call: Any
) -> None:
    admin = call("admin")
    answer = admin.get("policies/")
    assert answer.headers["Content-Type"].startswith(YAML) and answer.content.decode() == policies_export(
        by=None
    )
    text = answer.content.decode().replace("max_held: 20", "max_held: 30")
    tried = admin.post("policies/?dry_run=true", text, content_type=YAML)
    change = {"path": f"pools[{company.pool.name}].max_held", "from": 20, "to": 30}
    assert tried.json() == {"dry_run": True, "changes": [change], "drafts": []}
    assert fresh(company.pool).max_held == 20
    done = admin.post("policies/", text, content_type=YAML, headers={"Idempotency-Key": "once"})
    assert done.json() == {**tried.json(), "dry_run": False} and fresh(company.pool).max_held == 30
    assert Event.objects.filter(kind="leads.pool_changed").latest("pk").actor == company.admin
    again = admin.post("policies/", text, content_type=YAML, headers={"Idempotency-Key": "once"})
    assert again.json() == done.json()
    wrong = admin.post("policies/", text.replace("max_held: 30", "max_held: x"), content_type="text/plain")
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["field"] == change["path"]
    assert admin.post("policies/?dry=1", text, content_type=YAML).status_code == 400
    assert admin.post("policies/?dry_run=1", text, content_type=YAML).status_code == 400
    assert admin.post("policies/", b"\xff", content_type=YAML).status_code == 400
    assert admin.post("policies/", {}).status_code == 415
    for name in ("mona", "alice", "auditor"):
        assert call(name).get("policies/").status_code == 403
        assert call(name).post("policies/", text, content_type=YAML).status_code == 403
    assert (
        caller_of(company.admin, "policies:read").post("policies/", text, content_type=YAML).status_code
        == 403
    )


def upload(admin: Client, text: str | bytes) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return admin.post("/admin/policies/", {"file": SimpleUploadedFile("p.yaml", data)})


def test_an_administrator_looks_at_the_changes_and_takes_them_in(
    company: SimpleNamespace, browse: Any
) -> None:
    admin = browse("admin")
    text = admin.get("/admin/policies/file/").content.decode().replace("max_held: 20", "max_held: 40")
    shown = upload(admin, text)
    page = shown.content.decode()
    assert ".max_held" in page and "<pre>20</pre>" in page and "<pre>40</pre>" in page
    assert fresh(company.pool).max_held == 20
    sent = {name: shown.context_data[name] for name in ("text", "seen")}
    pool_save(pool=company.pool, by=None, max_held=21)
    meanwhile = admin.post("/admin/policies/take/", sent)
    assert "<pre>21</pre>" in meanwhile.content.decode() and fresh(company.pool).max_held == 21
    sent["seen"] = meanwhile.context_data["seen"]
    done = admin.post("/admin/policies/take/", sent, follow=True)
    assert "1 change taken in" in done.content.decode() and fresh(company.pool).max_held == 40
    assert "say this already" in upload(admin, text).content.decode()


def test_what_is_new_is_shown_before_it_is_made(company: SimpleNamespace, browse: Any) -> None:
    text = "version: 1\npools:\n- name: Friends\nassignment_rules:\n- name: Firs\n"
    page = upload(browse("admin"), text)
    assert page.status_code == 200 and "Friends" in page.content.decode()


def test_a_faulty_file_is_told_on_the_page(company: SimpleNamespace, browse: Any) -> None:
    admin = browse("admin")
    assert "Line 2: “pool” is not known here" in upload(admin, "version: 1\npool: 1").content.decode()
    assert "not UTF-8" in upload(admin, b"\xff\xfe\x00").content.decode()
    assert upload(admin, "").status_code == 200
    assert "256 KiB" in upload(admin, "#" * 300_000).content.decode()
    sent = {"text": "version: 1\npool: 1", "seen": "x"}
    assert "not known here" in admin.post("/admin/policies/take/", sent).content.decode()
    assert admin.get("/admin/policies/take/").status_code == 302
    assert "/admin/policies/" in admin.get("/admin/").content.decode(), "it stands in the sidebar"


def test_the_terminal_takes_them_out_and_in(company: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "policies.yaml"
    out = StringIO()
    call_command("export_policies", file=path, stdout=out)
    path.write_text(path.read_text("utf-8").replace("max_held: 20", "max_held: 50"), "utf-8")
    call_command("import_policies", str(path), dry_run=True, json=True, stdout=(tried := StringIO()))
    assert json.loads(tried.getvalue())["changes"][0]["to"] == 50 and fresh(company.pool).max_held == 20
    call_command("import_policies", str(path), person="admin@cast.test", stdout=(done := StringIO()))
    assert "max_held: 20 → 50\n1 change." in done.getvalue() and fresh(company.pool).max_held == 50
    for text in ("version: x", None):
        path.write_text(text) if text else path.unlink()
        with pytest.raises(CommandError, match=r"version: Line 1|cannot be read"):
            call_command("import_policies", str(path))
