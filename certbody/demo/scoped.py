"""Holders under the demo's own scheme, which has scopes and is renewed on evidence: no body certifies by it."""

from datetime import date, datetime, timedelta
from pathlib import Path

from certbody.demo import cast
from certbody.demo.cast import DEMO_SCHEME
from certbody.demo.holders import apply_to_renew, certificate_of
from certbody.demo.stories import Afterwards, Story, examined, issue, session_day, workday
from certbody.demo.world import World, accept, at
from certificates.models import Renewal
from certificates.services.decisions import decide_renewal
from certificates.services.lifecycle import Because, reduce_scope
from certificates.services.renewal_papers import request_renewal_dossier
from certificates.states import Ground
from exams.models import Attempt

SCHEME_FILE = Path(__file__).parent / "demo-scheme.toml"


def scoped(world: World, now: datetime) -> list[Story]:
    """Return the stories; they begin after those of the body's own scheme."""
    today = now.date()
    winter, past = workday(today, -300), workday(today, -672)
    return [
        session_day(world, "scoped", winter, scheme=DEMO_SCHEME),
        session_day(world, "scoped past", past, scheme=DEMO_SCHEME),
        examined(world, "reduced", winter, 0, after=_is_reduced(today)),
        examined(world, "practised", past, 0, after=_renews_on_evidence(today, decided=True)),
        examined(world, "evidence", past, 1, after=_renews_on_evidence(today, decided=False)),
    ]


def _is_reduced(today: date) -> Afterwards:
    """Gives group sessions up: a new copy names the scopes that stay."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        yield at(today - timedelta(days=33), 11)
        because = Because(
            ground=Ground.HOLDER_WISH,
            reason="Sahibi qrup görüşləri aparmadığını bildirib və əhatə dairəsinin azaldılmasını xahiş edib.",
            public_reason="Sahibin müraciəti əsasında əhatə dairəsi azaldılıb.",
        )
        reduce_scope(certificate_of(attempt), because, scopes=["individual", "online"], actor=world.staff(cast.OFFICER))

    return story


def _renews_on_evidence(today: date, *, decided: bool) -> Afterwards:
    """Shows the practice of two years; decided on from the dossier alone, or waiting for that."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        yield at(today - timedelta(days=16), 21)
        renewal = apply_to_renew(certificate_of(attempt))
        yield at(today - timedelta(days=12), 10, 30)
        accept(renewal.application, world.staff(cast.OFFICER))
        if not decided:
            return
        yield at(today - timedelta(days=7), 15)
        decider = world.staff(cast.DECIDER)
        renewal = Renewal.objects.get(pk=renewal.pk)
        decide_renewal(
            renewal, actor=decider, outcome="granted",
            reasons="Təqdim olunan siyahı və təsvir davamlı fəaliyyəti göstərir; müstəqilliyə mane olan hal yoxdur.",
        )  # fmt: skip
        yield at(today - timedelta(days=7), 15, 20)
        request_renewal_dossier(renewal, actor=decider)

    return story
