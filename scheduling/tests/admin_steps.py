"""Members of staff at the schedule's pages of the admin."""

import uuid

from django.contrib.auth.models import Group
from django.urls import reverse

from clinic.models import User


def staff(client, role):
    user = User.objects.create_user(f"{uuid.uuid4().hex}@clinic.example", "x")
    user.groups.add(Group.objects.get(name=role.value))
    client.force_login(user)
    return user


def url(name, *args):
    return reverse(f"admin:scheduling_{name}", args=args)
