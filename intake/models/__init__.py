"""The intake desk's tables, by subject: people and requests, what they were asked, who must be called."""

from intake.models.calls import CallClaim, ContactAttempt
from intake.models.merges import PatientMerge
from intake.models.people import ConsultationRequest, Patient, PossibleMatch
from intake.models.review import Review
from intake.models.safety import SafetyClock, SafetyEvent, SafetyItem, SafetyLevel
from intake.models.screening import Flag, FlagLevel, Questionnaire, ResponseRevision, Screening, ScreeningResponse

__all__ = (
    "CallClaim",
    "ConsultationRequest",
    "ContactAttempt",
    "Flag",
    "FlagLevel",
    "Patient",
    "PatientMerge",
    "PossibleMatch",
    "Questionnaire",
    "ResponseRevision",
    "Review",
    "SafetyClock",
    "SafetyEvent",
    "SafetyItem",
    "SafetyLevel",
    "Screening",
    "ScreeningResponse",
)
