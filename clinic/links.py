"""Private links: what lets a person without an account back to their own request or visit.

A token is the first 128 bits of HMAC-SHA256(secret, purpose | object id | generation). It is not
stored, only its SHA-256 is, so a stolen database opens nothing; yet it can be written again into a
reminder. A link is bound to one purpose. Raising the generation makes every earlier token dead.

Texts that wait to be sent hold a placeholder (`placeholder()`); the token is put in at the last
moment by `fill()`, and what staff see goes through `mask()`.
"""

import base64
import hashlib
import hmac
import re
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.crypto import salted_hmac

from clinic.base import ClinicError
from clinic.models import PrivateLink

TOKEN_BYTES = 16
PLACEHOLDER = re.compile(r"\[\[link:(?P<purpose>[a-z_]+):(?P<object_id>[0-9a-f-]{36})(?P<suffix>[a-z./]*)\]\]")

_url_names: dict[str, str] = {}


class LinkError(ClinicError):
    """The link is unknown, was replaced, or is for another page. One answer for all three."""


def register(purpose: str, url_name: str) -> None:
    """Say which page a purpose opens; `url_name` takes one argument, `token`. Call from `ready()`."""
    _url_names[purpose] = url_name


def _token(link: PrivateLink) -> str:
    message = f"{link.purpose}|{link.object_id}|{link.generation}"
    digest = salted_hmac("clinic.links", message, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).rstrip(b"=").decode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def token_for(purpose: str, object_id: uuid.UUID) -> str:
    """The live token of this object for this purpose; makes the link when there is none yet."""
    with transaction.atomic():
        link, made = PrivateLink.objects.get_or_create(purpose=purpose, object_id=object_id)
        token = _token(link)
        if made or link.token_digest != _digest(token):  # a new SECRET_KEY gives new tokens
            PrivateLink.objects.filter(pk=link.pk, generation=link.generation).update(token_digest=_digest(token))
    return token


def resolve(purpose: str, token: str) -> uuid.UUID:
    """The id of the object a token opens. Raises LinkError."""
    link = PrivateLink.objects.filter(token_digest=_digest(token), purpose=purpose).first()
    if link is None or not hmac.compare_digest(_token(link).encode(), token.encode("utf-8", "replace")):
        raise LinkError("This link does not work any more.")
    return link.object_id


def revoke(purpose: str, object_id: uuid.UUID) -> None:
    """Make every token given out so far dead. The next `token_for()` makes a new one."""
    PrivateLink.objects.filter(purpose=purpose, object_id=object_id).update(
        generation=F("generation") + 1, token_digest=None
    )


def path_for(purpose: str, object_id: uuid.UUID) -> str:
    """The path of the private page, token included. Never log it."""
    return reverse(_url_names[purpose], kwargs={"token": token_for(purpose, object_id)})


def url_for(purpose: str, object_id: uuid.UUID) -> str:
    """The full address of the private page under `PUBLIC_BASE_URL`."""
    return f"{settings.PUBLIC_BASE_URL}{path_for(purpose, object_id)}"


def placeholder(purpose: str, object_id: uuid.UUID, suffix: str = "") -> str:
    """What stands in a stored text where the link will be; `suffix` is a page below it, as `cancel/`."""
    return f"[[link:{purpose}:{object_id}{suffix}]]"


def fill(text: str) -> str:
    """Replace each placeholder by its full address. For the transport only."""
    return PLACEHOLDER.sub(
        lambda match: url_for(match["purpose"], uuid.UUID(match["object_id"])) + match["suffix"], text
    )


def mask(text: str) -> str:
    """Replace each placeholder by words. For staff and previews."""
    return PLACEHOLDER.sub(lambda match: f"[private link: {match['purpose']}]", text)
