"""The filter language: tests of a list's words, joined by `and`, `or`, `not` and brackets.

    grade in (A, B) and (owner = my_team or owner is empty) and created_at = last_7_days and not tags = expo

One text, written into an address as `filter=`. Reading it needs neither a list nor a database: what the words mean is
the business of `conditions` (a list) and of whoever else speaks it (assignment rules). See docs/lists.md.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 1500
DEEPEST = 6
MOST_TESTS = 40

#: What a test may ask; the first two take several values, `empty` and `filled` none.
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "~", "!~", "empty", "filled")
_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>>=|<=|!=|!~|[=<>~(),])|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"=<>!~(),]+))"""
)
_BARE = re.compile(r"[^\s\"=<>!~(),\\]+")
_KEYWORDS = frozenset({"and", "or", "not", "in", "is", "empty"})


@dataclass(frozen=True)
class Term:
    """One question about one word: `grade = A`."""

    word: str
    operator: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.operator in ("empty", "filled"):
            return f"{self.word} is {'not ' if self.operator == 'filled' else ''}empty"
        if len(self.values) == 1:
            return f"{self.word} {self.operator} {_written(self.values[0])}"
        several = ", ".join(_written(value) for value in self.values)
        return f"{self.word} {'in' if self.operator == '=' else 'not in'} ({several})"


@dataclass(frozen=True)
class Not:
    part: "Node"

    def __str__(self) -> str:
        return f"not ({self.part})" if isinstance(self.part, Group) else f"not {self.part}"


@dataclass(frozen=True)
class Group:
    """Several parts of which all (`and`) or any (`or`) must hold."""

    joint: str
    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return f" {self.joint} ".join(
            f"({part})" if isinstance(part, Group) else str(part) for part in self.parts
        )


Node = Term | Not | Group


def parse(text: str) -> Node:
    """The tree of a filter; raises ValidationError, saying where, for what is none, too long or too deep."""
    if len(text) > LONGEST:
        message = _("A filter has at most %(most)s characters.") % {"most": LONGEST}
        raise ValidationError(message, code="max_length")
    return _Parser(text).whole()


def joined(joint: str, *parts: Node | None) -> Node | None:
    """These parts as one, without groups in groups of the same kind; None of none."""
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, Group) and part.joint == joint:
            flat += part.parts
        elif part is not None:
            flat.append(part)
    if len(flat) < 2:
        return flat[0] if flat else None
    return Group(joint, tuple(flat))


def parts_of(tree: Node | None, joint: str = "and") -> tuple[Node, ...]:
    """What is joined at the top."""
    if tree is None:
        return ()
    return tree.parts if isinstance(tree, Group) and tree.joint == joint else (tree,)


def without(tree: Node, gone: Node) -> Node | None:
    """The tree without the first part that is this very one."""
    if tree is gone:
        return None
    if isinstance(tree, Group):
        return joined(tree.joint, *(without(part, gone) for part in tree.parts))
    if isinstance(tree, Not):
        left = without(tree.part, gone)
        return None if left is None else replace(tree, part=left)
    return tree


def terms_of(tree: Node) -> Iterator[Term]:
    """Every test of a tree, in order."""
    if isinstance(tree, Term):
        yield tree
        return
    for part in (tree.part,) if isinstance(tree, Not) else tree.parts:
        yield from terms_of(part)


def _written(value: str) -> str:
    if _BARE.fullmatch(value) and value.lower() not in _KEYWORDS:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    """Recursive descent, no deeper than `DEEPEST`."""

    def __init__(self, text: str) -> None:
        self.text, self.position, self.tests = text, 0, 0
        self.tokens = list(self._tokens())

    def _tokens(self) -> Iterator[_Token]:
        at, text = 0, self.text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                self._refuse(at)
            kind = found.lastgroup or ""
            value = found[kind]
            if "\x00" in value:
                self._refuse(at)
            if kind == "quoted":
                value = re.sub(r"\\(.)", r"\1", value)
            elif kind == "bare" and value.lower() in _KEYWORDS:
                kind, value = "keyword", value.lower()
            yield _Token(kind, value, at)
            at = found.end()
        yield _Token("end", "", len(text))

    def whole(self) -> Node:
        tree = self._either(0)
        if self._here.kind != "end":
            self._refuse()
        return tree

    def _either(self, depth: int) -> Node:
        return self._joined("or", lambda: self._joined("and", lambda: self._factor(depth)))

    def _joined(self, joint: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._took("keyword", joint):
            parts.append(part())
        tree = joined(joint, *parts)
        assert tree is not None
        return tree

    def _factor(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise ValidationError(_("The brackets of this filter are too deep."), code="too_deep")
        if self._took("keyword", "not"):
            return Not(self._factor(depth + 1))
        if self._took("sign", "("):
            tree = self._either(depth + 1)
            self._need("sign", ")")
            return tree
        return self._test()

    def _test(self) -> Term:
        self.tests += 1
        if self.tests > MOST_TESTS:
            message = _("A filter has at most %(most)s conditions.") % {"most": MOST_TESTS}
            raise ValidationError(message, code="too_many")
        word = self._need("bare").text
        if self._took("keyword", "is"):
            operator = "filled" if self._took("keyword", "not") else "empty"
            self._need("keyword", "empty")
            return Term(word, operator)
        if self._took("keyword", "not"):
            self._need("keyword", "in")
            return Term(word, "!=", self._several())
        if self._took("keyword", "in"):
            return Term(word, "=", self._several())
        sign = self._need("sign")
        if sign.text not in OPERATORS:
            self._refuse(sign.at)
        if sign.text in ("=", "!=") and self._here.text == "(" and self._here.kind == "sign":
            return Term(word, sign.text, self._several())
        return Term(word, sign.text, (self._value(),))

    def _several(self) -> tuple[str, ...]:
        self._need("sign", "(")
        values = [self._value()]
        while self._took("sign", ","):
            values.append(self._value())
        self._need("sign", ")")
        return tuple(values)

    def _value(self) -> str:
        if self._here.kind not in ("bare", "quoted"):
            self._refuse()
        return self._next().text

    @property
    def _here(self) -> _Token:
        return self.tokens[self.position]

    def _next(self) -> _Token:
        token = self._here
        self.position += 1
        return token

    def _took(self, kind: str, text: str) -> bool:
        if (self._here.kind, self._here.text) != (kind, text):
            return False
        self.position += 1
        return True

    def _need(self, kind: str, text: str | None = None) -> _Token:
        if self._here.kind != kind or (text is not None and self._here.text != text):
            self._refuse()
        return self._next()

    def _refuse(self, at: int | None = None) -> NoReturn:
        place = self._here.at if at is None else at
        rest = self.text[place:].strip()[:30]
        if rest:
            message = _("The filter cannot be read at “%(rest)s”.") % {"rest": rest}
        else:
            message = _("The filter ends too early.")
        raise ValidationError(message, code="invalid")
