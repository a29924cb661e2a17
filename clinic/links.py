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
from collections.abc import Sequence

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
    standing = PrivateLink.objects.filter(purpose=purpose, object_id=object_id).first()
    if standing is not None and standing.token_digest == _digest(_token(standing)):
        return _token(standing)
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
    return fill_all([text])[0]


def fill_all(texts: Sequence[str]) -> list[str]:
    """The same for the parts of several messages: all links are looked up at once."""
    known = _addresses(
        {(found["purpose"], found["object_id"]) for text in texts for found in PLACEHOLDER.finditer(text)}
    )

    def address(match: re.Match[str]) -> str:
        return known[match["purpose"], match["object_id"]] + match["suffix"]

    return [PLACEHOLDER.sub(address, text) for text in texts]


def _addresses(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The full address of each (purpose, object id), the standing ones in one query, those to be made in one."""
    ids = {object_id for _purpose, object_id in wanted}
    standing = _live_tokens(ids) if ids else {}
    missing = sorted(wanted - standing.keys())
    if missing:
        fresh = [PrivateLink(purpose=purpose, object_id=uuid.UUID(object_id)) for purpose, object_id in missing]
        for link in fresh:
            link.token_digest = _digest(_token(link))
        PrivateLink.objects.bulk_create(fresh, ignore_conflicts=True)
        standing = _live_tokens(ids)
    return {
        (purpose, object_id): settings.PUBLIC_BASE_URL
        + reverse(
            _url_names[purpose],
            kwargs={"token": standing.get((purpose, object_id)) or token_for(purpose, uuid.UUID(object_id))},
        )
        for purpose, object_id in wanted
    }


def _live_tokens(ids: set[str]) -> dict[tuple[str, str], str]:
    """Tokens of these objects whose digest stands; a revoked link, or one of an old SECRET_KEY, has none."""
    links = [(link, _token(link)) for link in PrivateLink.objects.filter(object_id__in=ids)]
    return {(link.purpose, str(link.object_id)): token for link, token in links if link.token_digest == _digest(token)}


def example(text: str) -> str:
    """Replace each placeholder by an address that looks like it and opens nothing. For measuring and previews."""
    token = "x" * len(base64.urlsafe_b64encode(bytes(TOKEN_BYTES)).rstrip(b"="))

    def address(match: re.Match[str]) -> str:
        path = reverse(_url_names[match["purpose"]], kwargs={"token": token})
        return f"{settings.PUBLIC_BASE_URL}{path}{match['suffix']}"

    return PLACEHOLDER.sub(address, text)


def mask(text: str) -> str:
    """Replace each placeholder by words. For staff and previews."""
    return PLACEHOLDER.sub(lambda match: f"[private link: {match['purpose']}]", text)
