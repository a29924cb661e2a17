"""Invitations: how a member of staff gets in, and back in after a lost password or phone."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from clinic import links
from clinic.access import record_access
from clinic.accounts import sessions
from clinic.models import AccessEvent, ClinicProfile, StaffInvitation, StaffSession, User
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Channel

HOLDS_FOR = dt.timedelta(days=3)
SAMPLE_ID = "11111111-2222-3333-4444-555555555555"
INVITATION = Kind(
    name="clinic.staff_invitation",
    label="Invitation of a member of staff",
    template="staff_invitation",
    basis="staff",
    when="When a manager makes an account or sends the invitation again",
    sample={
        "link": f"[[link:invitation:{SAMPLE_ID}]]",
        "until": "Friday, November 27",
    },
)


@transaction.atomic
def invite(*, user: User, by: User | None, without_second_factor: bool = False) -> StaffInvitation:
    """Send a link that lets somebody choose a password. Earlier links of theirs end.

    `without_second_factor` also takes away the codes of a lost phone, and logs out whoever holds it: the owner
    sets up new ones at the next login.
    """
    now = timezone.now()
    for standing in StaffInvitation.objects.filter(user=user, used_at=None, expires_at__gt=now):
        links.revoke("invitation", standing.pk)
    StaffInvitation.objects.filter(user=user, used_at=None).update(expires_at=now, updated_at=now)
    invitation = StaffInvitation.objects.create(user=user, invited_by=by, expires_at=now + HOLDS_FOR)
    if without_second_factor:
        Authenticator.objects.filter(user=user).delete()
        sessions.end(StaffSession.objects.filter(user=user))
        record_access(
            by=by,
            action=AccessEvent.Action.BREAK_GLASS,
            subject_ref=f"clinic.user:{user.pk}",
            reason="Took away the second factor of a lost phone",
        )
    until = invitation.expires_at.astimezone(ClinicProfile.current().zone_info)
    outbox.enqueue_staff(
        kind=INVITATION.name,
        addresses=[(Channel.EMAIL, user.email)],
        subject_ref=f"clinic.invitation:{invitation.pk}",
        occurrence="sent",
        context={
            "link": links.placeholder("invitation", invitation.pk),
            "until": f"{until:%A, %B} {until.day}",
        },
        useless_after=invitation.expires_at,
        user=user,
    )
    return invitation


def open_invitation(*, token: str) -> StaffInvitation:
    """The invitation that a link opens. Raises LinkError when it is unknown, used or too old."""
    found = StaffInvitation.objects.select_related("user").filter(
        pk=links.resolve("invitation", token), used_at=None, expires_at__gt=timezone.now(), user__is_active=True
    )
    invitation = found.first()
    if invitation is None:
        raise links.LinkError("This invitation has ended.")
    return invitation


@transaction.atomic
def accept(*, invitation: StaffInvitation, password: str) -> bool:
    """Set the password, once: False when somebody else was faster with the same link."""
    now = timezone.now()
    taken = StaffInvitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=now, updated_at=now)
    if not taken:
        return False
    user = User.objects.select_for_update().get(pk=invitation.user.pk)
    user.set_password(password)
    user.save(update_fields=["password"])
    links.revoke("invitation", invitation.pk)
    return True
