"""The panel settles where its sheets differ, and signs off."""

import pytest

from audit.queries import timeline
from core.errors import NotAllowed
from exams.dossier import stage_dossier
from exams.models import Settlement, StageRun
from exams.services.settling import settle
from exams.services.sheets import abstain
from exams.services.sign_off import sign_off_stage
from tests.exams.factories import ended_stage, interest, marked_stage, sealed, sealed_stage, sheet_of
from tests.exams.panel.steps import address, refused_code, step

pytestmark = pytest.mark.django_db


# --- Settling ---------------------------------------------------------------------------------------------------------
def test_lead_settles_by_the_form_and_returns_to_the_step(differing, assessor, member, sign_in):
    client = sign_in(assessor)
    path = address(differing, "settle", "BQ.2") + "?show=differing"
    answer = client.post(path, {"value": "not_met", "reason": "Sual qapalı idi"})
    assert answer["Location"] == address(differing) + "?show=differing#step-BQ.2"
    said = Settlement.objects.get()
    assert (said.step.code, said.value, said.reason, said.settled_by) == ("BQ.2", False, "Sual qapalı idi", assessor)
    assert timeline(differing)[0].verb == "stage.settle"
    marks = {mark.sheet.assessor: mark.value for mark in stage_dossier(differing).settled[0].marks}
    assert marks == {assessor: True, member: False}
    assert "Sual qapalı idi" in client.get(address(differing)).content.decode()


def test_settlement_may_change_until_sign_off(differing, assessor, sign_in):
    settle(differing, step(differing, "BQ.2"), value=True, reason="Bir", actor=assessor)
    client = sign_in(assessor)
    page = client.get(address(differing, "settle", "BQ.2"))
    assert page.context["form"].initial == {"value": "met", "reason": "Bir"}
    client.post(address(differing, "settle", "BQ.2"), {"value": "not_met", "reason": "İki"})
    assert list(Settlement.objects.values_list("value", "reason")) == [(False, "İki")]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"value": "met", "reason": " "}, 422),
        ({"value": "", "reason": "Səbəb"}, 422),
        ({"value": "maybe", "reason": "Səbəb"}, 422),
        ({"value": "met", "reason": "ə" * 1001}, 422),
    ],
)
def test_refused_settlement_keeps_what_was_typed(differing, assessor, sign_in, data, status):
    answer = sign_in(assessor).post(address(differing, "settle", "BQ.2"), data)
    assert (answer.status_code, Settlement.objects.count()) == (status, 0)
    assert data["reason"].strip() in answer.content.decode()


def test_step_on_which_all_agree_is_not_settled(differing, assessor, sign_in):
    answer = sign_in(assessor).post(address(differing, "settle", "BQ.5"), {"value": "met", "reason": "Səbəb"})
    assert (answer.status_code, Settlement.objects.count()) == (422, 0)


def test_step_of_another_stage_is_not_found(differing, assessor, sign_in):
    foreign = differing.stage.version.stages.get(code="P2").steps.exclude(code__in=_codes(differing)).first()
    assert foreign is not None
    assert sign_in(assessor).get(address(differing, "settle", foreign.code)).status_code == 404


def _codes(run: StageRun) -> list[str]:
    return list(run.stage.steps.values_list("code", flat=True))


def test_nothing_is_settled_before_all_have_sealed(ended, assessor):
    marked_stage(ended, assessor=assessor)
    sealed(sheet_of(ended, assessor))
    call = lambda: settle(ended, step(ended, "BQ.2"), value=True, reason="Səbəb", actor=assessor)  # noqa: E731
    assert refused_code(call) == "sealing"


def test_nothing_is_settled_after_sign_off(differing, assessor):
    for code in ("BQ.2", "BQ.4"):
        settle(differing, step(differing, code), value=True, reason="Səbəb", actor=assessor)
    sign_off_stage(differing, actor=assessor)
    call = lambda: settle(differing, step(differing, "BQ.2"), value=False, reason="Səbəb", actor=assessor)  # noqa: E731
    assert refused_code(call) == "signed"


def test_member_speaks_when_the_lead_has_abstained(ended, assessor, member):
    marked_stage(ended, assessor=member)
    abstain(sheet_of(ended, assessor), reason="Xəstələndim", actor=assessor)
    sealed(sheet_of(ended, member))
    with pytest.raises(NotAllowed):
        sign_off_stage(ended, actor=assessor)
    assert sign_off_stage(ended, actor=member).passed is True


def test_member_speaks_when_the_lead_has_an_interest(differing, attempt, assessor, member):
    interest(attempt.person, assessor)
    assert (
        refused_code(lambda: settle(differing, step(differing, "BQ.2"), value=True, reason="S", actor=assessor))
        == "lead"
    )
    assert settle(differing, step(differing, "BQ.2"), value=True, reason="S", actor=member).value is True


# --- Sign-off ---------------------------------------------------------------------------------------------------------
def test_sign_off_waits_for_the_open_differences_and_names_them(differing, assessor, sign_in):
    client = sign_in(assessor)
    answer = client.post(address(differing, "sign_off"), {})
    assert answer.status_code == 422
    assert "BQ.2, BQ.4" in answer.content.decode()
    assert client.get(address(differing)).context["sign_off_form"] is None


def test_panel_signs_off_what_it_settled(differing, assessor, sign_in):
    settle(differing, step(differing, "BQ.2"), value=False, reason="Səbəb", actor=assessor)
    settle(differing, step(differing, "BQ.4"), value=True, reason="Səbəb", actor=assessor)
    client = sign_in(assessor)
    assert client.get(address(differing)).context["sign_off_form"] is not None
    assert client.post(address(differing, "sign_off"), {})["Location"] == address(differing)
    differing.refresh_from_db()
    assert (differing.met, differing.total, differing.signed_off_by) == (26, 27, assessor)
    assert client.post(address(differing, "sign_off"), {}).status_code == 422


def test_sign_off_of_a_short_stage_asks_for_the_reason(attempt, assessor, sign_in):
    run = sealed_stage(marked_stage(ended_stage(attempt, minutes=20)))
    client = sign_in(assessor)
    assert 'name="short_reason"' in client.get(address(run)).content.decode()
    assert client.post(address(run, "sign_off"), {}).status_code == 422
    assert client.post(address(run, "sign_off"), {"short_reason": "Müştəri getdi"}).status_code == 302
    run.refresh_from_db()
    assert run.short_reason == "Müştəri getdi"


def test_verdict_so_far_names_what_is_open_and_what_was_missed(differing, assessor, sign_in):
    client = sign_in(assessor)
    critical = differing.stage.steps.filter(critical=True, code__in=["BQ.2", "BQ.4"]).first()
    page = client.get(address(differing)).content.decode()
    assert "2 addım üzrə heyət hələ qərar verməlidir: BQ.2, BQ.4." in page
    for code in ("BQ.2", "BQ.4"):
        settle(differing, step(differing, code), value=False, reason="Səbəb", actor=assessor)
    page = client.get(address(differing)).content.decode()
    assert critical is not None
    assert f"<li><strong>{critical.code}</strong> {critical.statement}</li>" in page
