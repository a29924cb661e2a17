"""The intake desk as a Django app."""

from django.apps import AppConfig

from clinic import subjects


class IntakeConfig(AppConfig):
    """Patients and consultation requests."""

    name = "intake"
    verbose_name = "Requests"

    def ready(self) -> None:
        """Say what each role may do here, and which letters we write."""
        from clinic.roles import Role, grant  # noqa: PLC0415 - models can be imported only now
        from intake import messages, selectors  # noqa: PLC0415 - as above
        from notifications import kinds  # noqa: PLC0415 - as above

        tables = ("patient", "consultationrequest", "possiblematch")
        for role in Role:
            grant(role, [f"intake.view_{table}" for table in tables])
        for role in (Role.FRONT_DESK, Role.MANAGER):
            grant(role, [f"intake.change_{table}" for table in tables])
        kinds.register(messages.REQUEST_RECEIVED)
        subjects.register(
            selectors.SUBJECT,
            "admin:intake_consultationrequest_change",
            search=lambda term: selectors.requests_matching(term).values_list("pk", flat=True),
        )
