"""E-mail over SMTP: text, HTML, invite, one-click unsubscribe (RFC 8058)."""

import datetime as dt
import re
import smtplib
from collections.abc import Collection, Mapping
from email.mime.text import MIMEText
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from notifications.transports.contract import Accepted, Outgoing, TransportError

OK = 250
PERMANENT_FROM = 500
NO_MAILBOX = {550, 551, 553}
ENHANCED = re.compile(r"\s*5\.(?P<subject>\d{1,3})\.\d{1,3}\b")


class SmtpTransport:
    """Hands e-mails to the server of EMAIL_URL. Django's own SMTP backend does the talking."""

    def __init__(self) -> None:
        self._server: EmailBackend | None = None

    def send(self, outgoing: Outgoing) -> Accepted:
        try:
            letter = _letter(outgoing)
            letter.message()  # refuses line breaks in headers before anything is opened
        except (ValueError, UnicodeError) as error:
            raise TransportError("The e-mail cannot be written", permanent=True, code="unwritable") from error
        server = self._line()
        is_sound = False
        try:
            server.send_messages([letter])
            is_sound = True
        except (ValueError, UnicodeError) as error:
            raise TransportError("The e-mail cannot be written", permanent=True, code="unwritable") from error
        except smtplib.SMTPRecipientsRefused as error:
            code, text = max(error.recipients.values(), default=(0, b""))
            raise _refusal(code, text, of_recipient=True) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise TransportError("The mail server's answer was lost", ambiguous=True, code="lost") from error
        finally:
            if not is_sound:
                self.close()
        return Accepted(provider_id=outgoing.mail_id)

    def find(self, outgoing: Outgoing, *, since: dt.datetime, taken: Collection[str] = ()) -> Accepted | None:
        """Nobody can be asked; the same Message-ID makes a second copy one e-mail."""
        return None

    def close(self) -> None:
        """Say goodbye."""
        server, self._server = self._server, None
        if server is not None:
            _close(server)

    def _line(self) -> EmailBackend:
        """The line of the e-mail before, when the server still answers on it; else a new one."""
        if self._server is not None and not _answers(self._server):
            self.close()
        if self._server is None:
            server = EmailBackend(timeout=settings.EMAIL_TIMEOUT)
            _open(server)
            self._server = server
        return self._server


class _Letter(EmailMultiAlternatives):
    """Built once, although it is looked at before it is sent."""

    _built: Any = None

    def message(self, **options: Any) -> Any:
        if self._built is None:
            self._built = super().message(**options)
        return self._built


def _answers(server: EmailBackend) -> bool:
    try:
        return server.connection is not None and server.connection.noop()[0] == OK
    except (OSError, smtplib.SMTPException):
        return False


def _open(server: EmailBackend) -> None:
    """Connect, STARTTLS, log in. Whatever fails here, nothing has been sent."""
    try:
        server.open()
    except smtplib.SMTPResponseException as error:
        _close(server)
        is_login = isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= PERMANENT_FROM
        raise TransportError("The mail server refused us", code=str(error.smtp_code), our_account=is_login) from error
    except (OSError, smtplib.SMTPException) as error:
        _close(server)
        raise TransportError("The mail server cannot be reached", code="unreachable") from error


def _close(server: EmailBackend) -> None:
    """Say goodbye, and close the socket also when the server does not answer that: Django leaves it open."""
    connection = server.connection
    try:
        server.close()
    except (OSError, smtplib.SMTPException):
        server.connection = None
    finally:
        if connection is not None:
            connection.close()


def _refusal(code: int, text: bytes | str, *, of_recipient: bool = False) -> TransportError:
    """RFC 5321 4.2.1: 4yz may work later, 5yz will not. RFC 3463 3.2: 5.1.z is about the address itself.

    Without an enhanced code, 550, 551 and 553 to RCPT mean that there is no such mailbox.
    """
    enhanced = ENHANCED.match(text.decode("ascii", "replace") if isinstance(text, bytes) else text)
    is_address = enhanced["subject"] == "1" if enhanced else of_recipient and code in NO_MAILBOX
    is_permanent = code >= PERMANENT_FROM
    return TransportError(
        "The mail server knows no such address"
        if is_permanent and is_address
        else "The mail server refused the e-mail",
        code=str(code),
        permanent=is_permanent,
        bounced=is_permanent and is_address,
    )


def _letter(outgoing: Outgoing) -> _Letter:
    name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    headers = {"Message-ID": outgoing.mail_id, "Auto-Submitted": "auto-generated"}
    if outgoing.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{outgoing.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter = _Letter(
        subject=outgoing.subject,
        body=outgoing.text,
        from_email=formataddr((name or outgoing.sender_name, sender)),
        to=[outgoing.address],
        headers=headers,
    )
    if outgoing.html:
        letter.attach_alternative(outgoing.html, "text/html")
    for attachment in outgoing.attachments:
        letter.attach(_part(attachment))
    return letter


def _part(attachment: Mapping[str, str]) -> MIMEText:
    """A text file with its parameters: `text/calendar; method=REQUEST` is what makes an invite one."""
    mime, *parameters = (part.strip() for part in attachment["mime"].split(";"))
    part = MIMEText(attachment["text"], mime.partition("/")[2], "utf-8")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.lower() != "charset":
            part.set_param(name, value.strip('"'))
    part.add_header("Content-Disposition", "attachment", filename=attachment["name"])
    return part
