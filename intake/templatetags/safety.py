"""The banner on every staff page: whether somebody must be called, whatever became of the alerts."""

from typing import Any

from django import template
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.utils import timezone

from clinic.models import ClinicProfile, OnCallShift
from intake.models import SafetyEvent, SafetyItem

register = template.Library()


@register.inclusion_tag("admin/desk/_safety_banner.html", takes_context=True)
def safety_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Counts of the live items by state; nothing for who may not know. One query, the same on every page."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated or not user.has_perm("intake.see_call_needed"):
        return {}
    now = timezone.now()
    live = SafetyItem.objects.exclude(state=SafetyItem.State.CLOSED)
    waiting = live.filter(state=SafetyItem.State.OPEN)
    failures = SafetyEvent.objects.filter(item=OuterRef("pk"), kind=SafetyEvent.Kind.ALERT_FAILED)
    counts: dict[str, Any] = {
        "waiting": _number(waiting),
        "taken": _number(live.filter(state=SafetyItem.State.ACKNOWLEDGED)),
        "late": _number(live.filter(contact_due_at__lt=now)),
        "failed": _number(waiting.filter(Exists(failures))),
        "on_call": Exists(OnCallShift.objects.filter(starts_at__lte=now, ends_at__gt=now, user__is_active=True)),
    }
    rows = ClinicProfile.objects.filter(pk=1).annotate(**counts)
    profile = rows.first()
    if profile is None:  # it is made when first asked for
        ClinicProfile.current()
        profile = rows.get()
    context["request"].clinic_profile = profile  # the rest of the page need not read it again
    found = {name: getattr(profile, name) for name in counts}
    return {**found, "nobody_on_call": profile.screening_on and not found["on_call"]}


def _number(items: QuerySet[SafetyItem]) -> Subquery:
    """How many, as a part of a larger query."""
    return Subquery(items.order_by().values(all=Value(1)).annotate(number=Count("pk")).values("number"))
