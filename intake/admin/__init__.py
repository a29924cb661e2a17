"""The staff's side of the intake desk, by subject."""

from intake.admin import calls, people, questionnaires, screening

__all__ = ("calls", "people", "questionnaires", "screening")
