"""The register of message kinds: each desk registers its own, with a sample, in its `ready()`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class UnknownKindError(LookupError):
    """No desk has registered a message kind of this name."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of message.

    `template` names the files `templates/messages/<template>.{sms.txt,sms.discreet.txt,subject.txt,
    email.txt,email.html,email.discreet.txt}`; a kind without `.sms.txt` or `.email.txt` does not
    travel that way. `sample` is a context as the desk gives it, for previews and the linter.
    """

    name: str
    label: str
    template: str
    sample: Mapping[str, Any] = field(default_factory=dict)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known. The same name twice with other content is a programming mistake."""
    standing = _kinds.setdefault(kind.name, kind)
    if standing != kind:
        message = f"The message kind {kind.name} is registered twice"
        raise ValueError(message)


def registered() -> list[Kind]:
    """All kinds, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def kind_named(name: str) -> Kind:
    """The kind of this name. Raises UnknownKindError."""
    try:
        return _kinds[name]
    except KeyError as error:
        raise UnknownKindError(name) from error
