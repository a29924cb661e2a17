"""E-mail over SMTP: text, HTML, invite, one-click unsubscribe (RFC 8058)."""

import datetime as dt
import smtplib
from collections.abc import Collection, Mapping
from email.mime.text import MIMEText
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from notifications.transports.contract import Accepted, Outgoing, TransportError

PERMANENT_FROM = 500


class SmtpTransport:
    """Hands e-mails to the server of EMAIL_URL. Django's own SMTP backend does the talking."""

    def send(self, outgoing: Outgoing) -> Accepted:
        try:
            letter = _letter(outgoing)
            letter.message()  # refuses line breaks in headers before anything is opened
        except (ValueError, UnicodeError) as error:
            raise TransportError("The e-mail cannot be written", permanent=True, code="unwritable") from error
        server = EmailBackend(timeout=settings.EMAIL_TIMEOUT)
        _open(server)
        try:
            server.send_messages([letter])
        except (ValueError, UnicodeError) as error:
            raise TransportError("The e-mail cannot be written", permanent=True, code="unwritable") from error
        except smtplib.SMTPRecipientsRefused as error:
            code = max((answer[0] for answer in error.recipients.values()), default=0)
            raise _refusal(code) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise TransportError("The mail server's answer was lost", ambiguous=True, code="lost") from error
        finally:
            _close(server)
        return Accepted(provider_id=outgoing.mail_id)

    def find(self, outgoing: Outgoing, *, since: dt.datetime, taken: Collection[str] = ()) -> Accepted | None:
        """Nobody can be asked; the same Message-ID makes a second copy one e-mail."""
        return None


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


def _refusal(code: int) -> TransportError:
    """RFC 5321 4.2.1: 4yz may work later, 5yz will not."""
    return TransportError("The mail server refused the e-mail", code=str(code), permanent=code >= PERMANENT_FROM)


def _letter(outgoing: Outgoing) -> EmailMultiAlternatives:
    name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    headers = {"Message-ID": outgoing.mail_id, "Auto-Submitted": "auto-generated"}
    if outgoing.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{outgoing.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter = EmailMultiAlternatives(
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
