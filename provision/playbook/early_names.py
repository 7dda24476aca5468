"""Names that are needed while a playbook is read: of imported files, of roles.

They may be templates over what is known by then: ``-e``, the play's vars, those of the blocks, the
task and the role around. Not the inventory's: a name is the same for all hosts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provision.errors import Location, PlaybookError, TemplateError
from provision.located import location_of
from provision.playbook.expressions import is_template


def known_name(
    what: str, value: Any, layers: Sequence[Mapping[str, Any]], at: Location, instead: str
) -> str:
    """The name, rendered if it is a template.

    Parameters:
        what: what it names, for the message.
        layers: the variables, highest precedence first.
        instead: what to do where more would have to be known.

    Raises:
        PlaybookError: it needs a variable that is not known yet.
    """
    if not is_template(value):
        return str(value).strip()
    from provision.templating import Templar  # what few playbooks need

    variables: dict[str, Any] = {}
    for layer in reversed(layers):
        variables.update(layer)
    place = location_of(value) or at
    templar = Templar()
    try:
        found = templar.render(value, templar.scope(variables, at=place), at=place)
    except TemplateError as error:
        raise PlaybookError(
            f"{what} is needed before anything runs, but {error.message}", at=place, hint=instead
        ) from None
    if not isinstance(found, str) or not found.strip():
        raise PlaybookError(f"{what} must be text, not {found!r}", at=place, hint=instead)
    return found.strip()
