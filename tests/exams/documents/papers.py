"""Papers of plain snapshots, and what they say."""

import re
from functools import cache
from html import unescape
from typing import Any

from exams.documents.dossier import render_decision_dossier
from exams.documents.protocol import render_exam_protocol, render_session_protocol
from tests.exams.printed import BODY, decision_dossier, exam_protocol, session_protocol

FOOT = f"{BODY['name_az']} · {BODY['site']} səhifə"

PAPERS = [
    (render_exam_protocol, exam_protocol),
    (render_session_protocol, session_protocol),
    (render_decision_dossier, decision_dossier),
]


@cache
def made(render: Any, snapshot: Any) -> bytes:
    """A paper of the plain snapshot, rendered once for every test that only reads it."""
    pdf: bytes = render(snapshot())
    return pdf


_BLOCKS = re.compile(
    r"</?(?:p|div|section|h\d|table|thead|tbody|tr|td|th|li|ul|ol|dl|dt|dd|br|caption|header|footer)\b[^>]*>"
)

_HIDDEN = re.compile(r"<(style|head)\b.*?</\1>", re.DOTALL)


def said(fill: Any, kind: Any, snapshot: dict[str, Any]) -> str:
    """What a paper says, read before it is laid out: most rules of what it says need no pages."""
    page = _BLOCKS.sub(" ", _HIDDEN.sub("", fill(kind.from_json(snapshot))))
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def protocol_of(told: dict[str, Any]) -> dict[str, Any]:
    """The protocol of an exam as it was held."""
    return {**exam_protocol(), "held": told}
