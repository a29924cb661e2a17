"""The strip of the desk's pages on every staff page: only what the reader may open, with counts on the desk's own pages."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()
SEES = "scheduling.view_appointment"
PAGES = (
    # name, address, right, name of the count
    ("Next", "scheduling:desk_next", SEES, "next"),
    ("Today", "scheduling:desk_today", SEES, "today"),
    ("Requests", "scheduling:desk_requests", SEES, "requests"),
    ("On the phone", "scheduling:desk_phone", "scheduling.add_appointment", ""),
    ("Week", "scheduling:desk_week", SEES, ""),
    ("Waiting list", "scheduling:waiting", "scheduling.view_waitlistentry", "waiting"),
    ("Safety", "intake:safety", "intake.see_call_needed", "safety"),
    ("Reports", "scheduling:desk_reports", SEES, ""),
    ("Search", "scheduling:desk_search", SEES, ""),
)
KEYS = {"scheduling:desk_phone": "n"}  # from every staff page; see static/js/desk.js


@register.inclusion_tag("admin/desk/_nav.html", takes_context=True)
def desk_nav(context: dict[str, Any]) -> dict[str, Any]:
    """The pages, and which one this is. No query: who made the page counted, or nobody did."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated or not user.has_perm(SEES):
        return {}
    counts = context.get("desk_counts") or {}
    pages = [
        {
            "label": label,
            "address": address,
            "count": counts.get(count, ""),
            "is_here": request.path == address,
            "key": KEYS.get(name, ""),
        }
        for label, name, right, count in PAGES
        if user.has_perm(right) and (address := _address(name))
    ]
    return {"pages": pages, "lists": f"{reverse('admin:index')}?lists=1"}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
