"""The papers that several tests read, each rendered once."""

import pytest

from exams.documents.protocol import render_exam_protocol
from tests.exams.documents.papers import PAPERS, made, protocol_of
from tests.exams.printed import disputed, page_texts, words


@pytest.fixture(scope="module")
def calm() -> str:
    """The protocol of a passed exam before one assessor."""
    return words(made(*PAPERS[0]))


@pytest.fixture(scope="module")
def eventful_pdf() -> bytes:
    """The protocol of a failed exam before three assessors."""
    return render_exam_protocol(protocol_of(disputed()))


@pytest.fixture(scope="module")
def eventful(eventful_pdf: bytes) -> str:
    """Its words."""
    return words(eventful_pdf)


@pytest.fixture(scope="module")
def session_pdf() -> bytes:
    """The protocol of a session."""
    return made(*PAPERS[1])


@pytest.fixture(scope="module")
def session_pages(session_pdf: bytes) -> list[str]:
    """The text of its pages."""
    return page_texts(session_pdf)


@pytest.fixture(scope="module")
def dossier() -> str:
    """The dossier of a candidate on whom nobody has decided."""
    return words(made(*PAPERS[2]))
