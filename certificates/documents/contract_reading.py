"""The words of a contract with its blanks filled, for its document and for reading on a page.

Light: web processes may import it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from certificates.contract_text import PLACEHOLDERS, Article, ContractText, fill_placeholders, read_contract_text
from certificates.documents.snapshots import ContractSnapshot
from certificates.documents.wording import legal_date_az

# How the contract's text names the exam, and what stands there for a renewal that took none (contract H6).
AFTER_EXAM = "{exam_date} tarixli imtahandan müvəffəqiyyətlə keçmiş"
ON_EVIDENCE = "davamlı peşə fəaliyyətinin sübutları əsasında sertifikatının yenilənməsi haqqında müsbət qərar almış"
NO_EXAM = "(imtahan tələb olunmamışdır)"
BLANK = "________"
_TIED = re.compile(r"(?<=\d) (?=[\w(])|(?<=№) | (?=–)")
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class FilledClause:
    """A clause with its blanks filled."""

    number: str
    text: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilledSection:
    """A section as read."""

    number: str
    heading: str
    intro: str
    clauses: list[FilledClause]


@dataclass(frozen=True)
class FilledArticle:
    """An article as read."""

    number: int
    heading: str
    sections: list[FilledSection]


@dataclass(frozen=True)
class FilledText:
    """The whole contract as read; `language` is the language of its words."""

    language: str
    title: str
    preamble: str
    articles: list[FilledArticle]
    closing: str


def filled_text(snapshot: Mapping[str, Any]) -> FilledText:
    """Return every word of a stored contract. Raises SnapshotError or ContractTextError as `render_contract` does."""
    contract = ContractSnapshot.from_json(snapshot)
    return fill_text(read_contract_text(contract.text.content), contract)


def blank_text(content: Mapping[str, Any]) -> FilledText:
    """Return every word of a contract text that nobody has been offered yet, its blanks left open.

    Raises ContractTextError as `read_contract_text` does.
    """
    text = read_contract_text(content)
    return _with(text, dict.fromkeys(PLACEHOLDERS, BLANK))


def fill_text(text: ContractText, contract: ContractSnapshot) -> FilledText:
    """Return the text with the blanks of one contract filled."""
    values = _values(contract)
    if contract.exam_on is None:
        text = _without_exam(text)
    return _with(text, values)


def _with(text: ContractText, values: Mapping[str, str]) -> FilledText:
    return FilledText(
        language=text.language,
        title=text.title,
        preamble=_filled(text.preamble, values),
        articles=[_article(article, values) for article in text.articles],
        closing=_filled(text.closing, values),
    )


def _without_exam(text: ContractText) -> ContractText:
    """Return the text for a holder whose certificate was renewed on evidence: it must not speak of an exam."""

    def told(words: str) -> str:
        return words.replace(AFTER_EXAM, ON_EVIDENCE)

    articles = tuple(
        replace(
            article,
            sections=tuple(
                replace(one, clauses=tuple(replace(clause, text=told(clause.text)) for clause in one.clauses))
                for one in article.sections
            ),
        )
        for article in text.articles
    )
    return replace(text, preamble=told(text.preamble), articles=articles, closing=told(text.closing))


def _values(contract: ContractSnapshot) -> dict[str, str]:
    """Return what stands for each placeholder of a contract text."""
    body, holder, scheme = contract.body, contract.holder, contract.scheme
    return {
        "application_reference": contract.application_reference,
        "body_address": body.address_az,
        "body_name": body.name_az,
        "body_site": body.site,
        "exam_date": legal_date_az(contract.exam_on) if contract.exam_on else NO_EXAM,
        "holder_address": holder.address,
        "holder_identity_card": holder.identity_card,
        "holder_name": holder.full_name,
        "holder_telephone": holder.telephone,
        "scheme_code": scheme.code,
        "scheme_name": scheme.name_az,
    }


def _filled(words: str, values: Mapping[str, str]) -> str:
    """Fill the blanks; a number stays with what it counts, and a dash with the word before it."""
    return fill_placeholders(_TIED.sub(_NO_BREAK_SPACE, words), values)


def _article(article: Article, values: Mapping[str, str]) -> FilledArticle:
    sections = [
        FilledSection(
            section.number,
            section.heading,
            section.intro,
            [FilledClause(clause.number, _filled(clause.text, values), clause.rules) for clause in section.clauses],
        )
        for section in article.sections
    ]
    return FilledArticle(article.number, article.heading, sections)
