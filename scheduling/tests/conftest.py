"""Fixtures that most tests of the schedule ask for; a file with another clinic defines its own under the same name."""

from typing import Any

import pytest


@pytest.fixture
def clinician() -> Any:
    """A Clinician with the usual hours."""
    from scheduling.tests.factories import make_clinician  # noqa: PLC0415 - models are not loaded yet

    return make_clinician()


@pytest.fixture
def kind(clinician: Any) -> Any:
    """An AppointmentType that the clinician offers."""
    from scheduling.tests.factories import make_type  # noqa: PLC0415 - as above

    return make_type([clinician])


@pytest.fixture
def desk(client: Any) -> Any:
    """A User of the front desk, who is logged in."""
    return _logged_in(client, "FRONT_DESK")


@pytest.fixture
def manager(client: Any) -> Any:
    """A User who is a manager and logged in."""
    return _logged_in(client, "MANAGER")


def _logged_in(client: Any, role: str) -> Any:
    from clinic.roles import Role  # noqa: PLC0415 - as above
    from scheduling.tests.admin_steps import staff  # noqa: PLC0415 - as above

    return staff(client, Role[role])
