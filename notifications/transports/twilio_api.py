"""Twilio's API with our manners: what its texts and its calls share.

The SDK has no timeout by default, retries and follows proxies and TWILIO_EDGE from the environment,
and its exception drops Retry-After; all four are mended here.
"""

import datetime as dt
import email.utils
import logging
from collections.abc import Callable, Collection
from typing import Any, ClassVar

import requests
import urllib3
from django.conf import settings
from django.utils import timezone
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from notifications.transports.contract import Accepted, Outgoing, TransportError

OPTED_OUT = 21610
OUR_ACCOUNT = {401, 403}  # credentials, suspended account
NOT_OUR_FAULT = {401, 403, 404, 408, 409, 425, 429}  # credentials, account, load: another try may do
SERVER_ERROR = 500
CLOCK_SLACK = dt.timedelta(minutes=2)
NEVER_LEFT = {"failed", "undelivered", "canceled"}
MOST_LISTED = 50
_silent = logging.getLogger("notifications.silenced_sdk")  # the SDK's log lines hold numbers and texts
_silent.setLevel(logging.CRITICAL)


class PatientHttpClient(TwilioHttpClient):
    """The SDK's HTTP client without retries, proxies and environment; remembers Retry-After."""

    def __init__(self) -> None:
        super().__init__(timeout=settings.TWILIO_TIMEOUT, max_retries=0, logger=_silent)
        self.retry_after: float | None = None
        if self.session is not None:
            self.session.trust_env = False

    def request(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().request(*args, **kwargs)
        self.retry_after = parse_retry_after((answer.headers or {}).get("Retry-After", ""))
        return answer


def parse_retry_after(text: str) -> float | None:
    """Seconds to wait, from seconds or an HTTP date (RFC 9110 10.2.3)."""
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment - timezone.now()).total_seconds()) if moment.tzinfo else None


class TwilioApi:
    """A client of Twilio, and what its errors mean to us."""

    thing: ClassVar[str]  # what it hands over, for the desk: text, call

    def __init__(self) -> None:
        self._http = PatientHttpClient()
        self._client = Client(  # type: ignore[no-untyped-call]
            settings.TWILIO_ACCOUNT_SID,
            settings.TWILIO_AUTH_TOKEN,
            http_client=self._http,
            environment={"TWILIO_EDGE": "", "TWILIO_REGION": ""},
        )
        if settings.TWILIO_API_BASE_URL:
            self._client.api.base_url = settings.TWILIO_API_BASE_URL.rstrip("/")

    def close(self) -> None:
        """Hang up."""
        if self._http.session is not None:
            self._http.session.close()

    def _hand_over(self, create: Callable[..., Any], outgoing: Outgoing, **fields: Any) -> Accepted:
        """Have Twilio make one text or call, and hear back what becomes of it. Raises TransportError."""
        callback = f"{settings.PUBLIC_BASE_URL}/webhooks/twilio/status/{outgoing.message_id}/"
        try:
            made = create(to=outgoing.address, status_callback=callback, **fields)
        except TwilioRestException as error:
            raise self._refusal(error) from error
        except requests.exceptions.RequestException as error:
            raise _broken_line(error) from error
        except (TwilioException, ValueError) as error:
            raise _garbled() from error
        if not made.sid:
            raise _garbled()
        return Accepted(provider_id=made.sid)

    def _listed(
        self, list_them: Callable[..., list[Any]], outgoing: Outgoing, *, since: dt.datetime, taken: Collection[str]
    ) -> list[Any]:
        """What Twilio made for the same number since the try began and nobody else claims. Raises TransportError."""
        try:
            made = list_them(to=outgoing.address, limit=MOST_LISTED)
        except (TwilioException, requests.exceptions.RequestException, ValueError) as error:
            raise TransportError(f"The provider cannot say whether it took the {self.thing}", code="list") from error
        return [
            one
            for one in made
            if (one.date_created is None or one.date_created >= since - CLOCK_SLACK)
            and one.sid
            and one.sid not in taken
            and str(one.status) not in NEVER_LEFT
        ]

    def _refusal(self, error: TwilioRestException) -> TransportError:
        code = str(error.code or error.status)
        if error.code == OPTED_OUT:
            return TransportError("This number stopped our texts", code=code, permanent=True, opted_out=True)
        wait = self._http.retry_after
        if error.status >= SERVER_ERROR:
            reason = f"The provider failed while it had the {self.thing}"
            return TransportError(reason, code=code, ambiguous=True, retry_after=wait)
        return TransportError(
            f"The provider refused the {self.thing}",
            code=code,
            permanent=error.status not in NOT_OUR_FAULT,
            retry_after=wait,
            our_account=error.status in OUR_ACCOUNT,
        )


def _garbled() -> TransportError:
    return TransportError("The provider's answer made no sense", ambiguous=True, code="garbled")


def _broken_line(error: requests.exceptions.RequestException) -> TransportError:
    """Without a connection nothing was sent; after that, who knows."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError) or isinstance(
        cause, urllib3.exceptions.NewConnectionError | urllib3.exceptions.SSLError
    ):
        return TransportError("The provider cannot be reached", code="unreachable")
    return TransportError("The provider's answer was lost", ambiguous=True, code="lost")
