"""The texts that applicants agree to, and their agreeing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from candidates.models import Declaration, DeclarationText
from candidates.queries import agreed_kinds, latest_texts, publishes_on_register
from candidates.services.declarations import (
    SHIPPED,
    DeclarationFileError,
    declare,
    load_declarations,
    read_declarations,
)
from candidates.states import DeclarationKind
from core.errors import RuleViolation
from schemes.models import SchemeVersion
from tests.candidates import factories as make


def seen() -> list[int]:
    return [text.pk for text in latest_texts().values()]


def test_load_shipped_texts_twice_adds_nothing_more(db: None) -> None:
    assert len(load_declarations()) == 5
    assert load_declarations() == []
    assert list(latest_texts()) == list(DeclarationKind.values)


def test_load_changed_text_adds_a_version_and_keeps_the_old(db: None, tmp_path: Path) -> None:
    load_declarations()
    changed = tmp_path / "texts.toml"
    changed.write_text(
        SHIPPED.read_text(encoding="utf-8").replace("Bu razılıq könüllüdür", "Razılıq könüllüdür"), "utf-8"
    )
    assert [(text.kind, text.version) for text in load_declarations(changed)] == [("publication", 2)]
    assert DeclarationText.objects.filter(kind="publication").count() == 2
    assert latest_texts()["publication"].version == 2


def test_shipped_texts_name_purpose_and_term(db: None) -> None:
    az, en = read_declarations(SHIPPED)[DeclarationKind.PROCESSING]
    assert ("Məqsəd:" in az, "Müddət:" in az) == (True, True)
    assert ("Purpose:" in en, "Term:" in en) == (True, True)


@pytest.mark.parametrize(
    "content",
    ["", "not toml [", '[truth]\naz = "x"\nen = "y"\n', "".join(f"[{k}]\naz = 'x'\n" for k in DeclarationKind)],
)
def test_load_wrong_file_says_so_and_loads_nothing(db: None, tmp_path: Path, content: str) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(content)
    with pytest.raises(DeclarationFileError):
        load_declarations(wrong)
    with pytest.raises(CommandError):
        call_command("load_declarations", wrong)
    assert DeclarationText.objects.count() == 0


def test_command_loads_and_tells(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_declarations")
    assert "truth v1" in capsys.readouterr().out
    call_command("load_declarations")
    assert capsys.readouterr().out == "Nothing has changed.\n"


def test_declare_keeps_every_word_and_repeats_none(scheme_version: SchemeVersion, candidate: User) -> None:
    application = make.draft(scheme_version, candidate)

    def say(*kinds: str) -> int:
        return len(declare(application, agreed=kinds, seen=seen(), language="en", actor=candidate))

    assert say("truth") == 2  # truth, and that publication was not agreed to
    assert say("truth") == 0
    assert say("truth", "publication") == 1
    assert agreed_kinds(application) == {"truth", "publication"}
    assert publishes_on_register(application)
    assert say() == 2  # both taken back
    assert agreed_kinds(application) == set()
    assert not publishes_on_register(application)
    assert Declaration.objects.count() == 5
    assert set(Declaration.objects.values_list("language", flat=True)) == {"en"}


def test_declare_text_changed_since_then_has_to_be_read_again(
    scheme_version: SchemeVersion, candidate: User, tmp_path: Path
) -> None:
    application = make.draft(scheme_version, candidate)
    before = seen()
    declare(application, agreed=["truth"], seen=before, language="az", actor=candidate)
    changed = tmp_path / "texts.toml"
    changed.write_text(SHIPPED.read_text(encoding="utf-8").replace("Təsdiq edirəm ki", "Bəyan edirəm ki"), "utf-8")
    load_declarations(changed)
    assert agreed_kinds(application) == set()
    with pytest.raises(RuleViolation) as caught:
        declare(application, agreed=["truth"], seen=before, language="az", actor=candidate)
    assert caught.value.code == "texts_changed"
    declare(application, agreed=["truth"], seen=seen(), language="az", actor=candidate)
    assert agreed_kinds(application) == {"truth"}
