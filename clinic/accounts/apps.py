"""Staff accounts as a Django app, so that their admin pages are found. It has no tables of its own."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Invitation, password, second factor, idle lock."""

    name = "clinic.accounts"
    label = "accounts"
    verbose_name = "Staff accounts"

    def ready(self) -> None:
        """Name the invitation's page and letter."""
        from clinic import links  # noqa: PLC0415 - models can be imported only now
        from clinic.accounts import invitations  # noqa: PLC0415 - as above
        from notifications import kinds  # noqa: PLC0415 - as above

        links.register("invitation", "welcome")
        kinds.register(invitations.INVITATION)
