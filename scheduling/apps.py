"""The scheduling desk as a Django app."""

from django.apps import AppConfig

from clinic import subjects

RULES = ("location", "clinician", "appointmenttype", "workinghours", "scheduleexception")
VISITS = ("appointment", "appointmentevent", "visitoutcome", "waitlistentry", "waitlistoffer")


def _rights() -> dict[str, list[str]]:
    """Rules belong to the manager, visits to the desk, the next step to clinicians too; all read (design.md, section 8)."""
    desk = ["scheduling.add_appointment", "scheduling.change_appointment"]
    outcome = ["scheduling.change_visitoutcome"]
    reports = "scheduling.view_reports"
    changes = [f"scheduling.{action}_{model}" for action in ("add", "change", "delete") for model in RULES]
    views = [f"scheduling.view_{model}" for model in (*RULES, *VISITS)]
    return {
        "Front desk": [*views, *desk, *outcome, reports],
        "Manager": [*views, *desk, *outcome, *changes, reports, "scheduling.export_reports"],
        "Clinician": [*views, *outcome],
        "Medical director": [*views, *outcome, reports],
        "Auditor": [*views, reports],
    }


class SchedulingConfig(AppConfig):
    """Clinicians, hours, visits."""

    name = "scheduling"
    verbose_name = "Schedule"

    def ready(self) -> None:
        """Name our pages, messages, rights and what the database must refuse."""
        from clinic import links, roles, triggers  # noqa: PLC0415 - models can be imported only now
        from scheduling import (  # noqa: PLC0415 - as above
            clinic_messages,
            guard,
            link_messages,
            messages,
            reminder_messages,
            screening_messages,
            selectors,
            staff_messages,
            transitions,
        )
        from scheduling.waiting import messages as waiting_messages  # noqa: PLC0415 - as above

        triggers.append_only("scheduling_appointmentevent")
        guard.register_triggers()
        transitions.register_triggers()
        messages.register_kinds()
        link_messages.register_kinds()
        clinic_messages.register_kinds()
        reminder_messages.register_kinds()
        screening_messages.register_kinds()
        staff_messages.register_kinds()
        waiting_messages.register_kinds()
        links.register("calendar", "scheduling:calendar")
        links.register("offer", "scheduling:offer")
        links.register("time", "scheduling:time")
        links.register("visit", "scheduling:visit")

        for role, names in _rights().items():
            roles.grant(roles.Role(role), names)
        subjects.register(waiting_messages.SUBJECT, "admin:scheduling_waitlistoffer_change")
        subjects.register(
            "scheduling.appointment",
            "admin:scheduling_appointment_change",
            search=lambda term: selectors.visits_matching(term).values_list("pk", flat=True),
            when=selectors.start_of_visit,
        )
