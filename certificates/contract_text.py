"""The wording of the certificate-use contract: versioned data, parsed and proved complete before anybody signs it.

A body may bring its own legal wording as a new version; what every version must carry is the same: five articles, each
of the rules H1-H13 and B1-B11 in exactly one clause, and the blanks that name the holder.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

Content = Mapping[str, Any]
"""A contract text as data: what its TOML file holds, and what is stored as JSON."""

SHIPPED = Path(__file__).parent / "data" / "contract"

RULES: tuple[str, ...] = (*(f"H{n}" for n in range(1, 14)), *(f"B{n}" for n in range(1, 12)))
"""Every rule of the contract: H binds or entitles the holder, B the body."""

ARTICLES = 5
REQUIRED_PLACEHOLDERS = frozenset(
    {"body_name", "holder_name", "holder_address", "holder_telephone", "holder_identity_card"}
)
PLACEHOLDERS = REQUIRED_PLACEHOLDERS | {
    "application_reference",
    "body_address",
    "body_site",
    "exam_date",
    "scheme_code",
    "scheme_name",
}
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class ContractTextError(ValueError):
    """A contract text that must not be signed; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the list for a person who corrects the text."""
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Clause:
    """A numbered clause and the rules that it carries."""

    number: str
    text: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """Clauses under one heading; the only section of an article has neither number nor heading of its own."""

    number: str
    heading: str
    intro: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Article:
    """A numbered article."""

    number: int
    heading: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class ContractText:
    """A complete version of the contract."""

    version: int
    language: str
    title: str
    preamble: str
    closing: str
    articles: tuple[Article, ...]

    @property
    def clauses(self) -> Iterator[Clause]:
        """Every clause in order."""
        return (clause for article in self.articles for section in article.sections for clause in section.clauses)

    @property
    def clause_of_rule(self) -> dict[str, str]:
        """The clause number of each rule: what a notice cites."""
        return {rule: clause.number for clause in self.clauses for rule in clause.rules}


def shipped_versions() -> list[int]:
    """Return the versions of the text that come with the software, oldest first."""
    return sorted(int(path.stem.removeprefix("v")) for path in SHIPPED.glob("v*.toml"))


def load_content(version: int) -> dict[str, Any]:
    """Read a shipped version; raises FileNotFoundError when there is none of that number."""
    return tomllib.loads((SHIPPED / f"v{version}.toml").read_text(encoding="utf-8"))


def digest(content: Content) -> str:
    """Return the SHA-256 that names the words agreed to: of the content as JSON with sorted keys and no spaces."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode("utf-8")).hexdigest()


def read_contract_text(content: Content) -> ContractText:
    """Read a contract text and check that it may be signed.

    Raises ContractTextError with every problem: a missing or blank entry, a number of articles other than five, a rule
    that is unknown, missing or stated twice, an unknown or missing placeholder.
    """
    try:
        text = ContractText(
            version=int(content["version"]),
            language=_words(content, "language"),
            title=_words(content, "title"),
            preamble=_words(content, "preamble"),
            closing=_words(content, "closing"),
            articles=tuple(_article(number, entry) for number, entry in enumerate(content["articles"], start=1)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContractTextError([f"missing or misplaced entry: {error}"]) from error
    if problems := [*_shape_problems(text), *_rule_problems(text), *_placeholder_problems(text)]:
        raise ContractTextError(problems)
    return text


def fill_placeholders(words: str, values: Mapping[str, str]) -> str:
    """Replace each {name} in *words*, in one pass: braces inside a value are text.

    Raises KeyError for a missing value.
    """
    return _PLACEHOLDER.sub(lambda match: values[match[1]], words)


def _words(data: Content, name: str) -> str:
    value = data[name]
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"{name} must be words")
    return value.strip()


def _article(number: int, data: Content) -> Article:
    entries = data["sections"]
    alone = len(entries) == 1
    sections = tuple(
        _section(str(number) if alone else f"{number}.{position}", entry, alone=alone)
        for position, entry in enumerate(entries, start=1)
    )
    return Article(number, _words(data, "heading"), sections)


def _section(number: str, data: Content, *, alone: bool) -> Section:
    clauses = tuple(
        Clause(f"{number}.{position}", _words(entry, "text"), tuple(entry.get("rules", ())))
        for position, entry in enumerate(data["clauses"], start=1)
    )
    heading = "" if alone else _words(data, "heading")
    return Section("" if alone else number, heading, data.get("intro", ""), clauses)


def _rule_problems(text: ContractText) -> Iterator[str]:
    counts = Counter(rule for clause in text.clauses for rule in clause.rules)
    yield from (f"unknown rule {rule}" for rule in counts if rule not in RULES)
    yield from (f"rule {rule} is missing" for rule in RULES if not counts[rule])
    yield from (f"rule {rule} stands {counts[rule]} times" for rule in RULES if counts[rule] > 1)


def _placeholder_problems(text: ContractText) -> Iterator[str]:
    used: set[str] = set()
    for words in (text.title, text.preamble, text.closing, *(clause.text for clause in text.clauses)):
        used.update(_PLACEHOLDER.findall(words))
        if "{" in (rest := _PLACEHOLDER.sub("", words)) or "}" in rest:
            yield f"stray brace in: {words[:40]}"
    yield from (f"unknown placeholder {{{name}}}" for name in sorted(used - PLACEHOLDERS))
    yield from (f"missing placeholder {{{name}}}" for name in sorted(REQUIRED_PLACEHOLDERS - used))


def _shape_problems(text: ContractText) -> Iterator[str]:
    if len(text.articles) != ARTICLES:
        yield f"{len(text.articles)} articles instead of {ARTICLES}"
