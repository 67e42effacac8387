"""JQL, a subset that is really evaluated: operators, AND, OR, NOT, brackets, dates in the caller's zone, order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.doubles.jsm import world
from tests.doubles.jsm.adf import plain
from tests.doubles.jsm.state import Issue, Store, User

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<op>!=|>=|<=|!~|=|>|<|~)|(?P<mark>[(),])"""
    r"""|(?P<word>cf\[\d+\]|[^\s"'()=!<>~,]+))"""
)
_WORDS = frozenset({"and", "or", "not", "in", "is", "empty", "null", "order", "by", "asc", "desc"})
_DATES = frozenset({"created", "updated", "resolutiondate"})
_RELATIVE = re.compile(r"-?(\d+)([mhdw])")
_SPANS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}

Test = Callable[[Issue], bool]


class BadQuery(ValueError):
    """400, with the words of it."""


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for."""

    test: Test
    order: tuple[tuple[str, bool], ...]
    """(field, downwards)."""
    bounded: bool

    def run(self, issues: list[Issue]) -> list[Issue]:
        found = [issue for issue in issues if self.test(issue)]
        for field, down in reversed(self.order or (("created", True),)):
            found.sort(key=lambda issue: _sort(issue, field), reverse=down)
        return found


def _sort(issue: Issue, field: str) -> Any:
    match field:
        case "created" | "updated":
            return round(getattr(issue, field) * 1000)
        case "key" | "id" | "issuekey":
            return (issue.project, int(issue.key.rpartition("-")[2]))
        case "priority":
            return -list(world.PRIORITIES).index(issue.fields["priority"])
        case _:
            raise BadQuery(f"Not able to sort using field '{field}'.")


def parse(text: str, store: Store, me: User | None) -> Query:
    """Raises BadQuery."""
    return _Parser(text, store, me).query()


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    quoted: bool = False

    @property
    def low(self) -> str:
        return "" if self.quoted else self.text.lower()


class _Parser:
    def __init__(self, text: str, store: Store, me: User | None) -> None:
        self._store = store
        self._me = me
        self._tokens = _tokens(text)
        self._at = 0
        self._bounded = False

    def query(self) -> Query:
        test: Test = lambda issue: True  # noqa: E731
        if self._tokens and self._peek().low != "order":
            test = self._either()
        order = self._order()
        if self._at < len(self._tokens):
            raise BadQuery(f"Error in the JQL Query: Expecting operator but got '{self._peek().text}'.")
        return Query(test, order, self._bounded)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._take("order"):
            return ()
        if not self._take("by"):
            raise BadQuery("Error in the JQL Query: 'order' is a reserved JQL word.")
        fields = []
        while True:
            name = self._next().text.lower()
            down = self._take("desc") or (not self._take("asc") and False)
            fields.append((name, down))
            if not self._take(","):
                break
        if len(fields) > 7:
            raise BadQuery("The order by clause has more than 7 fields.")
        for name, _ in fields:
            if name not in ("created", "updated", "key", "id", "issuekey", "priority"):
                raise BadQuery(f"Field '{name}' does not exist or you do not have permission to view it.")
        return tuple(fields)

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda issue: any(test(issue) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda issue: all(test(issue) for test in tests)

    def _one(self) -> Test:
        if self._take("not"):
            inner = self._one()
            return lambda issue: not inner(issue)
        if self._take("("):
            inner = self._either()
            self._need(")")
            return inner
        return self._clause()

    def _clause(self) -> Test:
        name = self._next()
        if name.low in _WORDS:
            raise BadQuery(f"Error in the JQL Query: '{name.text}' is a reserved JQL word.")
        if self._at >= len(self._tokens) or self._peek().text not in ("=", "!=", ">=", "<=", ">", "<", "~", "!~"):
            if self._at < len(self._tokens) and self._peek().low in ("in", "not", "is"):
                return self._listed(name)
            if self._store.cloud:
                # bare words are a search for text
                self._bounded = True
                return lambda issue: name.text.lower() in _text(issue)
            raise BadQuery(f"Error in the JQL Query: Expecting operator after '{name.text}'.")
        operator = self._next().text
        value = self._value()
        self._bounded = True
        return self._compare(name.text, operator, [value])

    def _listed(self, name: _Token) -> Test:
        self._bounded = True
        if self._take("is"):
            no = self._take("not")
            if not (self._take("empty") or self._take("null")):
                raise BadQuery("Error in the JQL Query: Expecting EMPTY.")
            read = self._reader(name.text)
            return lambda issue: bool(read(issue)) is no
        no = self._take("not")
        self._need("in")
        self._need("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._need(")")
        return self._compare(name.text, "!=" if no else "=", values)

    def _value(self) -> _Token:
        token = self._next()
        if not token.quoted and self._at < len(self._tokens) and self._peek().text == "(" and token.low not in _WORDS:
            self._need("(")
            argument = None if self._peek().text == ")" else self._next().text
            self._need(")")
            return self._function(token.text, argument)
        if token.low in _WORDS:
            raise BadQuery(f"Error in the JQL Query: '{token.text}' is a reserved JQL word.")
        return token

    def _function(self, name: str, argument: str | None) -> _Token:
        match name.lower():
            case "currentuser":
                return _Token(self._identity(self._me) if self._me else "", True)
            case "now":
                return _Token(str(round(self._store.now() * 1000)))
            case _:
                raise BadQuery(f"Unable to find JQL function '{name}({argument or ''})'.")

    def _identity(self, user: User) -> str:
        return user.account_id if self._store.cloud else user.login

    def _compare(self, field: str, operator: str, values: list[_Token]) -> Test:
        low = field.lower()
        if low in _DATES:
            return self._dated(low, operator, values[0])
        if operator in ("~", "!~"):
            words = values[0].text.lower().strip("*")
            wanted = operator == "~"
            return lambda issue: (words in _text(issue)) is wanted
        read = self._reader(field)
        wanted_values = {self._stored(low, value) for value in values}
        if operator in ("=", "!="):
            same = operator == "="
            return lambda issue: bool(wanted_values & set(read(issue))) is same
        raise BadQuery(f"The operator '{operator}' is not supported by the '{field}' field.")

    def _dated(self, field: str, operator: str, value: _Token) -> Test:
        limit: int = self._moment(field, value)

        def test(issue: Issue) -> bool:
            held = round(float(getattr(issue, field)) * 1000)
            match operator:
                case ">=":
                    return held >= limit
                case ">":
                    return held > limit
                case "<=":
                    return held <= limit
                case "<":
                    return held < limit
                case _:
                    return held == limit

        return test

    def _moment(self, field: str, value: _Token) -> int:
        """Milliseconds."""
        if match := _RELATIVE.fullmatch(value.text):
            return round((self._store.now() - int(match[1]) * _SPANS[match[2]]) * 1000)
        if not value.quoted and value.text.isdigit():
            if self._store.quirks.no_epoch:
                raise BadQuery(f"Date value '{value.text}' for field '{field}' is invalid.")
            return int(value.text)
        for pattern in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
            try:
                told = datetime.strptime(value.text, pattern)
            except ValueError:
                continue
            user = self._me or next(iter(self._store.users.values()))
            return round(told.replace(tzinfo=self._store.zone(user)).timestamp() * 1000)
        raise BadQuery(
            f"Date value '{value.text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
            "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )

    def _reader(self, field: str) -> Callable[[Issue], list[str]]:
        low = field.lower()
        match low:
            case "project":
                return lambda issue: [issue.project]
            case "key" | "id" | "issuekey" | "issue":
                return lambda issue: [issue.id]
            case "status" | "priority" | "assignee" | "reporter" | "creator" | "resolution":
                return lambda issue: [issue.fields[low]] if issue.fields.get(low) else []
            case "statuscategory":
                return lambda issue: [world.STATUSES[issue.fields["status"]][1]]
            case "issuetype" | "type":
                return lambda issue: [issue.type]
            case "labels":
                return lambda issue: list(issue.fields["labels"])
            case "component":
                return lambda issue: list(issue.fields["components"])
            case "summary" | "text" | "description":
                return lambda issue: [_text(issue)]
            case _:
                id = self._custom(field)
                return lambda issue: [str(issue.fields[id])] if issue.fields.get(id) else []

    def _custom(self, field: str) -> str:
        if match := re.fullmatch(r"cf\[(\d+)\]", field.lower()):
            id = f"customfield_{match[1]}"
            if id in world.CUSTOM:
                return id
        for id, names in world.CUSTOM.items():
            if field.lower() == names[0].lower():
                return id
        raise BadQuery(f"Field '{field}' does not exist or you do not have permission to view it.")

    def _stored(self, field: str, value: _Token) -> str:
        """A value as it is stored. Raises BadQuery where it does not exist."""
        text = value.text
        tables = {
            "status": {id: name for id, (name, _) in world.STATUSES.items()}
            | (world.RENAMED if self._store.quirks.renamed_statuses else {}),
            "priority": world.PRIORITIES,
            "issuetype": world.TYPES,
            "type": world.TYPES,
            "resolution": world.RESOLUTIONS,
            "component": world.COMPONENTS,
        }
        if field in tables:
            table = tables[field]
            found = next((id for id, name in table.items() if text == id or text.lower() == name.lower()), None)
        elif field == "statuscategory":
            found = next((k for k, c in world.CATEGORIES.items() if text.lower() in (k, str(c["name"]).lower())), None)
        elif field in ("key", "id", "issuekey", "issue"):
            issue = self._store.find(text)
            found = issue.id if issue else None
        elif field == "project":
            found = next((k for k, p in world.PROJECTS.items() if text in (k, p["id"], p["name"])), None)
        elif field in ("assignee", "reporter", "creator"):
            user = self._store.user(text)
            found = user.login if user else None
        else:
            return self._option(field, text)
        if found is None:
            raise BadQuery(_missing(self._store, text, field))
        return found

    def _option(self, field: str, text: str) -> str:
        if field == "labels":
            return text
        options = world.OPTIONS.get(self._custom(field), {})
        return next((id for id, name in options.items() if text in (id, name)), text)

    # --- tokens
    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise BadQuery("Error in the JQL Query: Unexpected end of the query.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._peek().low == word:
            self._at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise BadQuery(f"Error in the JQL Query: Expecting '{word}'.")


def _tokens(text: str) -> list[_Token]:
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadQuery("Error in the JQL Query: The quoted string has not been completed.")
        at = match.end()
        if quoted := match["quoted"]:
            found.append(_Token(re.sub(r"\\(.)", r"\1", quoted[1:-1]), True))
        else:
            found.append(_Token(match["op"] or match["mark"] or match["word"]))
    return found


def _missing(store: Store, text: str, field: str) -> str:
    if store.quirks.foreign_words:
        return f"Der Wert '{text}' existiert nicht für das Feld '{field}'."
    return f"The value '{text}' does not exist for the field '{field}'."


def _text(issue: Issue) -> str:
    return f"{issue.fields['summary']}\n{plain(issue.fields['description'])}".lower()
