"""The kernel as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClinicConfig(AppConfig):
    """Users, the clinic's profile, access log, desk tasks, private links."""

    name = "clinic"
    verbose_name = "Clinic"

    def ready(self) -> None:
        """Keep what migrations cannot: role groups and database triggers (checks register on import)."""
        from clinic import checks, profile_defaults, purging, roles, triggers  # noqa: F401, PLC0415 - after the app registry

        post_migrate.connect(roles.sync_roles_after_migrate)
        post_migrate.connect(triggers.install_after_migrate)
        post_migrate.connect(profile_defaults.ensure_after_migrate)
        triggers.append_only("clinic_accessevent")
        triggers.append_only("clinic_contentversion")
        triggers.append_only("clinic_purgerecord")
        triggers.append_only("clinic_auditseal")
        roles.grant_kernel()
        purging.register_kernel()
