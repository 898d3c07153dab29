"""Scores and grades as they are stored, against the models that made them."""

from salesflow.lib.invariants import invariant

invariant(
    "leads.one_model_grades",
    "One scoring model grades the leads whose source has none of its own, and no source has two.",
    of="leads.scoringmodel",
    sql="""
        SELECT source_id AS id FROM leads_scoringmodel WHERE status = 'active' AND source_id IS NOT NULL
        GROUP BY 1 HAVING count(*) > 1
        UNION ALL
        SELECT count(*) FROM leads_scoringmodel WHERE status = 'active' AND source_id IS NULL HAVING count(*) <> 1
    """,
)
invariant(
    "leads.every_lead_is_scored",
    "A lead in use has been scored, by a model that was in force.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN leads_scoringmodel m ON m.id = l.scoring_model_id
        WHERE l.archived_at IS NULL AND l.merged_into_id IS NULL
            AND (l.scored_at IS NULL OR m.id IS NULL OR m.activated_at IS NULL)
    """,
)
invariant(
    "leads.score_is_the_sum_of_its_parts",
    "A score is its two subtotals together, each rounded and within its cap, and never below zero.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        JOIN leads_scoringmodel m ON m.id = l.scoring_model_id
        WHERE abs(l.score - greatest(l.fit_score + l.engagement_score, 0)) > 1
            OR abs(l.fit_score) > m.fit_cap OR abs(l.engagement_score) > m.engagement_cap
    """,
)
invariant(
    "leads.grade_fits_the_score",
    "A grade is the one that the score reaches by the model's thresholds, unless a lower one still waits.",
    of="leads.lead",
    # what never changes a grade (opened mails, and what a model says so of) counts in the score alone
    sql="""
        WITH reached AS (
            SELECT l.id, l.grade, m.id AS model_id, m.components,
                CASE
                    WHEN m.method = 'matrix' THEN CASE
                        WHEN l.fit_score >= (m.matrix ->> 'fit_high')::int
                            AND l.engagement_score >= (m.matrix ->> 'engagement_medium')::int THEN 'A'
                        WHEN l.fit_score >= (m.matrix ->> 'fit_medium')::int THEN 'B'
                        ELSE 'C' END
                    WHEN l.score >= m.threshold_a THEN 'A'
                    WHEN l.score >= m.threshold_b THEN 'B'
                    ELSE 'C' END AS by_score
            FROM leads_lead l
            JOIN leads_scoringmodel m ON m.id = l.scoring_model_id
            WHERE l.lower_grade_since IS NULL AND NOT l.behaviour ? 'last_activity'
        )
        SELECT r.id
        FROM reached r
        WHERE r.grade <> r.by_score AND NOT EXISTS (
            SELECT 1 FROM leads_leadevent e
            WHERE e.lead_id = r.id AND (e.kind = 'email_open' OR e.kind IN (
                SELECT c ->> 'kind' FROM jsonb_array_elements(r.components) c WHERE c -> 'changes_grade' = 'false'
            ))
        )
    """,
)
invariant(
    "leads.waiting_downgrade_is_one",
    "A lower grade waits only for a lead whose score asks for it, and not since before the lead came in.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        WHERE l.lower_grade_since IS NOT NULL AND (l.grade = 'C' OR l.lower_grade_since < l.created_at)
    """,
)
invariant(
    "leads.grade_changes_are_on_record",
    "Moves between grades follow one another up to the grade a lead has, each with its explanation.",
    of="leads.lead",
    sql="""
        SELECT DISTINCT g.lead_id AS id
        FROM (
            SELECT lead_id, old, new, explanation,
                lead(old) OVER by_lead AS next_old, lead(id) OVER by_lead AS next_id
            FROM leads_gradechange
            WINDOW by_lead AS (PARTITION BY lead_id ORDER BY id)
        ) g
        JOIN leads_lead l ON l.id = g.lead_id
        WHERE g.old = g.new OR g.explanation = '[]'
            OR g.next_id IS NOT NULL AND g.new <> g.next_old
            OR g.next_id IS NULL AND g.new <> l.grade
    """,
)
