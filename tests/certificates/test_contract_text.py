"""The wording of the contract: complete, well formed, and never changed once published."""

from typing import Any

import pytest

from certificates.contract_text import (
    RULES,
    ContractTextError,
    digest,
    fill_placeholders,
    load_content,
    read_contract_text,
    shipped_versions,
)

PUBLISHED = {1: "de06bff92549f33e98ef4d2e478081c5e16dd78df8f9275bf8038f2ddbfbce9f"}


def first_clause(content: dict[str, Any]) -> dict[str, Any]:
    clause: dict[str, Any] = content["articles"][0]["sections"][0]["clauses"][0]
    return clause


def test_every_shipped_version_is_complete() -> None:
    assert [read_contract_text(load_content(version)).version for version in shipped_versions()] == shipped_versions()


def test_shipped_versions_are_never_edited() -> None:
    assert {version: digest(load_content(version)) for version in shipped_versions()} == PUBLISHED


def test_every_rule_stands_in_exactly_one_clause() -> None:
    text = read_contract_text(load_content(1))
    stated = [rule for clause in text.clauses for rule in clause.rules]
    assert len(RULES) == 24
    assert sorted(stated) == sorted(RULES)


def test_articles_of_the_first_version() -> None:
    text = read_contract_text(load_content(1))
    assert [(article.number, article.heading) for article in text.articles] == [
        (1, "Müqavilənin əhatə dairəsi və məqsədi"),
        (2, "Tərəflər"),
        (3, "Sertifikat"),
        (4, "Müqavilənin tətbiqi: Tərəflərin hüquq və vəzifələri"),
        (5, "Mübahisələrin həlli"),
    ]
    assert [section.heading for section in text.articles[3].sections] == [
        "Sertifikat sahibinin hüquqları",
        "Sertifikat sahibinin vəzifələri",
        "Qurumun hüquqları",
        "Qurumun vəzifələri",
    ]


@pytest.mark.parametrize(
    ("rule", "term"),
    [
        ("H2", "10 (on) iş günü"),
        ("H8", "15 (on beş) gün"),
        ("H13", "10 (on) gün"),
        ("B7", "iki ildə bir dəfə"),
        ("B9", "AzAK"),
        ("H5", "Qurumun mülkiyyətidir"),
        ("B11", "məhkəmə"),
    ],
)
def test_rule_states_its_term(rule: str, term: str) -> None:
    text = read_contract_text(load_content(1))
    (words,) = (clause.text for clause in text.clauses if rule in clause.rules)
    assert term in words


def test_rules_are_found_by_clause_number() -> None:
    places = read_contract_text(load_content(1)).clause_of_rule
    assert (places["H5"], places["H2"], places["B9"], places["B11"]) == ("3.1", "4.2.2", "4.4.6", "5.1")


def test_clause_numbers_are_unique() -> None:
    numbers = [clause.number for clause in read_contract_text(load_content(1)).clauses]
    assert len(numbers) == len(set(numbers))


def _drop_article(content: dict[str, Any]) -> None:
    content["articles"].insert(0, content["articles"][0])


def _repeat_rule(content: dict[str, Any]) -> None:
    first_clause(content)["rules"] = ["H3"]


def _unknown_rule(content: dict[str, Any]) -> None:
    first_clause(content)["rules"] = ["H14"]


def _unknown_placeholder(content: dict[str, Any]) -> None:
    first_clause(content)["text"] = "{password}"


def _stray_brace(content: dict[str, Any]) -> None:
    first_clause(content)["text"] = "{Holder Name}"


def _blank_clause(content: dict[str, Any]) -> None:
    first_clause(content)["text"] = "  "


def _without_title(content: dict[str, Any]) -> None:
    del content["title"]


def _articles_are_words(content: dict[str, Any]) -> None:
    content["articles"] = "beş"


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (_drop_article, "6 articles instead of 5"),
        (_repeat_rule, "rule H3 stands 2 times"),
        (_unknown_rule, "unknown rule H14"),
        (_unknown_placeholder, "unknown placeholder {password}"),
        (_stray_brace, "stray brace in: {Holder Name}"),
        (_blank_clause, "missing or misplaced entry: text must be words"),
        (_without_title, "missing or misplaced entry: 'title'"),
        (_articles_are_words, "missing or misplaced entry: string indices must be integers, not 'str'"),
    ],
)
def test_faulty_text_is_refused(spoil: Any, problem: str) -> None:
    content = load_content(1)
    spoil(content)
    with pytest.raises(ContractTextError) as refusal:
        read_contract_text(content)
    assert problem in refusal.value.problems


@pytest.mark.parametrize("rule", RULES)
def test_text_without_a_rule_is_refused(rule: str) -> None:
    content = load_content(1)
    for article in content["articles"]:
        for section in article["sections"]:
            section["clauses"] = [clause for clause in section["clauses"] if rule not in clause.get("rules", ())]
    with pytest.raises(ContractTextError) as refusal:
        read_contract_text(content)
    assert refusal.value.problems == [f"rule {rule} is missing"]


def test_unknown_version_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        load_content(999)


def test_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "ə": [2]}) == digest({"ə": [2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


def test_placeholders_are_filled_in_one_pass() -> None:
    assert fill_placeholders("{a}, {b}", {"a": "{b}", "b": "son"}) == "{b}, son"


def test_missing_value_is_refused() -> None:
    with pytest.raises(KeyError):
        fill_placeholders("{a}", {})
