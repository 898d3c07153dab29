"""The statements of the search for duplicates: what is compared, who meets whom, what is kept."""

from salesflow.lib.pairs import LARGEST_BLOCK

#: So many leads with an equal key are all paired; of more, each is paired with the oldest.
MOST_EQUAL = 20
_LIVE = "archived_at IS NULL AND merged_into_id IS NULL"
_FIELDS = ("company", "person", "email", "phone", "city")

#: One row per lead: what is compared, and how many leads have the same; a value that names nobody is empty.
FACTS = f"""
CREATE TEMP TABLE duplicate_facts ON COMMIT DROP AS
SELECT id,
  CASE WHEN company_key IS NULL THEN '' ELSE company_name END AS company,
  CASE WHEN person_key IS NULL THEN '' ELSE contact_name END AS person,
  coalesce(email_key, '') AS email,
  coalesce(phone_keys[1], '') AS phone,
  coalesce(phone_keys[2], '') AS mobile,
  regexp_replace(lower(city), '(市| city)$', '') AS city,
  count(*) OVER (PARTITION BY company_key)::int AS company_count,
  count(*) OVER (PARTITION BY person_key)::int AS person_count,
  count(*) OVER (PARTITION BY email_key)::int AS email_count,
  count(*) OVER (PARTITION BY phone_keys[1])::int AS phone_count,
  count(*) OVER (PARTITION BY regexp_replace(lower(city), '(市| city)$', ''))::int AS city_count
FROM leads_lead WHERE {_LIVE};
ALTER TABLE duplicate_facts ADD PRIMARY KEY (id);
ANALYZE duplicate_facts;
"""

#: Every two leads that share a key (by the rank of `REASONS`) or a block (rank 9), once, under the strongest.
MEETINGS = f"""
CREATE TEMP TABLE duplicate_meetings ON COMMIT DROP AS
WITH keyed AS (
    SELECT id, 0 AS rank, credit_code_key AS key FROM leads_lead WHERE credit_code_key IS NOT NULL AND {_LIVE}
    UNION ALL SELECT id, 1, email_key FROM leads_lead WHERE email_key IS NOT NULL AND {_LIVE}
    UNION ALL SELECT id, 2, unnest(phone_keys) FROM leads_lead WHERE {_LIVE}
    UNION ALL SELECT id, 3, company_key || E'\\n' || person_key FROM leads_lead
        WHERE company_key IS NOT NULL AND person_key IS NOT NULL AND {_LIVE}
    UNION ALL SELECT id, 9, unnest(block_keys) FROM leads_lead WHERE {_LIVE}
), sized AS (
    SELECT id, rank, key, count(*) OVER same AS size, row_number() OVER (same ORDER BY id) AS place
    FROM keyed WINDOW same AS (PARTITION BY rank, key)
), kept AS (
    SELECT * FROM sized WHERE size >= 2 AND (rank < 9 OR size <= {LARGEST_BLOCK})
)
SELECT a.id AS first, b.id AS second, min(a.rank) AS rank, min(a.key) AS met_by
FROM kept a JOIN kept b ON b.rank = a.rank AND b.key = a.key AND b.place > a.place
    AND (a.place = 1 OR a.rank = 9 OR a.size <= {MOST_EQUAL})
GROUP BY a.id, b.id;
ANALYZE duplicate_meetings;
"""

#: How many leads there are, how many fill each field, and what an agreement there is worth in bits on average.
WORTH = "SELECT count(*), {}, {} FROM duplicate_facts".format(
    ", ".join(f"count(*) FILTER (WHERE {name} <> '')" for name in _FIELDS),
    ", ".join(
        f"coalesce(avg(ln((SELECT count(*) FROM duplicate_facts WHERE {name} <> '')::float8 / {name}_count) / ln(2.0))"
        f" FILTER (WHERE {name} <> ''), 0)::float8"
        for name in _FIELDS
    ),
)

_PHONE_A = "CASE WHEN a.mobile <> '' AND a.mobile IN (b.phone, b.mobile) THEN a.mobile ELSE a.phone END"
_PHONE_B = "CASE WHEN b.mobile <> '' AND b.mobile IN (a.phone, a.mobile) THEN b.mobile ELSE b.phone END"
#: The pairs, those of one block together (names are taken apart once for all of them), with both sides' values and the
#: greater of their counts.
PAIRS = f"""
SELECT m.first, m.second, m.rank,
    a.company, a.person, a.email, {_PHONE_A}, a.city,
    b.company, b.person, b.email, {_PHONE_B}, b.city,
    {", ".join(f"greatest(a.{name}_count, b.{name}_count)" for name in _FIELDS)}
FROM duplicate_meetings m JOIN duplicate_facts a ON a.id = m.first JOIN duplicate_facts b ON b.id = m.second
ORDER BY m.met_by
"""

#: What was found lies apart until the end, so that nobody who decides about a pair waits for the search.
FOUND = """
CREATE TEMP TABLE duplicate_found (
    first bigint, second bigint, score smallint, reason text, parts jsonb, PRIMARY KEY (first, second)
) ON COMMIT DROP
"""

LAY_BY = """
INSERT INTO duplicate_found
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::jsonb[])
"""

#: Pairs found anew are added, what is known of the others is renewed, open ones no more found go; decisions stay.
KEEP = """
DELETE FROM leads_duplicatepair p WHERE state = 'open' AND NOT EXISTS (
    SELECT FROM duplicate_found f WHERE f.first = p.first_id AND f.second = p.second_id
);
INSERT INTO leads_duplicatepair AS p (first_id, second_id, score, reason, parts, state)
SELECT first, second, score, reason, parts, 'open' FROM duplicate_found ORDER BY first, second
ON CONFLICT (first_id, second_id) DO UPDATE
SET score = excluded.score, reason = excluded.reason, parts = excluded.parts
WHERE (p.score, p.reason, p.parts) IS DISTINCT FROM (excluded.score, excluded.reason, excluded.parts);
DROP TABLE duplicate_facts, duplicate_meetings, duplicate_found
"""
