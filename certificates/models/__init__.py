"""Decisions, contracts, certificates with their history, and what becomes of them afterwards."""

from certificates.models.cases import CaseFile, MisuseCase, Surveillance
from certificates.models.certificates import Certificate, CertificateCopy, CertificateEvent, Suspension
from certificates.models.contracts import Contract, ContractTemplate
from certificates.models.decisions import Decision, DecisionReview
from certificates.models.duties import CalendarCorrection, CalendarFeed, Duty, Reminder
from certificates.models.papers import RenewalPaper
from certificates.models.register import RegisterEntry, RegisterWord
from certificates.models.requests import ChangeNotice, Circumstance, Renewal, Replacement
from certificates.models.terms import TermsChange, TermsConsent

__all__ = [
    "CalendarCorrection",
    "CalendarFeed",
    "CaseFile",
    "Certificate",
    "CertificateCopy",
    "CertificateEvent",
    "ChangeNotice",
    "Circumstance",
    "Contract",
    "ContractTemplate",
    "Decision",
    "DecisionReview",
    "Duty",
    "MisuseCase",
    "RegisterEntry",
    "RegisterWord",
    "Reminder",
    "Renewal",
    "RenewalPaper",
    "Replacement",
    "Surveillance",
    "Suspension",
    "TermsChange",
    "TermsConsent",
]
