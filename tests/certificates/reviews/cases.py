"""What the tests of reviews do often."""

from certificates.services.decisions import decide
from certificates.states import Outcome

REASONS = "Bütün meyarlar ödənilib."
CONCLUSION = "Sertifikatın qüvvəsi dayandırılsın: P1 mərhələsi keçilməyib."


def decided(exam, decider, outcome=Outcome.GRANTED):
    return decide(exam, actor=decider, outcome=outcome, reasons=REASONS)
