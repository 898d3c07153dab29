"""What clocks and calendars promise; docs/clocks.md says it at length."""

from salesflow.lib.invariants import invariant

invariant(
    "clocks.one_default_calendar",
    "One business calendar at most is the default, and it is in use.",
    of="clocks.businesscalendar",
    sql="""
        SELECT id FROM clocks_businesscalendar
        WHERE is_default AND (archived_at IS NOT NULL
            OR (SELECT count(*) FROM clocks_businesscalendar WHERE is_default) > 1)
    """,
)
invariant(
    "clocks.one_open_per_record",
    "A record has one open clock of a metric at most.",
    of="clocks.clock",
    sql="""
        SELECT max(id) AS id FROM clocks_clock WHERE state IN ('running', 'paused')
        GROUP BY subject_type, subject_id, metric HAVING count(*) > 1
    """,
)
invariant(
    "clocks.running_is_due",
    "A running clock is due at the beginning of its run and what is left of its target, to the microsecond.",
    of="clocks.clock",
    sql="""
        SELECT id FROM clocks_clock
        WHERE state = 'running' AND (
            due_at IS NULL OR running_since IS NULL OR calendar_id IS NULL AND due_at <> running_since
                + greatest(target_seconds * 1000000::bigint - consumed_us, 0) * interval '1 microsecond'
        )
    """,
)
invariant(
    "clocks.running_is_swept",
    "A running clock has a next step that comes no later than its end, unless it was set aside for later.",
    of="clocks.clock",
    sql="""
        SELECT id FROM clocks_clock
        WHERE state = 'running' AND (
            next_step IS NULL OR next_step_at IS NULL
            OR failed_at IS NULL AND (next_step_at > due_at OR next_step <> 100 AND next_step <> ALL(warn_percents))
        )
    """,
)
invariant(
    "clocks.stopped_is_not_swept",
    "A clock that does not run has no next step and no run.",
    of="clocks.clock",
    sql="""
        SELECT id FROM clocks_clock
        WHERE state <> 'running' AND (running_since IS NOT NULL OR next_step IS NOT NULL OR next_step_at IS NOT NULL)
            OR state = 'paused' AND due_at IS NOT NULL
    """,
)
invariant(
    "clocks.breach_is_stamped_with_its_end",
    "A breach carries the moment of the end, never an earlier one, and when it was noticed, which is not before.",
    of="clocks.clock",
    sql="""
        SELECT id FROM clocks_clock
        WHERE breached_at IS NOT NULL AND (breached_at IS DISTINCT FROM due_at
                OR processed_at IS NULL OR processed_at < breached_at)
            OR state = 'breached' AND breached_at IS NULL
    """,
)
invariant(
    "clocks.met_in_time_is_no_breach",
    "A clock met before its end was never breached, one met from its end on always was.",
    of="clocks.clock",
    sql="""
        SELECT id FROM clocks_clock
        WHERE (state = 'met') <> (met_at IS NOT NULL)
            OR state = 'met' AND due_at IS NOT NULL AND (met_at < due_at) <> (breached_at IS NULL)
    """,
)
invariant(
    "clocks.effects_succeed",
    "What a clock does at its steps can be done: none was set aside five times in a row.",
    of="clocks.clock",
    sql="SELECT id FROM clocks_clock WHERE state = 'running' AND attempts >= 5",
)
