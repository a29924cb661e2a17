import base64
import datetime as dt
import os
from io import StringIO

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import override_settings
from django.test.utils import isolate_apps

from clinic import checks, crypto
from clinic.management.commands import rotate_keys

OLD, NEW = os.urandom(32), os.urandom(32)


with isolate_apps("clinic"):  # so that no other test meets this table

    class Note(models.Model):
        """A table of the tests only."""

        text = crypto.EncryptedField(null=True, context="clinic.test.text")
        words = crypto.EncryptedTextField(null=True, context="clinic.test.words")
        on = crypto.EncryptedDateField(null=True, context="clinic.test.on")

        class Meta:
            app_label = "clinic"
            managed = False

        def __str__(self):
            return str(self.pk)


@pytest.fixture
def notes(db, monkeypatch):
    columns = [(Note, field) for field in Note._meta.local_fields if isinstance(field, crypto.EncryptedField)]
    monkeypatch.setattr(rotate_keys, "encrypted_fields", lambda: iter(columns))
    with connection.cursor() as cursor:
        key = "integer PRIMARY KEY" if connection.vendor == "sqlite" else "serial PRIMARY KEY"
        # By hand: a schema editor cannot work inside a test's transaction on SQLite.
        cursor.execute(f'CREATE TABLE clinic_note (id {key}, "text" text, words text, "on" text)')
    yield Note.objects
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE clinic_note")


def _raw(column="text"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM clinic_note ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("value", [0, False, "", [], {}, [0, None], "ünï 🙂", {"a": 1}, 1.5, "x" * 10_000])
def test_encrypted_field_brings_back_what_was_saved(notes, value):
    notes.create(text=value)

    assert notes.get().text == value
    assert type(notes.get().text) is type(value)


def test_encrypted_field_keeps_none_as_null(notes):
    notes.create(text=None)

    assert notes.filter(text__isnull=True).count() == 1
    assert _raw() == [None]


def test_encrypted_date_field_brings_back_a_date(notes):
    notes.create(on=dt.date(1990, 2, 28))

    assert notes.get().on == dt.date(1990, 2, 28)


def test_encrypted_field_writes_no_plain_text_and_never_twice_the_same(notes):
    notes.create(text="canary")
    notes.create(text="canary")

    first, second = _raw()
    assert "canary" not in first
    assert first != second


def test_encrypted_field_under_another_key_raises(notes):
    with override_settings(FIELD_KEYS={"k1": OLD}):
        notes.create(text="canary")

    with override_settings(FIELD_KEYS={"k1": NEW}), pytest.raises(crypto.DecryptError) as caught:
        notes.get()

    assert "canary" not in str(caught.value)


def test_encrypted_field_when_a_value_was_moved_to_another_column_raises(notes):
    notes.create(text="canary")
    with connection.cursor() as cursor:
        cursor.execute('UPDATE clinic_note SET words = "text"')

    with pytest.raises(crypto.DecryptError):
        notes.get()


@pytest.mark.parametrize("damaged", ["", "k1", "k1.", "k1.AAAA", "k9.AAAA", "k1.!!", "ü.ü", "plain text"])
def test_decrypt_when_damaged_raises_its_own_error(damaged):
    with override_settings(FIELD_KEYS={"k1": OLD}), pytest.raises(crypto.DecryptError):
        crypto.decrypt(damaged, context="x")


@pytest.mark.parametrize("lookup", ["text", "text__exact", "text__contains", "text__in", "text__gt", "on__year"])
def test_encrypted_field_refuses_to_be_filtered_on(lookup):
    with pytest.raises(FieldError, match="is encrypted and cannot be filtered on"):
        Note.objects.filter(**{lookup: ["x"]})
    with pytest.raises(FieldError, match="is encrypted and cannot be filtered on"):
        Note.objects.exclude(**{lookup: ["x"]})


def test_encrypted_field_is_not_exported_by_dumpdata(notes):
    notes.create(text=["canary"])

    with pytest.raises(FieldError):
        serializers.serialize("json", notes.all())


def test_encrypted_field_deconstructs_with_its_context():
    _name, path, args, kwargs = Note._meta.get_field("words").deconstruct()

    assert (path, args, kwargs) == (
        "clinic.crypto.EncryptedTextField",
        [],
        {"null": True, "context": "clinic.test.words"},
    )


def test_encrypted_fields_make_fitting_form_fields():
    form = forms.modelform_factory(Note, fields=["text", "words", "on"])

    assert [type(field).__name__ for field in form.base_fields.values()] == ["JSONField", "CharField", "DateField"]
    assert form.base_fields["words"].empty_value is None
    assert crypto.EncryptedTextField(context="x").formfield().empty_value == ""


def test_encrypted_fields_are_saved_by_a_form(notes):
    form_class = forms.modelform_factory(Note, fields=["text", "words", "on"])

    form = form_class({"text": "[0, 1]", "words": "hello", "on": "1990-02-28"})
    form.save()

    saved = notes.get()
    assert (saved.text, saved.words, saved.on) == ([0, 1], "hello", dt.date(1990, 2, 28))
    assert form_class(instance=saved).initial == {"text": [0, 1], "words": "hello", "on": dt.date(1990, 2, 28)}


def test_encrypted_field_without_context_is_reported():
    field = crypto.EncryptedField()
    field.set_attributes_from_name("text")
    field.model = Note

    assert [message.id for message in field.check()] == ["clinic.E002"]


def test_encryption_contexts_used_twice_are_reported(monkeypatch):
    pairs = [(Note, Note._meta.get_field("text"))] * 2
    monkeypatch.setattr(crypto, "encrypted_fields", lambda: iter(pairs))

    assert [message.id for message in checks.check_encryption_contexts()] == ["clinic.E003"]


def test_encryption_contexts_of_the_product_are_each_used_once():
    assert checks.check_encryption_contexts() == []


def test_rotate_keys_walks_every_encrypted_column_of_the_product(db):
    out = StringIO()

    call_command("rotate_keys", stdout=out)

    assert "intake.ConsultationRequest.message: 0 written again, 0 unreadable" in out.getvalue()


def _fill(notes, count=5):
    with override_settings(FIELD_KEYS={"k1": OLD}):
        for number in range(count):
            notes.create(text=number, on=dt.date(2000, 1, 1 + number))


def test_rotate_keys_writes_everything_under_the_first_key(notes):
    _fill(notes)

    with override_settings(FIELD_KEYS={"k2": NEW, "k1": OLD}):
        notes.create(text="new")
        untouched = _raw()[-1]
        out = StringIO()
        call_command("rotate_keys", "--batch", "2", stdout=out)

    assert "clinic.Note.text: 5 written again, 0 unreadable" in out.getvalue()
    assert _raw()[-1] == untouched
    with override_settings(FIELD_KEYS={"k2": NEW}):
        assert [note.text for note in notes.order_by("id")] == [0, 1, 2, 3, 4, "new"]
        assert notes.order_by("id").first().on == dt.date(2000, 1, 1)


def test_rotate_keys_when_run_again_changes_nothing(notes):
    _fill(notes)
    with override_settings(FIELD_KEYS={"k2": NEW, "k1": OLD}):
        call_command("rotate_keys", stdout=StringIO())
        before = _raw()
        call_command("rotate_keys", stdout=StringIO())

    assert _raw() == before


def test_rotate_keys_when_a_row_is_edited_meanwhile_keeps_the_edit(notes, monkeypatch):
    _fill(notes, count=1)
    pages = rotate_keys._stale

    def edited_after_reading(*args):
        for pk, raw in pages(*args):
            notes.filter(pk=pk).update(text="edited")
            yield pk, raw

    monkeypatch.setattr(rotate_keys, "_stale", edited_after_reading)
    with override_settings(FIELD_KEYS={"k2": NEW, "k1": OLD}):
        result = rotate_keys.rotate_column(Note, Note._meta.get_field("text"), batch=10)

        assert notes.get().text == "edited"
    assert result == (0, 0)


def test_rotate_keys_when_a_key_is_missing_says_so_and_does_the_rest(notes):
    _fill(notes, count=1)
    with override_settings(FIELD_KEYS={"k9": os.urandom(32)}):
        notes.create(text="lost")

    with override_settings(FIELD_KEYS={"k2": NEW, "k1": OLD}), pytest.raises(CommandError, match="1 values"):
        call_command("rotate_keys", stdout=StringIO())

    assert [raw.partition(".")[0] for raw in _raw()] == ["k2", "k9"]


def test_ciphertext_names_its_key_and_nothing_else():
    with override_settings(FIELD_KEYS={"k7": OLD}):
        name, _, body = crypto.encrypt("x", context="c").partition(".")

    assert name == "k7"
    assert len(base64.urlsafe_b64decode(body)) == crypto.NONCE_BYTES + len('"x"') + 16
