"""The register of message kinds: each desk registers its own, with a sample, in its `ready()`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

InWords = Callable[[Mapping[str, Any], Any], Mapping[str, Any]]  # of a context and the ClinicProfile


class UnknownKindError(LookupError):
    """No desk has registered a message kind of this name."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of message.

    `template` names the files `templates/messages/<template>.{sms.txt,sms.discreet.txt,subject.txt,
    email.txt,email.html,email.discreet.txt}`; a kind without `.sms.txt` or `.email.txt` does not
    travel that way. `sample` is a context as the desk gives it, for previews and the linter.
    `states`: what else a row may hold, each laid over the sample. `basis` is a Message.Basis, `when` says in
    words when it goes. A context holds facts, as instants and codes: `in_words` says them in the language that is
    active when the text is written. `fresh` makes, from the context, the values that depend on the moment at which
    the text is written, as "tomorrow": such a text is written anew on each try. `is_editable`: staff
    may put other words in place of the template's. `withheld` gives, from the subject, the reason why a letter may
    not go now (empty: it may); it is asked each time a row is taken up.
    """

    name: str
    label: str
    template: str
    sample: Mapping[str, Any] = field(default_factory=dict)
    basis: str = "consent"
    when: str = ""
    states: Sequence[Mapping[str, Any]] = ()
    in_words: InWords | None = None
    fresh: InWords | None = None
    is_editable: bool = True
    withheld: Callable[[str], str] | None = None


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
