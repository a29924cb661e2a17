"""What the demo clinic needs of this desk. `scheduling.records.seed` calls it, and knows no questionnaire."""

from clinic.models import User
from intake.screening import definitions


def sign_demo_questionnaires(*, by: User) -> int:
    """Have the demo's medical director sign what was shipped and is not in use yet. Returns how many."""
    return definitions.sign_shipped(by=by)
