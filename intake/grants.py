"""What each role may do at the intake desk (design.md 8): the front desk sees neither answers nor flags."""

from clinic.roles import Role, grant

DESK_TABLES = ("patient", "consultationrequest", "possiblematch")
CALL_TABLES = ("contactattempt", "callclaim")
ANSWER_TABLES = ("screeningresponse", "responserevision", "flag", "safetyitem", "safetyevent")


def grant_desk() -> None:
    """People and their requests."""
    for role in Role:
        grant(role, [f"intake.view_{table}" for table in (*DESK_TABLES, *CALL_TABLES)])
    for role in (Role.FRONT_DESK, Role.MANAGER):
        grant(role, [f"intake.change_{table}" for table in DESK_TABLES])
    for role in (Role.MANAGER, Role.AUDITOR):
        grant(role, ["intake.view_patientmerge"])
    grant(Role.MANAGER, ["intake.merge_patient"])


def grant_screening() -> None:
    """Questionnaires, answers, safety and sign-off."""
    for role in (Role.CLINICIAN, Role.MEDICAL_DIRECTOR):
        grant(role, [f"intake.view_{table}" for table in (*ANSWER_TABLES, "screening", "review", "questionnaire")])
        grant(role, ["intake.waive_screening", "intake.enter_answers", "intake.add_review"])
        grant(role, ["intake.settle_safetyitem"])
    for role in (Role.FRONT_DESK, Role.CLINICIAN, Role.MEDICAL_DIRECTOR, Role.MANAGER):
        grant(role, ["intake.send_screening", "intake.raise_safetyitem", "intake.see_call_needed"])
        grant(role, ["intake.view_safetyclock"])
    grant(Role.MEDICAL_DIRECTOR, ["intake.change_safetyclock"])
    grant(Role.MEDICAL_DIRECTOR, ["intake.add_questionnaire", "intake.change_questionnaire"])
