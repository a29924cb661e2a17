import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic import checks, triggers
from clinic.models import AccessEvent


@pytest.fixture
def event(db):
    return AccessEvent.objects.create(action="read", subject_ref="x:1")


def test_append_only_table_refuses_change(event):
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessEvent.objects.filter(pk=event.pk).update(reason="x")

    assert AccessEvent.objects.get().reason == ""


def test_append_only_table_refuses_removal(event):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM clinic_accessevent")

    assert AccessEvent.objects.count() == 1


def test_append_only_table_refuses_to_be_emptied(event):
    # SQLite has no TRUNCATE: there the statement itself is refused.
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE clinic_accessevent")

    assert AccessEvent.objects.count() == 1


def test_check_when_a_trigger_is_missing_names_it(db):
    assert checks.check_triggers(databases=["default"]) == []

    on_table = " ON clinic_accessevent" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER clinic_accessevent_no_update{on_table}")

    (message,) = checks.check_triggers(databases=["default"])
    assert (message.id, "clinic_accessevent_no_update" in message.msg) == ("clinic.E001", True)


def test_install_all_when_repeated_puts_a_missing_trigger_back(db):
    triggers.drop_all(connection)
    triggers.install_all(connection)
    triggers.install_all(connection)

    assert triggers.missing(connection) == []


def test_lifted_triggers_are_back_after_a_failure(event):
    with pytest.raises(ZeroDivisionError), triggers.lifted(connection):
        raise ZeroDivisionError

    assert triggers.missing(connection) == []


@pytest.mark.django_db(transaction=True)
def test_flush_between_tests_empties_ledgers():
    AccessEvent.objects.create(action="read", subject_ref="x:1")

    assert AccessEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_flush_between_tests_empties_ledgers_each_time():
    assert AccessEvent.objects.count() == 0
    assert triggers.missing(connection) == []
