"""What the people of the demo company do with a lead at one moment of its story: each calls the service of the deed."""

import random
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from contacts.services import contact_create, lead_convert, opportunity_create
from leads.models import Lead, Reason
from leads.services import (
    lead_claim,
    lead_disqualify,
    lead_log_contact,
    lead_qualify,
    lead_return,
    lead_verify,
)
from salesflow.demo import names
from salesflow.demo.company import Company
from salesflow.demo.history import Act, Story
from salesflow.demo.words import Speaker, is_chinese
from salesflow.people.models import User
from salesflow.work.services import activity_log, note_add, task_create

CLOSES_AFTER_DAYS = (30, 45, 60, 90, 120)
PAGES = ("/", "/product", "/cases", "/pricing", "/docs", "/about")


class Deeds:
    """The deeds of one story, with dice of its own: what befalls one lead changes nothing for another."""

    def __init__(self, company: Company, dice: random.Random, profile: str) -> None:
        self.company, self.dice, self.profile = company, dice, profile
        self.say = Speaker(dice).say

    def owner(self, story: Story) -> User:
        assert story.lead is not None
        return self.company.person(story.lead.owner_id)

    # towards the lead

    def contact(self, upto: datetime, *, outcome: str = "", also: Act | None = None) -> Act:
        """A contact with the next follow-up at `upto`, and what comes of it."""
        dice = self.dice
        result = (
            outcome or dice.choices(("reached", "email", "no_answer", "left_message"), (55, 15, 17, 13))[0]
        )
        channel = {"email": "email", "meeting": dice.choice(("meeting", "visit"))}.get(result, "call")
        opened = dice.random() < 0.3

        def act(story: Story) -> None:
            lead = story.lead
            assert lead is not None
            text = self.say(result, to=lead.company_name, person=lead.contact_name)
            story.lead = lead_log_contact(
                lead=lead,
                by=self.owner(story),
                channel=channel,
                direction="outbound",
                outcome=result if result in ("no_answer", "left_message") else "reached",
                summary=text,
                next_follow_up_at=story.ahead(upto),
            )
            if opened and channel == "email" and lead.email:
                story.behaviour += [
                    self._did(lead, kind, hours=hours)
                    for kind, hours in (("email_open", 3), ("email_click", 2))
                ]
            if also is not None:
                also(story)

        return act

    def talk(self, story: Story) -> None:
        """A word in between, that changes nothing about what is planned."""
        lead, dice = story.lead, self.dice
        assert lead is not None
        text = self.say("reached", to=lead.company_name, person=lead.contact_name)
        channel = dice.choice(("call", "call", "message"))
        direction = dice.choice(("outbound", "outbound", "inbound"))
        activity_log(
            subject=lead,
            by=self.owner(story),
            channel=channel,
            direction=direction,
            summary=text,
            outcome="reached",
        )

    def visits(self, story: Story) -> None:
        """The pages the lead looked at before it left its address, for leads from the website and from ads."""
        lead, dice = story.lead, self.dice
        assert lead is not None and lead.source is not None
        if lead.source.channel != "online":
            return
        number = {"hot": 4, "warm": 3, "cold": 1}[self.profile]
        pages = dice.sample(PAGES, number)
        if self.profile == "hot" and "/pricing" not in pages:
            pages[-1] = "/pricing"
        story.behaviour += [
            self._did(
                lead, "page_view", hours=0.2 + place * 0.1, url=page, dwell_seconds=dice.randint(8, 140)
            )
            for place, page in enumerate(pages)
        ]

    @staticmethod
    def _did(lead: Lead, kind: str, *, hours: float, **more: Any) -> dict[str, Any]:
        at = timezone.now() - timedelta(hours=hours)
        return {"lead": lead.pk, "kind": kind, "occurred_at": at.isoformat(), **more}

    def claim(self, story: Story) -> None:
        """The lead went back to the pool; somebody else takes it."""
        lead = Lead.objects.get(pk=story.lead.pk)  # type: ignore[union-attr]
        last = lead.ownerships.order_by("-pk").first()
        others = [rep for rep in self.company.reps if last is None or rep.pk != last.owner_id]
        story.lead = lead_claim(lead=lead, by=self.dice.choice(others))

    def give_back(self, reason: str) -> Act:
        def act(story: Story) -> None:
            assert story.lead is not None
            story.lead = lead_return(lead=story.lead, by=self.owner(story), reason=reason)

        return act

    def qualify(self, story: Story) -> None:
        lead, by = story.lead, self.owner(story)
        assert lead is not None
        if self.dice.random() < 0.25:
            for item in ("company", "position", "need"):
                lead_verify(lead=lead, by=by, item=item, result="confirmed")
        story.lead = lead_qualify(lead=lead, by=by)

    def disqualify(self, code: str) -> Act:
        def act(story: Story) -> None:
            lead = story.lead
            assert lead is not None
            reason = Reason.objects.get(kind=Reason.Kind.DISQUALIFY, code=code)
            note = self.say("disqualified", code, to=lead.company_name)
            story.lead = lead_disqualify(lead=lead, by=self.owner(story), reason=reason, note=note)

        return act

    # beside it

    def note(self, story: Story) -> None:
        lead = story.lead
        assert lead is not None
        text = self.say("notes", to=lead.company_name, person=lead.contact_name)
        note_add(subject=lead, by=self.owner(story), body=text)

    def task(self, due: datetime) -> Act:
        """Something to do by `due`; of four tasks the manager gives one."""

        def act(story: Story) -> None:
            lead = story.lead
            assert lead is not None
            owner = self.owner(story)
            by = self.company.manager_of(owner) if self.dice.random() < 0.25 else owner
            title = self.say("tasks", to=lead.company_name)
            task_create(by=by, assignee=owner, title=title, due_at=story.ahead(due), subject=lead)

        return act

    # after it

    def convert(self, story: Story) -> None:
        """Into a customer and a contact, and of six leads five into an opportunity."""
        lead = story.lead
        assert lead is not None
        sale = self._sale(lead, "deals", story) if self.dice.random() < 0.84 else None
        made = lead_convert(lead=lead, by=self.owner(story), opportunity=sale)
        if not made.linked_customer:
            story.records.add(("contacts.customer", made.customer_id))
            story.records.add(("contacts.contact", made.contact_id or 0))
        story.records.add(("contacts.opportunity", made.opportunity_id or 0))
        story.lead = Lead.objects.get(pk=lead.pk)

    def care(self, due: datetime) -> Act:
        """What follows at a new customer: a colleague of the contact, a second sale, a visit, a note, a task."""

        def act(story: Story) -> None:
            lead, by, dice = story.lead, self.owner(story), self.dice
            assert lead is not None
            customer = lead.conversion.customer
            if dice.random() < 0.5:
                person = self._colleague(customer.name)
                made = contact_create(customer=customer, by=by, values=person)
                story.records.add(("contacts.contact", made.pk))
            if dice.random() < 0.35:
                sale = opportunity_create(
                    customer=customer, by=by, values=self._sale(lead, "more_deals", story)
                )
                story.records.add(("contacts.opportunity", sale.pk))
            if dice.random() < 0.6:
                text = self.say("meeting", to=customer.name, person=lead.contact_name)
                activity_log(
                    subject=customer,
                    by=by,
                    channel="visit",
                    direction="outbound",
                    summary=text,
                    outcome="reached",
                )
            if dice.random() < 0.5:
                note_add(subject=customer, by=by, body=self.say("customer_notes", to=customer.name))
            if dice.random() < 0.6:
                title = self.say("customer_tasks", to=customer.name)
                task_create(by=by, assignee=by, title=title, due_at=story.ahead(due), subject=customer)

        return act

    def _sale(self, lead: Lead, what: str, story: Story) -> dict[str, Any]:
        dice = self.dice
        seats = dice.choice((20, 50, 80, 120, 200))
        core = lead.company_name.removesuffix("有限公司")
        close = (story.at + timedelta(days=dice.choice(CLOSES_AFTER_DAYS))).date()
        return {
            "name": self.say(what, to=lead.company_name, company=core, seats=seats),
            "amount": seats * dice.choice((900, 1200, 1500)),
            "currency": "CNY",
            "expected_close": close,
        }

    def _colleague(self, firm: str) -> dict[str, Any]:
        dice = self.dice
        if is_chinese(firm):
            name, title = (
                dice.choice(names.SURNAMES) + dice.choice(names.GIVEN),
                dice.choice(names.LEADERS[0]),
            )
        else:
            name, title = (
                f"{dice.choice(names.FIRST)} {dice.choice(names.LAST)}",
                dice.choice(names.LEADERS[1]),
            )
        return {"name": name, "title": title, "mobile": f"139{dice.randint(10_000_000, 99_999_999)}"}
