"""Fragment search in one indexed column: any part of a word, Latin or Chinese, without contrib extensions.

A stored generated column holds what `salesflow_lexemes` makes of the searched fields, under one GIN index:

    search = GeneratedField(
        expression=Lexemes("company_name", "phone"), output_field=SearchVectorField(), db_persist=True
    )
    indexes = [GinIndex(fields=["search"], fastupdate=False, name="lead_search")]

The migration runs `CREATE_FUNCTION` first. Row and query pass through the same fold (lower case, NFKC, separators
between digits dropped), so a fragment found in a field is always found by the index; what the index finds is
re-checked on the fields themselves unless the fragment is a lexeme itself. The functions use only pg_catalog, so
that a dump restores.

Lexemes of a row: of Latin and digit words every three letters in a row, the last one and two letters, and `^` with
the first two; of Chinese (kana, hangul) every character and every pair.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable

_CJK = r"\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u1680\u180e\u2000-\u206f\u3000-\u3004\u3008-\u303f"
    r"\ufe30-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
LONGEST_TEXT = 2000
"""Characters of a row's fields that are searched; more would make one row's lexemes outgrow a tsvector."""

_FOLD = rf"""
  f := lower(left(t, {LONGEST_TEXT}));
  IF f ~ '[^\u0001-\u007f\u3400-\u9fff]' THEN f := lower(normalize(f, NFKC)); END IF;
  IF f ~ '[0-9][-+ ()./]+[0-9]' THEN f := regexp_replace(f, '([0-9])[-+ ()./]+(?=[0-9])', '\1', 'g'); END IF;
"""

# Words are cut by a loop: a regular expression that cuts all of them at once takes twice as long.
CREATE_FUNCTION = rf"""
CREATE OR REPLACE FUNCTION salesflow_fold(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 5 AS $function$
DECLARE f text;
BEGIN
{_FOLD}
  RETURN f;
END $function$;

CREATE OR REPLACE FUNCTION salesflow_lexemes(t text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $function$
DECLARE
  f text;
  han text;
  w text;
  grams text[] := '{{}}';
BEGIN
{_FOLD}
  FOREACH w IN ARRAY string_to_array(regexp_replace(f, '[{_SEPARATORS}{_CJK}]+', ' ', 'g'), ' ') LOOP
    IF w <> '' THEN
      grams := array_append(grams, '^' || left(w, 2));
      FOR k IN 1 .. length(w) LOOP
        grams := array_append(grams, substr(w, k, 3));
      END LOOP;
    END IF;
  END LOOP;
  han := regexp_replace(f, '[^{_CJK}]+', ' ', 'g');
  IF han NOT IN ('', ' ') THEN
    grams := grams || string_to_array(replace(han, ' ', ''), NULL);
    FOREACH w IN ARRAY string_to_array(han, ' ') LOOP
      FOR k IN 1 .. length(w) - 1 LOOP
        grams := array_append(grams, substr(w, k, 2));
      END LOOP;
    END LOOP;
  END IF;
  RETURN array_to_tsvector(grams);
END $function$;

CREATE OR REPLACE FUNCTION salesflow_query(t text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $function$
DECLARE
  f text;
  latin text;
  words text[];
  runs text[];
  starts boolean;  -- whether a word of the query begins where a word of the row does
  ends boolean;
  w text;
  parts text[] := '{{}}';
BEGIN
{_FOLD}
  latin := regexp_replace(f, '[{_SEPARATORS}{_CJK}]+', ' ', 'g');
  words := array_remove(string_to_array(latin, ' '), '');
  runs := array_remove(string_to_array(regexp_replace(f, '[^{_CJK}]+', ' ', 'g'), ' '), '');
  FOR i IN 1 .. cardinality(words) LOOP
    w := words[i];
    starts := i > 1 OR left(latin, 1) = ' ';
    ends := i < cardinality(words) OR right(latin, 1) = ' ';
    FOR k IN 1 .. length(w) - 2 BY 3 LOOP
      parts := parts || quote_literal(substr(w, k, 3));
    END LOOP;
    IF length(w) % 3 > 0 AND length(w) > 3 THEN
      parts := parts || quote_literal(right(w, 3));
    END IF;
    IF starts THEN
      parts := parts || (quote_literal('^' || left(w, 2)) || CASE WHEN length(w) > 1 OR ends THEN '' ELSE ':*' END);
    ELSIF length(w) < 3 AND ends THEN
      parts := parts || quote_literal(w);
    ELSIF length(w) = 1 AND w !~ '[0-9]' THEN
      parts := parts || (quote_literal('^' || w) || ':*');
    ELSIF length(w) < 3 THEN
      parts := parts || (quote_literal(w) || ':*');
    END IF;
  END LOOP;
  FOREACH w IN ARRAY runs LOOP
    FOR k IN 1 .. length(w) - 1 BY 2 LOOP
      parts := parts || quote_literal(substr(w, k, 2));
    END LOOP;
    IF length(w) % 2 > 0 THEN
      parts := parts || quote_literal(right(w, 2));
    END IF;
  END LOOP;
  RETURN NULLIF(array_to_string(parts, ' & '), '')::tsquery;
END $function$;
"""
DROP_FUNCTION = """
DROP FUNCTION IF EXISTS salesflow_query(text);
DROP FUNCTION IF EXISTS salesflow_lexemes(text);
DROP FUNCTION IF EXISTS salesflow_fold(text);
"""

_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")
_WORD = re.compile(f"[^{_SEPARATORS}]")
_LOOSE_ENDS = re.compile(r"(?<=[0-9])[-+()./]+$|^[-+()./]+(?=[0-9])")
_PHONE_TOKEN = re.compile(r"[+0-9()./-]*[0-9][+0-9()./-]*")
#: What is a lexeme itself: the index knows exactly which rows contain it, and nothing need be checked again.
_ONE_LEXEME = re.compile(f"[a-z0-9]{{3}}|[{_CJK}]{{1,2}}", re.IGNORECASE | re.ASCII)
_LONGEST_QUERY = 100


class _Text(Func):
    template = "COALESCE(%(expressions)s, '')"
    output_field = TextField()


class _Joined(Func):
    """Several text fields in one, a line each, so that nothing runs over from field to field."""

    arg_joiner = " || E'\\n' || "
    template = "%(function)s(%(expressions)s)"

    def __init__(self, *fields: str | Combinable, **extra: Any) -> None:
        super().__init__(*[f if isinstance(f, _Text) else _Text(f) for f in fields], **extra)


class _Fold(_Joined):
    function = "salesflow_fold"
    output_field = TextField()


class Lexemes(_Joined):
    """The expression of the generated column: the lexemes of these text fields (names of fields of the model)."""

    function = "salesflow_lexemes"
    output_field = SearchVectorField()


class _Matches(Func):
    """`column @@ salesflow_query(term)`: computed once while planning, so the GIN index and its statistics serve."""

    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()


class _Contains(Func):
    template = "strpos(%(expressions)s) > 0"
    output_field = BooleanField()


class _Rank(Func):
    """How a field meets the whole query: 0 equal, 1 begins with it, 2 a word begins with it, 3 inside, 4 in parts."""

    output_field = IntegerField()

    def __init__(self, field: str | Combinable, query: str, **extra: Any) -> None:
        super().__init__(_Text(field), Value(query), **extra)

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        field, query = self.source_expressions
        f, with_f = compiler.compile(field)
        q, with_q = compiler.compile(query)
        sql = (
            f"CASE strpos(lower({f}), lower({q})) WHEN 0 THEN 4"
            f" WHEN 1 THEN CASE WHEN length({f}) = length({q}) THEN 0 ELSE 1 END"
            f" ELSE CASE WHEN strpos(translate(lower({f}), '.-_@/,()', '        '), ' ' || lower({q})) > 0"
            " THEN 2 ELSE 3 END END"
        )
        return sql, [*with_f, *with_q, *with_f, *with_q, *with_f, *with_q]


class _Least(Func):
    function = "LEAST"
    output_field = IntegerField()


def terms(query: str) -> list[str]:
    """The fragments a row must contain, all of them: words of the query, a telephone number in any notation as one.

    Words of nothing but punctuation are dropped. Of numbers the country code 86, leading 00 and, in long ones, the
    leading 0 go, so that a number is found however it was written on either side.
    """
    text = unicodedata.normalize("NFKC", _NOT_STORABLE.sub("", query[:_LONGEST_QUERY]))
    found: list[str] = []
    numbers: list[str] = []
    for token in [*filter(_WORD.search, text.split()), ""]:
        if _PHONE_TOKEN.fullmatch(token):
            numbers.append(token)
            continue
        found += _numbers(numbers)
        numbers = []
        if token:
            found.append(_LOOSE_ENDS.sub("", token))
    return found


def _numbers(tokens: list[str]) -> list[str]:
    """Neighbouring pieces of digits: one telephone number when they are long enough together."""
    whole = re.sub(r"[^0-9+]", "", "".join(tokens))
    if len(whole) < 7:
        return [token.strip("+()./-") for token in tokens]
    return [re.sub(r"^(?:\+86|0086|86(?=1[3-9]\d{9}$)|00|0(?=\d{8})|\+)", "", whole).replace("+", "")]


@dataclass(frozen=True)
class Veil:
    """Rows (`rows`) of which this person may find only some of the searched fields: `fields`."""

    rows: Q
    fields: Sequence[str]


def matching(
    queryset: QuerySet[Any],
    query: str,
    *,
    fields: Sequence[str],
    column: str = "search",
    veil: Veil | None = None,
) -> QuerySet[Any]:
    """Rows of which some field contains every term of the query, unordered and unbounded: a filter for lists.

    `column` is the generated tsvector, `fields` the same text fields it was made of. A query without a letter, digit
    or Chinese character finds nothing. Rows behind the `veil` are found by its fields alone.
    """
    wanted = terms(query)
    if not wanted:
        return queryset.none()
    text = _Fold(*fields)
    for term in wanted:
        queryset = queryset.filter(_Matches(F(column), Func(Value(term), function="salesflow_query")))
        if not _ONE_LEXEME.fullmatch(term):
            queryset = queryset.filter(_Contains(text, _folded(term)))
    if veil is None:
        return queryset
    open_text, open_terms = _Fold(*veil.fields), Q()
    for term in wanted:
        open_terms &= Q(_Contains(open_text, _folded(term)))
    return queryset.filter(~veil.rows | open_terms)


def _folded(term: str) -> Func:
    return Func(Value(term), function="salesflow_fold")


def search(
    queryset: QuerySet[Any],
    query: str,
    *,
    fields: Sequence[str],
    column: str = "search",
    limit: int = 50,
    candidates: int = 1000,
    veil: Veil | None = None,
) -> QuerySet[Any]:
    """The best `limit` of at most `candidates` matching rows: equal, then beginning, then word beginning, then inside.

    Within a rank the newest (highest key) come first. The bound keeps a frequent fragment as fast as a rare one; the
    annotation `search_rank` says how a row was met.
    """
    found = matching(queryset, query, fields=fields, column=column, veil=veil)
    whole = " ".join(_NOT_STORABLE.sub("", query[:_LONGEST_QUERY]).split())
    rank = _rank(fields, whole)
    if veil is not None:
        rank = Case(When(veil.rows, then=_rank(veil.fields, whole)), default=rank)
    first = found.order_by().values("pk")[:candidates]
    return queryset.filter(pk__in=first).annotate(search_rank=rank).order_by("search_rank", "-pk")[:limit]


def _rank(fields: Sequence[str], query: str) -> Combinable:
    ranks = [_Rank(field, query) for field in fields]
    return ranks[0] if len(ranks) == 1 else _Least(*ranks)
