"""The ledgers' seals find what was changed behind the product's back."""

import datetime as dt

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinic import audit, triggers
from clinic.models import AccessEvent, AuditSeal

pytestmark = pytest.mark.django_db
NIGHT = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
TABLE = "clinic_accessevent"


@pytest.fixture
def clock():
    with time_machine.travel(NIGHT, tick=False) as moved:
        yield moved


def events(count, clock):
    made = [AccessEvent.objects.create(action="read", subject_ref=f"x:{number}") for number in range(count)]
    clock.shift(dt.timedelta(minutes=11))
    return made


def seals():
    return list(AuditSeal.objects.filter(table=TABLE))


def problems():
    return [(problem.table, problem.what) for problem in audit.verify()]


def behind_our_back(sql, *values):
    """What the owner of the database can do: take the triggers away and write."""
    with triggers.lifted(connection, TABLE), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_every_ledger_that_numbers_its_rows_is_sealed():
    assert [model._meta.db_table for model in audit.ledgers()][:1] == [TABLE]
    assert {"notifications_consent", "notifications_deliveryevent", "scheduling_appointmentevent"} <= {
        model._meta.db_table for model in audit.ledgers()
    }


def test_seal_covers_what_was_written_since_the_last_one(clock):
    first = events(3, clock)
    audit.seal_due()
    clock.shift(dt.timedelta(hours=21))
    second = events(2, clock)
    audit.seal_due()

    ranges = [(one.first_id, one.last_id, one.rows) for one in seals()]
    assert ranges == [(1, first[-1].pk, 3), (first[-1].pk + 1, second[-1].pk, 2)]
    assert problems() == []


def test_seal_is_made_once_a_night_and_leaves_the_newest_rows_for_the_next(clock):
    events(1, clock)
    AccessEvent.objects.create(action="read", subject_ref="x:new")

    first, again = audit.seal_due(), audit.seal_due()

    assert [one.rows for one in first] == [1]
    assert again == []


def test_changed_row_is_found(clock):
    changed = events(3, clock)[1]
    audit.seal_due()

    behind_our_back(f"UPDATE {TABLE} SET subject_ref = 'x:other' WHERE id = %s", changed.pk)

    assert problems() == [(TABLE, "a row was changed")]


def test_removed_row_is_found(clock):
    removed = events(3, clock)[1]
    audit.seal_due()

    behind_our_back(f"DELETE FROM {TABLE} WHERE id = %s", removed.pk)

    assert problems() == [(TABLE, "3 rows were sealed, 2 stand there")]


def test_inserted_row_is_found(clock):
    first = events(3, clock)
    behind_our_back(f"DELETE FROM {TABLE} WHERE id = %s", first[1].pk)
    audit.seal_due()

    AccessEvent.objects.create(pk=first[1].pk, action="read", subject_ref="x:planted")

    assert problems() == [(TABLE, "2 rows were sealed, 3 stand there")]


def test_missing_and_forged_seals_are_found(clock):
    events(1, clock)
    audit.seal_due()
    clock.shift(dt.timedelta(hours=21))
    events(1, clock)
    audit.seal_due()
    first, second = seals()

    with triggers.lifted(connection, "clinic_auditseal"):
        AuditSeal.objects.filter(pk=second.pk).update(signature="0" * 64)
        AuditSeal.objects.filter(pk=first.pk).delete()

    assert {what for _table, what in problems()} == {
        "a seal is missing before it: it should begin at 1",
        "the seal was not signed by us, or under another SECRET_KEY",
        "a row was changed",  # the chain begins elsewhere
    }


def test_seals_themselves_only_grow(clock):
    events(1, clock)
    audit.seal_due()

    with pytest.raises(IntegrityError), transaction.atomic():
        AuditSeal.objects.update(digest="0")


def test_seals_of_an_earlier_key_hold_when_it_is_given(clock, settings, tmp_path):
    events(1, clock)
    audit.seal_due()
    (tmp_path / "old").write_text(f"{settings.SECRET_KEY}\n")
    settings.SECRET_KEY = "another-key-of-enough-characters-0123456789-0123456789"

    with pytest.raises(CommandError, match="1 seals do not hold"):
        call_command("verify_audit")
    call_command("verify_audit", earlier_key_file=[str(tmp_path / "old")])


def test_command_seals_checks_and_prints_what_to_keep(clock, capsys):
    events(2, clock)

    call_command("verify_audit", seal=True)

    said = capsys.readouterr().out
    assert f"{TABLE} {seals()[0].digest}" in said
    assert "Every sealed row stands as it was." in said
    assert timezone.now() > NIGHT


def test_memory_and_queries_do_not_grow_with_the_rows(clock, django_assert_num_queries):
    events(20, clock)
    audit.seal_due()

    with django_assert_num_queries(2):  # the seals, and the rows of the one
        assert list(audit._problems(AccessEvent, AuditSeal.objects.get(table=TABLE), "", 1, ("x",)))[1:] == []
