"""The intake desk's part of the FHIR R4 export: Patient, QuestionnaireResponse, Observation (clinical.md 7).

`responses` follows the questionnaire's tree, `scores` gives a total only when every item is answered,
`substance` says which answers stay out unless they are asked for.
"""

from intake.fhir.resources import IntakeRecord, intake_records, patients_changed_since

__all__ = ("IntakeRecord", "intake_records", "patients_changed_since")
