"""The rights table against the running product: every route, role and relation; a refused request changes nothing.

A resource that is new needs a line in `MAKERS` (how a record of it comes into somebody's hands); without one this
test fails, so that no door is opened unseen.
"""

import functools
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from contacts.models import CollisionCase, Contact, Customer, Opportunity
from leads.models import (
    AssignmentRule,
    Campaign,
    DuplicatePair,
    ExampleCase,
    FirstContactPolicy,
    FormSubmission,
    LeadEvent,
    LeadImport,
    LeadSource,
    LeadWebhook,
    Nda,
    Partner,
    PartnerAgreement,
    Pool,
    Reason,
    ScoringModel,
    VerificationItem,
    VerificationPolicy,
    WebForm,
)
from leads.services.defaults import leads_ensure_defaults
from salesflow.authz import EMPTY, REFUSED, RELATIONS, SEEN, UNSEEN, entries, pages
from salesflow.clocks.services import calendar_create
from salesflow.files import store
from salesflow.files.models import Attachment, StoredFile
from salesflow.journal.models import Event, Notice
from salesflow.outbox.models import Webhook, WebhookDelivery
from salesflow.people.models import Department, Region, Role, Team, Territory, User
from salesflow.people.roles import DEFAULT_RIGHTS, ROLE_NAMES, widen
from salesflow.people.services import people_ensure_defaults
from salesflow.work.models import (
    Activity,
    BulkJob,
    BulkJobRow,
    CustomField,
    Export,
    Handover,
    HandoverRow,
    Import,
    Meeting,
    Note,
    SavedView,
    Task,
)
from tests.api.conftest import caller_of
from tests.leads.cast import lead_of
from tests.support.unchanged import versions, versions_prepare

_number = itertools.count(1)


def person(role: str, **fields: Any) -> User:
    user = User.objects.create(email=f"p{next(_number)}@rights.test", name=f"P {role}", **fields)
    user.roles.set([Role.objects.get(code=role)])
    return user


@dataclass
class World:
    """Somebody with a role in his place, and people near and far: in his team, in his region, elsewhere."""

    caller: User
    owners: dict[str, User]

    @classmethod
    def of(cls, role: str) -> "World":
        people_ensure_defaults()
        leads_ensure_defaults()
        east, west = (Region.objects.create(name=f"R{next(_number)}") for _each in range(2))
        mine, next_door, far = (
            Team.objects.create(name=f"T{next(_number)}", region=region) for region in (east, east, west)
        )
        caller = {
            "manager": lambda: person(role),
            "director": lambda: person(role, region=east),
            "rep": lambda: person(role, team=mine),
            "inside_sales": lambda: person(role, team=mine),
        }.get(role, lambda: person(role))()
        if role == "manager":
            Team.objects.filter(pk=mine.pk).update(manager=caller)
        mates = (person("rep", team=team) for team in (mine, next_door, far))
        return cls(caller, dict(zip(RELATIONS, (caller, *mates), strict=True)))


def _customer(owner: User) -> Customer:
    return Customer.objects.create(name=f"Customer {next(_number)}", owner=owner)


def _subject(owner: User) -> dict[str, Any]:
    return {"subject_type": "contacts.customer", "subject_id": _customer(owner).pk}


def _new_user(owner: User, world: World) -> User:
    """People are their own records."""
    return owner


def _pool(owner: User, world: World) -> Pool:
    """Pools are seen by their members; the caller is one."""
    pool = Pool.objects.create(name=f"Pool {next(_number)}")
    pool.members.add(world.caller)
    return pool


def _webhook(owner: User, world: World) -> Webhook:
    return Webhook.objects.create(
        name=f"W{next(_number)}", url="https://hooks.example.com/", owner=owner, secret_box="x"
    )


def _activity(owner: User, world: World) -> Activity:
    return Activity.objects.create(
        by=owner, channel="call", direction="outbound", summary="x", **_subject(owner)
    )


def _calendar(owner: User, world: World) -> Any:
    return calendar_create(name=f"C{next(_number)}", zone="Asia/Shanghai", weekly={"0": [["09:00", "12:00"]]})


@functools.cache
def _content() -> str:
    """A content with its pictures in the store; the rows that name it are taken back after each request."""
    return store.put(*(io.BytesIO(b"x") for _each in range(3)))


def _attachment(owner: User, **values: Any) -> Attachment:
    """Files are seen with their record: a task stands for all of them, since everybody has tasks."""
    task = Task.objects.create(title="x", assignee=owner)
    known = {"size": 1, "path": _content(), "width": 1, "height": 1}
    stored, _made = StoredFile.objects.get_or_create(sha256="0" * 64, defaults=known)
    return Attachment.objects.create(
        subject_type="work.task", subject_id=task.pk, file=stored, name="x.txt", kind="txt", by=owner,
        **values,
    )  # fmt: skip


def _bulk_job(owner: User, world: World) -> BulkJob:
    job = BulkJob.objects.create(by=owner, resource="leads", action="archive", is_picked=True)
    BulkJobRow.objects.create(job=job, record_id=1)
    return job


def _export(owner: User, world: World) -> Export:
    kept = {"path": _content(), "finished_at": Now(), "expires_at": Now()}
    return Export.objects.create(by=owner, resource="leads", format="csv", status="done", **kept)


def _handover(owner: User, world: World) -> Handover:
    made = Handover.objects.create(
        person=owner, by=owner, plan={}, status="done", finished_at=Now(), total=1, moved=1
    )
    HandoverRow.objects.create(handover=made, kind="tasks", record_id=1, to=owner)
    return made


#: How a record of each resource comes into somebody's hands.
MAKERS: dict[str, Callable[[User, World], Any]] = {
    "users": _new_user,
    "roles": lambda owner, world: Role.objects.get(code="rep"),
    "regions": lambda owner, world: Region.objects.create(name=f"R{next(_number)}"),
    "departments": lambda owner, world: Department.objects.create(name=f"D{next(_number)}"),
    "teams": lambda owner, world: Team.objects.create(name=f"T{next(_number)}"),
    "territories": lambda owner, world: Territory.objects.create(
        name=f"Y{next(_number)}", team=Team.objects.create(name=f"T{next(_number)}")
    ),
    "business-calendars": _calendar,
    "audit-events": lambda owner, world: Event.objects.filter(pk=_audit(owner)).get(),
    "notifications": lambda owner, world: Notice.objects.create(user=owner, kind="x"),
    "webhooks": _webhook,
    "webhook-deliveries": lambda owner, world: WebhookDelivery.objects.create(
        webhook=_webhook(owner, world), message_id=f"msg_{next(_number)}", kind="x", payload={}
    ),
    "activities": _activity,
    "tasks": lambda owner, world: Task.objects.create(title="x", assignee=owner),
    "meetings": lambda owner, world: Meeting.objects.create(
        title="x", organiser=owner, starts_at=Now(), ends_at=Now() + timedelta(hours=1)
    ),
    "notes": lambda owner, world: Note.objects.create(by=owner, body="x", **_subject(owner)),
    "attachments": lambda owner, world: _attachment(owner),
    "removed attachments": lambda owner, world: _attachment(owner, archived_at=Now()),
    "bulk-jobs": _bulk_job,
    "exports": _export,
    "imports": lambda owner, world: Import.objects.create(
        by=owner, resource="customers", filename="x.csv", file="x.csv"
    ),
    "hand-overs": _handover,
    "saved-views": lambda owner, world: SavedView.objects.create(
        owner=owner, resource="leads", name=f"V{next(_number)}"
    ),
    "custom-fields": lambda owner, world: CustomField.objects.create(
        resource="leads", key=f"k{next(_number)}", label="K"
    ),
    "leads": lambda owner, world: lead_of(owner, company_name=f"Company {next(_number)}"),
    "duplicate-pairs": lambda owner, world: DuplicatePair.objects.create(
        first=MAKERS["leads"](owner, world), second=MAKERS["leads"](owner, world), score=90, reason="similar"
    ),
    "example-cases": lambda owner, world: ExampleCase.objects.create(
        lead=MAKERS["leads"](owner, world), title=f"E{next(_number)}", keeper=owner
    ),
    "lead-events": lambda owner, world: LeadEvent.objects.create(
        lead=lead_of(owner, company_name=f"Company {next(_number)}"), kind="reply", occurred_at=Now()
    ),
    "lead-imports": lambda owner, world: LeadImport.objects.create(by=owner, filename="x.csv", file="x.csv"),
    "lead-sources": lambda owner, world: LeadSource.objects.create(
        name=f"S{next(_number)}", channel="online", kind="web_form"
    ),
    "campaigns": lambda owner, world: Campaign.objects.create(
        name=f"C{next(_number)}", source=MAKERS["lead-sources"](owner, world)
    ),
    "web-forms": lambda owner, world: WebForm.objects.create(
        name=f"W{next(_number)}", source=MAKERS["lead-sources"](owner, world)
    ),
    "lead-webhooks": lambda owner, world: LeadWebhook.objects.create(
        name=f"H{next(_number)}", source=MAKERS["lead-sources"](owner, world)
    ),
    "form-submissions": lambda owner, world: FormSubmission.objects.create(
        form=MAKERS["web-forms"](owner, world), key="x", result="spam"
    ),
    "partners": lambda owner, world: Partner.objects.create(name=f"P{next(_number)}", kind="other"),
    "ndas": lambda owner, world: Nda.objects.create(
        partner=MAKERS["partners"](owner, world), kind="mutual", signed_on="2026-01-01"
    ),
    "partner-agreements": lambda owner, world: PartnerAgreement.objects.create(
        partner=MAKERS["partners"](owner, world), percent=5, currency="CNY", valid_from="2026-01-01"
    ),
    "lead-reasons": lambda owner, world: Reason.objects.create(
        kind="return", code=f"r{next(_number)}", name="R"
    ),
    "pools": _pool,
    "first-contact-policies": lambda owner, world: FirstContactPolicy.objects.first(),
    "verification-items": lambda owner, world: VerificationItem.objects.create(
        code=f"v{next(_number)}", name="V", position=9
    ),
    "verification-policies": lambda owner, world: VerificationPolicy.objects.get(),
    "assignment-rules": lambda owner, world: AssignmentRule.objects.create(name=f"A{next(_number)}"),
    "scoring-models": lambda owner, world: ScoringModel.objects.create(name=f"M{next(_number)}"),
    "customers": lambda owner, world: _customer(owner),
    "collision-cases": lambda owner, world: _collision(owner),
    "contacts": lambda owner, world: Contact.objects.create(name="C", customer=_customer(owner)),
    "opportunities": lambda owner, world: Opportunity.objects.create(
        name="O", customer=_customer(owner), owner=owner
    ),
}


def _collision(owner: User) -> CollisionCase:
    """Somebody claims a customer whom another of the same team has."""
    other = User.objects.create(email=f"rival{next(_number)}@example.com", name="Rival", team=owner.team)
    return CollisionCase.objects.create(
        title="C", pair=f"p{next(_number)}", cause="person", holder=other, claimant=owner,
        holder_customer=_customer(other), claimant_customer=_customer(owner),
    )  # fmt: skip


def _audit(owner: User) -> int:
    with transaction.atomic():
        event = Event(kind="x", subject_type="people.user", subject_id=owner.pk, actor=owner)
        event.save()
    return event.pk


def outcome(response: Any) -> str:
    """What the answer comes to: refused, unseen, empty, or let through (also when a body was missing)."""
    assert response.status_code < 500 and response.status_code not in (401, 405), response.content
    if response.status_code in (403, 404):
        return str(response.status_code)
    if response.status_code == 200 and response.headers.get("Content-Type") == "application/json":
        body = response.json()
        if isinstance(body, dict) and (body.get("results") == [] or body == {"count": 0}):
            return EMPTY
    return SEEN


class Records:
    """One record of each resource in the hands of each person, made when first asked for, and how all of it stands.

    Requests are taken back again, so that all of them meet the same state.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._made: dict[tuple[str, str], Any] = {}
        self._before: dict[str, Any] = {}
        versions_prepare()

    def one(self, resource: str, relation: str) -> Any:
        """Records that belong to nobody are the same for all."""
        relation = relation if resource in OWNED else "own"
        if (resource, relation) not in self._made:
            self._made[resource, relation] = MAKERS[resource](self.world.owners[relation], self.world)
            self._before = versions()
        return self._made[resource, relation]

    def try_out(self, what: str, send: Callable[[], Any], outcome: Callable[[Any], str] = outcome) -> str:
        """The outcome of one request, taken back again; a refused one must have left every row of every table alone."""
        self._before = self._before or versions()
        with transaction.atomic():
            found = outcome(send())
            if found in (REFUSED, UNSEEN):
                after = versions()
                changed = [name for name in after if after[name] != self._before[name]]
                assert not changed, f"{what} was refused and has changed {changed}"
            transaction.set_rollback(True)
        return found


#: Where it matters in whose hands the record is; the others belong to nobody.
OWNED = {
    "webhooks", "webhook-deliveries",
    "users", "notifications", "activities", "tasks", "notes", "meetings", "attachments", "removed attachments",
    "saved-views", "leads", "duplicate-pairs", "example-cases", "hand-overs", "exports",
    "lead-events", "lead-imports", "imports", "bulk-jobs", "collision-cases", "customers", "contacts", "opportunities",
}  # fmt: skip
#: Of roles with the same rights one speaks for all.
DISTINCT = list({str(sorted(DEFAULT_RIGHTS[role].items())): role for role in reversed(ROLE_NAMES)}.values())
#: What reaches the services of those who have a right, but not for this record.
BODIES = {
    ("tasks", "update"): {"title": "x"},
    ("meetings", "update"): {"title": "x", "starts_at": "2030-01-01T09:00Z", "ends_at": "2030-01-01T10:00Z"},
    ("notes", "update"): {"body": "x"},
    ("example-cases", "update"): {"title": "x"}, ("example-cases", "review"): {"summary": "x"},
}  # fmt: skip


def test_finance_legal_and_agents_have_no_rights_of_their_own() -> None:
    assert not any(DEFAULT_RIGHTS[role] for role in ("finance", "legal", "agent"))


def test_an_auditor_writes_nothing_but_his_own_notices_and_views() -> None:
    writes = {right for right, scope in widen([DEFAULT_RIGHTS["auditor"]]).items() if scope != "none"}
    assert {right for right in writes if not right.endswith(".view")} == {
        "notices.edit", "saved_views.edit", "tokens.edit",
    }  # fmt: skip
    both = widen([DEFAULT_RIGHTS["auditor"], DEFAULT_RIGHTS["rep"]])
    assert both["tasks.create"] == "own"


@pytest.mark.django_db
@pytest.mark.parametrize("role", DISTINCT)
def test_every_route_answers_each_role_as_the_table_says(role: str) -> None:
    world = World.of(role)
    caller, records = caller_of(world.caller), Records(world)
    wrong = []
    for entry in (row for row in entries() if row.role == role):
        for relation, expected in entry.expected.items():
            if entry.resource not in OWNED and relation in ("team", "region", "other"):
                continue
            path, what = entry.path, f"{entry.method} {entry.path} [{relation}]"
            if "{id}" in path:
                path = path.replace("{id}", str(records.one(entry.resource, relation).pk))
            send = getattr(caller, entry.method.lower())
            body = () if entry.method in ("GET", "DELETE") else (BODIES.get((entry.resource, entry.action)),)
            found = records.try_out(what, functools.partial(send, path, *body))
            # a list or count of somebody who may see has nothing in it yet
            if found != expected and not (relation == "any" and (expected, found) == (SEEN, EMPTY)):
                wrong.append(f"{what}: expected {expected}, got {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("role", DISTINCT)
def test_lists_show_exactly_the_records_of_those_in_scope(role: str) -> None:
    world = World.of(role)
    caller = caller_of(world.caller)
    sight = {row.resource: row.expected for row in entries() if row.role == role and row.action == "retrieve"}
    for resource in ("leads", "customers", "opportunities", "contacts", "tasks", "activities", "notes"):
        made = {name: MAKERS[resource](owner, world).pk for name, owner in world.owners.items()}
        shown = {row["id"] for row in caller.get(f"{resource}/?page_size=500").json()["results"]}
        expected = {name for name in made if sight[resource][name] == SEEN}
        assert {name for name, pk in made.items() if pk in shown} == expected, resource
        assert caller.get(f"{resource}/count/").json()["count"] == len(shown)


PUBLIC = {
    "set-language", "set-theme", "style", "style-page", "sign-in", "set-up", "notice-count",
    "livez", "readyz", "metrics", "leads:web-form", "leads:web-form-thanks", "leads:webhook",
    "leads:tracking-script", "leads:tracking-views", "leads:tracked-link", "password-forgotten", "password-new",
    "second-step", "single-sign-on", "single-sign-on-back", "calendar-feed-read", "meeting-reply",
}  # fmt: skip


def test_pages_open_to_strangers_are_these_and_no_others() -> None:
    assert {page.name for page in pages() if page.is_public} == PUBLIC


@pytest.mark.django_db
def test_every_other_page_sends_strangers_to_the_sign_in() -> None:
    stranger, asked = Client(), 0
    for page in pages():
        if page.is_public:
            continue
        path = page.path.replace("<int:pk>", "1").replace("<str:key>", "x").replace("<slug:page>", "x")
        for send in (stranger.get, stranger.post):
            response = send(path)
            assert response.status_code == 302, path
            assert response.headers["Location"].startswith(reverse("sign-in")), path
            asked += 1
    assert asked > 20


@pytest.mark.django_db
def test_the_admin_admits_administrators_only() -> None:
    for role in DISTINCT:
        browser = Client()
        browser.force_login(World.of(role).caller)
        assert (browser.get("/admin/").status_code == 200) is (role == "admin"), role
