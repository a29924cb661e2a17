"""The scheduling desk as a Django app."""

from django.apps import AppConfig

from clinic import subjects

RULES = ("location", "clinician", "appointmenttype", "workinghours", "scheduleexception")
VISITS = ("appointment", "appointmentevent")


class SchedulingConfig(AppConfig):
    """Clinicians, hours, visits."""

    name = "scheduling"
    verbose_name = "Schedule"

    def ready(self) -> None:
        """Name our pages, messages, rights and what the database must refuse."""
        from clinic import links, roles, triggers  # noqa: PLC0415 - models can be imported only now
        from scheduling import guard, link_messages, messages, selectors, transitions  # noqa: PLC0415 - as above

        triggers.append_only("scheduling_appointmentevent")
        guard.register_triggers()
        transitions.register_triggers()
        messages.register_kinds()
        link_messages.register_kinds()
        links.register("time", "scheduling:time")
        links.register("visit", "scheduling:visit")

        # Rules belong to the manager, visits to the desk; the others read (design.md, section 8).
        for role in roles.Role:
            roles.grant(role, [f"scheduling.view_{model}" for model in (*RULES, *VISITS)])
        for role in (roles.Role.FRONT_DESK, roles.Role.MANAGER):
            roles.grant(role, ["scheduling.add_appointment", "scheduling.change_appointment"])
        changes = [f"scheduling.{action}_{model}" for action in ("add", "change", "delete") for model in RULES]
        roles.grant(roles.Role.MANAGER, changes)
        subjects.register(
            "scheduling.appointment",
            "admin:scheduling_appointment_change",
            search=lambda term: selectors.visits_matching(term).values_list("pk", flat=True),
        )
