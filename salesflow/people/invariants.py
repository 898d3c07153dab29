"""What people and the workspace promise."""

from salesflow.lib.invariants import invariant
from salesflow.people.roles import ROLE_NAMES

invariant(
    "people.one_workspace",
    "There is one row of workspace settings.",
    of="people.workspace",
    sql="SELECT count(*) AS id FROM people_workspace HAVING count(*) <> 1",
)
invariant(
    "people.roles_are_there",
    "Every role of the table of rights is there to be given.",
    of="people.role",
    sql="""
        SELECT wanted.code AS id
        FROM unnest(%(codes)s) AS wanted(code)
        WHERE NOT EXISTS (SELECT 1 FROM people_role r WHERE r.code = wanted.code)
    """,
    codes=sorted(ROLE_NAMES),
)
invariant(
    "people.addresses_are_one_persons",
    "One person signs in with one address, whatever its letters.",
    of="people.user",
    sql="""
        SELECT u.id FROM people_user u
        WHERE EXISTS (SELECT 1 FROM people_user o WHERE lower(o.email) = lower(u.email) AND o.id <> u.id)
    """,
)
invariant(
    "people.kept_answers_are_whole",
    "An answer kept under an Idempotency-Key has its status: it was written together with the effect.",
    of="people.idempotentanswer",
    sql="SELECT id FROM people_idempotentanswer WHERE status IS NULL",
)
