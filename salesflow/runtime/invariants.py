"""What holds for the database as a whole, and that nothing due is left undone."""

from django.apps import apps

from salesflow.lib.invariants import invariant

#: Sweep -> what it works off: the key of each row that waits, and since when it is due.
QUEUES = {
    "clocks.due": (
        "clocks.clock",
        "SELECT id, next_step_at AS due FROM clocks_clock WHERE state = 'running'",
    ),
    "journal.deliveries": (
        "journal.delivery",
        "SELECT id, due_at AS due FROM journal_delivery WHERE state = 'waiting'",
    ),
    "leads.hand_out": ("leads.lead", "SELECT lead_id AS id, due_at AS due FROM leads_handout"),
    "leads.idle": (
        "leads.lead",
        "SELECT id, idle_due_at AS due FROM leads_lead WHERE idle_due_at IS NOT NULL",
    ),
    "leads.imports": (
        "leads.leadimport",
        "SELECT id, coalesce(leased_until, updated_at) AS due FROM leads_leadimport"
        " WHERE status IN ('queued', 'running')",
    ),
    "leads.rescore": ("leads.lead", "SELECT lead_id AS id, due_at AS due FROM leads_scoredue"),
    "work.reminders": (
        "work.task",
        "SELECT id, remind_at AS due FROM work_task"
        " WHERE state = 'open' AND archived_at IS NULL AND reminded_at IS NULL AND remind_at IS NOT NULL",
    ),
}
#: Longer than any transaction may hold what a sweep then passes over.
GRACE = "2 minutes"


def _declare_queues() -> None:
    """A sweep that ended without anything to do has left nothing that had been due for long when it began.

    So the promise holds also just after an outage, while there is still much to catch up with.
    """
    for name, (of, waiting) in QUEUES.items():
        invariant(
            f"runtime.nothing_due_waits_for_{name.replace('.', '_')}",
            f"The sweep {name} leaves nothing undone that is due.",
            of=of,
            sql=f"""
                SELECT w.id
                FROM ({waiting}) w
                JOIN runtime_sweeprun s ON s.name = '{name}'
                WHERE s.succeeded_at = s.finished_at AND s.finished_at >= s.started_at
                    AND w.due < s.started_at - interval '{GRACE}'
                    AND NOT EXISTS (SELECT 1 FROM jsonb_each_text(s.result) c WHERE c.value <> '0')
            """,
        )


_declare_queues()


def _names() -> list[str]:
    """Every constraint that our models count on, by its name."""
    return sorted(
        constraint.name
        for model in apps.get_models()
        if model.__module__.split(".")[0]
        in ("salesflow", "leads", "contacts", "proposals", "deals", "aftersales")
        for constraint in model._meta.constraints
    )


invariant(
    "runtime.constraints_are_in_force",
    "Every constraint that the code counts on is in the database, valid and in force.",
    of="constraint",
    # a unique one with a condition is an index
    sql="""
        SELECT wanted.name AS id
        FROM unnest(%(names)s) AS wanted(name)
        WHERE NOT EXISTS (
            SELECT 1 FROM pg_constraint c
            WHERE c.conname = wanted.name AND c.convalidated AND c.connamespace = current_schema()::regnamespace
        ) AND NOT EXISTS (
            SELECT 1 FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
            WHERE c.relname = wanted.name AND i.indisunique AND i.indisvalid
                AND c.relnamespace = current_schema()::regnamespace
        )
    """,
    names=_names(),
)
invariant(
    "runtime.nothing_is_half_built",
    "Every index is whole, unless it is being made, and every foreign key is checked.",
    of="index or constraint",
    sql="""
        SELECT indexrelid::regclass::text AS id
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace
            AND NOT EXISTS (
                SELECT 1 FROM work_customfield f
                WHERE c.relname = 'custom_field_' || f.id AND f.index_state IN ('waiting', 'building', 'dropping')
            )
        UNION ALL
        SELECT conname FROM pg_constraint
        WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
    """,
)
invariant(
    "runtime.triggers_are_on",
    "No trigger is switched off, neither ours nor those that check foreign keys.",
    of="trigger",
    sql="""
        SELECT t.tgrelid::regclass || ' ' || t.tgname AS id
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgenabled = 'D' AND c.relnamespace = current_schema()::regnamespace
    """,
)
