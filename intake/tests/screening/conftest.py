"""Fixtures for sittings."""

from typing import Any

import pytest


@pytest.fixture
def signed(db: None) -> None:
    """Questionnaires signed, screening on."""
    from intake.tests.screening.sitting_steps import sign_all  # noqa: PLC0415 - models are not loaded yet

    sign_all()


@pytest.fixture
def person(signed: None) -> Any:
    """Somebody invited, at the first page."""
    from intake.tests.screening.sitting_steps import Person, make_screening  # noqa: PLC0415 - as above

    return Person(make_screening())
