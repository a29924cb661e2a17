import pytest
from django.db import IntegrityError, transaction

from clinic.models import AccessEvent


@pytest.mark.django_db
def test_access_event_when_changed_is_refused_by_the_database():
    event = AccessEvent.objects.create(action="read", subject_ref="x:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessEvent.objects.filter(pk=event.pk).update(reason="x")
    assert AccessEvent.objects.get().reason == ""


@pytest.mark.django_db(transaction=True)
def test_flush_empties_ledgers():
    AccessEvent.objects.create(action="read", subject_ref="x:1")
    assert AccessEvent.objects.count() == 1
