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
        from intake import messages  # noqa: PLC0415 - as above
        from notifications import kinds  # noqa: PLC0415 - as above

        tables = ("patient", "consultationrequest", "possiblematch")
        for role in Role:
            grant(role, [f"intake.view_{table}" for table in tables])
        for role in (Role.FRONT_DESK, Role.MANAGER):
            grant(role, ["intake.change_patient", "intake.change_possiblematch"])
        kinds.register(messages.REQUEST_RECEIVED)
        subjects.register("intake.request", "admin:intake_consultationrequest_change")
