"""Two leads are one: values chosen field by field, everything else follows, the lost id leads to the kept one."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from leads.models import Lead, LeadEvent, LeadMerge, Ownership
from leads.services import lead_archive, lead_edit, lead_merge, lead_unmerge
from leads.services.merge import survivor_id
from leads.services.timeline import lead_timeline
from salesflow.clocks.services import database_now
from salesflow.files.models import Attachment
from salesflow.files.services import attachment_add
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from salesflow.work.models import Activity, Note, Task
from salesflow.work.services import note_add
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona():
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona):
    return cast.person("ann", team=cast.team("East", mona))


@pytest.fixture
def bob(ann):
    return cast.person("bob", team=ann.team)


@pytest.fixture
def pool(ann, bob, mona):
    return cast.default_pool(members=[ann, bob], managers=[mona])


def merged(lead, other, by, **fields):
    lead_merge(lead=lead, duplicate=other, by=by, fields=fields)
    return cast.fresh(lead), cast.fresh(other)


# values


def test_the_kept_lead_keeps_its_values_and_takes_what_it_lacks(pool, ann):
    lead = cast.lead_of(
        ann, contact_name="Kim Lee", email="", tags=["fair"], custom={"size": "10", "seats": ""}
    )
    other = cast.lead_of(
        ann, contact_name="Kim L.", email="kim@arbor.test", budget=5000, currency="EUR", tags=["fair", "vip"],
        custom={"size": "12", "seats": "3"},
    )  # fmt: skip
    lead, _other = merged(lead, other, ann)
    assert (lead.contact_name, lead.email, lead.email_key) == ("Kim Lee", "kim@arbor.test", "kim@arbor.test")
    assert (lead.budget, lead.currency) == (5000, "EUR")
    assert (lead.tags, lead.custom) == (["fair", "vip"], {"size": "10", "seats": "3"})


def test_the_other_value_wins_where_it_is_chosen(pool, ann):
    lead = cast.lead_of(ann, contact_name="Kim Lee", budget=100, currency="CNY", custom={"size": "10"})
    other = cast.lead_of(ann, contact_name="Kim L.", budget=7, currency="USD", custom={"size": "12"})
    lead, _other = merged(lead, other, ann, contact_name="duplicate", budget="duplicate", custom="duplicate")
    assert (lead.contact_name, lead.budget, lead.currency, lead.custom) == (
        "Kim L.",
        7,
        "USD",
        {"size": "12"},
    )


def test_an_empty_value_stays_empty_where_that_is_chosen(pool, ann):
    lead = cast.lead_of(ann, city="")
    other = cast.lead_of(ann, city="Berlin")
    assert merged(lead, other, ann, city="lead")[0].city == ""


@pytest.mark.parametrize(
    "fields,code",
    [({"owner": "duplicate"}, "unknown_field"), ({"city": "both"}, "invalid"),
     ({"company_name": "duplicate"}, "required")],
)  # fmt: skip
def test_a_choice_that_makes_no_sense_changes_nothing(pool, ann, fields, code):
    lead = cast.lead_of(ann, contact_name="")
    other = cast.lead_of(ann, company_name="", contact_name="Kim")
    fields = {**fields, "contact_name": "lead"} if code == "required" else fields
    with pytest.raises(ValidationError) as refused:
        lead_merge(lead=lead, duplicate=other, by=ann, fields=fields)
    assert [error.code for error in refused.value.error_dict["fields"]] == [code]
    assert cast.fresh(other).merged_into is None and not LeadMerge.objects.exists()


# what follows


def test_what_people_did_with_the_other_one_is_found_at_the_kept_one(pool, ann):
    lead, other = cast.leads_of(ann, 2)
    cast.contact(other, ann, summary="Spoke with Kim")
    note_add(subject=other, by=ann, body="Likes tea")
    LeadEvent.objects.create(lead=other, kind="page_view", occurred_at=database_now())
    attachment_add(subject=other, by=ann, file=SimpleUploadedFile("list.csv", b"a,b\n1,2\n"))
    lead, other = merged(lead, other, ann)
    for model in (Activity, Note, Task, Attachment):
        assert model.objects.filter(subject_type="leads.lead", subject_id=lead.pk).exists(), model
        assert not model.objects.filter(subject_type="leads.lead", subject_id=other.pk).exists(), model
    assert LeadEvent.objects.get().lead == lead
    assert Ownership.objects.filter(lead=lead).count() == 2
    told = [entry.body for entry in lead_timeline(lead=lead, user=ann).entries]
    assert "Spoke with Kim" in told and "Likes tea" in told


def test_the_other_ones_owner_pool_and_clock_end_and_he_is_told(pool, ann, bob, mona):
    lead, other = cast.lead_of(ann), cast.lead_of(bob)
    clock = cast.clock_of(other)
    lead, other = merged(lead, other, mona)
    assert (other.owner, other.status, other.merged_into, other.first_contact_due_at) == (
        None,
        "new",
        lead,
        None,
    )
    ended = Ownership.objects.get(owner=bob)
    assert (ended.end_reason, ended.lead) == ("merged", lead)
    assert cast.fresh(clock).state == "cancelled"
    assert (lead.owner, lead.status, cast.clock_of_owner(lead, ann).state) == (ann, "assigned", "running")
    assert cast.notices(bob) == ["leads.merged_away"] and cast.notices(ann) == []


def test_follow_ups_of_the_same_owner_go_on_those_of_another_are_called_off(pool, ann, bob, mona):
    mine, kept, theirs = cast.lead_of(ann), cast.lead_of(ann), cast.lead_of(bob)
    cast.contact(mine, ann)
    cast.contact(theirs, bob)
    lead_merge(lead=kept, duplicate=mine, by=mona)
    lead_merge(lead=kept, duplicate=theirs, by=mona)
    states = dict(Task.objects.filter(kind="follow_up").values_list("assignee__name", "state"))
    assert states == {"ann": "open", "bob": "cancelled"}


def test_one_of_the_pool_leaves_it(pool, ann, mona):
    lead, other = merged(cast.lead_of(ann), cast.lead_in_pool(), mona)
    assert (other.in_pool, other.pool, other.merged_into) == (False, None, lead)


def test_the_lost_id_leads_to_the_end_of_a_chain(pool, ann):
    first, second, third = cast.leads_of(ann, 3)
    assert survivor_id(first.pk) is None
    lead_merge(lead=second, duplicate=first, by=ann)
    lead_merge(lead=third, duplicate=second, by=ann)
    assert survivor_id(first.pk) == survivor_id(second.pk) == third.pk


def test_the_journal_has_the_merge_on_both(pool, ann):
    lead, other = merged(cast.lead_of(ann, city=""), cast.lead_of(ann, city="Ulm"), ann)
    told = Event.objects.get(kind="leads.merged")
    assert (told.subject_id, told.data["duplicate"], told.private.data["changes"]["city"]) == (
        lead.pk, other.pk, ["", "Ulm"],
    )  # fmt: skip
    assert Event.objects.get(kind="leads.merged_away").subject_id == other.pk


# who and when


def test_a_rep_merges_his_own_and_nobody_elses(pool, ann, bob, mona):
    mine, theirs = cast.lead_of(ann), cast.lead_of(bob)
    for lead, other in ((mine, theirs), (theirs, mine)):
        with pytest.raises(PermissionDenied):
            lead_merge(lead=lead, duplicate=other, by=ann)
    assert not LeadMerge.objects.exists()
    lead_merge(lead=mine, duplicate=theirs, by=mona)
    assert LeadMerge.objects.get().by == mona


def refused_with(lead, other, by):
    with pytest.raises(Conflict) as refused:
        lead_merge(lead=lead, duplicate=other, by=by)
    return refused.value.code


def test_states_that_cannot_be_merged_are_told(pool, ann):
    lead, other, third, gone = cast.leads_of(ann, 4)
    lead_merge(lead=lead, duplicate=other, by=ann)
    assert refused_with(third, other, None) == "already_merged"
    assert refused_with(other, third, None) == "already_merged"
    lead_archive(lead=gone, by=ann)
    assert refused_with(third, gone, ann) == "archived"
    now = database_now()
    Lead.objects.filter(pk=lead.pk).update(status="converted", converted_at=now)
    assert refused_with(third, lead, ann) == "duplicate_is_converted"
    Lead.objects.filter(pk=third.pk).update(status="disqualified")
    fourth = cast.lead_of(ann)
    assert refused_with(third, fourth, ann) == "lead_is_disqualified"
    lead_merge(lead=lead, duplicate=third, by=ann)
    with pytest.raises(ValidationError):
        lead_merge(lead=lead, duplicate=lead, by=ann)


# undone


def test_undone_both_are_as_they_were(pool, ann, bob, mona):
    lead, other = cast.lead_of(ann, city=""), cast.lead_of(bob, city="Ulm", tags=["vip"])
    cast.contact(other, bob)
    before = cast.fresh(other)
    lead_merge(lead=lead, duplicate=other, by=mona)
    undone = lead_unmerge(merge=LeadMerge.objects.get(), by=mona)
    assert (undone.lead.city, undone.lead.tags, undone.stayed) == ("", [], [])
    again = undone.duplicate
    assert (again.owner, again.status, again.merged_into) == (bob, "contacted", None)
    assert (again.first_contacted_at, again.next_follow_up_at) == (
        before.first_contacted_at,
        before.next_follow_up_at,
    )
    assert Ownership.objects.get(owner=bob).ended_at is None
    assert Activity.objects.get().subject_id == other.pk
    assert Task.objects.get(kind="follow_up").state == "open"
    assert cast.notices(bob)[-1] == "leads.unmerged"


def test_what_was_done_since_stays_with_the_kept_lead(pool, ann):
    lead, other = cast.lead_of(ann, city="", need=""), cast.lead_of(ann, city="Ulm", need="Pumps")
    lead_merge(lead=lead, duplicate=other, by=ann)
    note_add(subject=cast.fresh(lead), by=ann, body="Since then")
    lead_edit(lead=cast.fresh(lead), by=ann, values={"city": "Bonn"})
    undone = lead_unmerge(merge=LeadMerge.objects.get(), by=ann)
    assert (undone.lead.city, undone.lead.need, undone.stayed) == ("Bonn", "", ["city"])
    assert Note.objects.get().subject_id == lead.pk


def test_a_first_contact_not_yet_made_gets_a_new_clock(pool, ann, bob, mona):
    lead, other = cast.lead_of(ann), cast.lead_of(bob)
    lead_merge(lead=lead, duplicate=other, by=mona)
    other = lead_unmerge(merge=LeadMerge.objects.get(), by=mona).duplicate
    clock = cast.clock_of_owner(other, bob)
    assert (clock.state, clock.due_at) == ("running", other.first_contact_due_at)
    assert other.first_contact_due_at > database_now() + timedelta(hours=23)


def test_an_owner_who_left_gives_way_to_the_pool(pool, ann, bob, mona):
    lead, other = cast.lead_of(ann), cast.lead_of(bob)
    lead_merge(lead=lead, duplicate=other, by=mona)
    type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    other = lead_unmerge(merge=LeadMerge.objects.get(), by=mona).duplicate
    assert (other.owner, other.in_pool, other.pool) == (None, True, pool)


def test_several_merges_are_undone_latest_first_and_each_once(pool, ann):
    lead, first, second = cast.leads_of(ann, 3)
    one = lead_merge(lead=lead, duplicate=first, by=ann)
    two = lead_merge(lead=lead, duplicate=second, by=ann)
    with pytest.raises(Conflict) as refused:
        lead_unmerge(merge=one, by=ann)
    assert (refused.value.code, refused.value.extra["duplicate"]) == ("merged_again", second.pk)
    lead_unmerge(merge=two, by=ann)
    lead_unmerge(merge=one, by=ann)
    with pytest.raises(Conflict) as refused:
        lead_unmerge(merge=one, by=ann)
    assert refused.value.code == "already_unmerged"
