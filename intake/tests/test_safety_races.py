import pytest

from clinic.base import ClinicError
from intake import safety
from intake.models import SafetyEvent, SafetyItem, SafetyLevel
from intake.tests.factories import make_request
from intake.tests.safety_steps import clinician
from intake.tests.test_races import AT_ONCE, run_at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_answers_saved_at_once_make_one_item_of_the_highest_level():
    request = make_request()
    levels = [SafetyLevel.URGENT_SAME_DAY, SafetyLevel.EMERGENCY, SafetyLevel.URGENT] * (AT_ONCE // 3)

    run_at_once(
        lambda number: safety.raise_item(
            patient=request.patient, request=request, level=levels[number], trigger=f"rule-{number % 3}"
        )
    )

    assert SafetyItem.objects.get().level == SafetyLevel.EMERGENCY
    assert SafetyEvent.objects.filter(kind__in=("raised", "level_raised")).count() == AT_ONCE // 2


def test_two_clinicians_at_once_one_owns_it():
    request = make_request()
    item = safety.raise_item(patient=request.patient, request=request, level=SafetyLevel.URGENT, trigger="rule")
    people = [clinician(f"c{number}") for number in range(AT_ONCE)]

    results = run_at_once(lambda number: safety.acknowledge(item=SafetyItem.objects.get(pk=item.pk), by=people[number]))

    assert sum(isinstance(result, ClinicError) for result in results) == AT_ONCE - 1
    assert SafetyEvent.objects.filter(kind="acknowledged").count() == 1
