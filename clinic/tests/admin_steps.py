"""Members of staff at the admin, and work on their desk."""

import datetime as dt

from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from clinic.desk_tasks import open_task
from clinic.models import DeskTask, User

PASSWORD = "correct horse battery"


def staff(email, *roles, **fields):
    user = User.objects.create_user(email, PASSWORD, **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def a_task(number=1, **fields):
    task = open_task(
        kind=DeskTask.Kind.CALL_BACK,
        title=f"Call back {number}",
        subject_ref="intake.request:11111111-2222-3333-4444-555555555555",
        due_at=timezone.now() + dt.timedelta(hours=number),
        dedupe_key=f"test:{number}",
    )
    DeskTask.objects.filter(pk=task.pk).update(**fields)
    return task


def profile_form(client):
    """The clinic profile's form as the browser would send it back."""
    form = client.get(reverse("admin:clinic_clinicprofile_change", args=[1])).context
    fields = {name: form["adminform"].form[name].value() for name in form["adminform"].form.fields}
    for inline in form["inline_admin_formsets"]:
        formset = inline.formset
        fields |= {one.html_name: one.value() for one in formset.management_form}
        fields |= {bound.html_name: bound.value() for row in formset.forms for bound in row}
    return {name: "" if value is None else value for name, value in fields.items()} | {"licensed_states": '["MN"]'}
