"""Rendering values, conditions and files.

Semantics are ansible-core 2.19's: a value that is one expression keeps its type, ``None``
vanishes within text, conditions must be boolean.
https://docs.ansible.com/ansible/latest/porting_guides/porting_guide_core_2.19.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, nodes
from jinja2.utils import missing

from provision.errors import DataError, Location, TemplateError
from provision.inventory.vault import Vault
from provision.located import LocatedStr, VaultText, location_of
from provision.templating.environment import ScopeTemplate, native_environment, text_environment
from provision.templating.expressions import compile_expression, harmless, is_expression
from provision.templating.failures import describe, line_of
from provision.templating.lazy import finalize
from provision.templating.loader import searching
from provision.templating.once import once
from provision.templating.plain import Part, plain_parts
from provision.templating.scope import Scope
from provision.templating.textfile import split_header
from provision.templating.undefined import Undefined
from provision.templating.values import OMIT, has_markers


class Templar:
    """Renders templates in scopes.

    Parameters:
        vault: passwords for ``!vault`` values.
    """

    def __init__(self, *, vault: Vault | None = None) -> None:
        self.vault = vault

    def scope(
        self,
        raw: Mapping[str, Any],
        *,
        search: Sequence[Path] = (),
        at: Location | None = None,
    ) -> Scope:
        """A view on raw variables with their templates rendered.

        Parameters:
            search: folders for relative paths in lookups and includes, nearest first.
            at: where to say an error is when the value does not know.
        """
        return Scope(self, raw, search=search, at=at)

    def render(self, value: Any, scope: Scope, *, at: Location | None = None) -> Any:
        """A value with every template in it rendered, as plain data.

        Keys of mappings are left as they are. Mapping entries and list items that come out as
        ``omit`` are dropped; a value that itself is ``omit`` comes back as OMIT.

        Raises:
            TemplateError: at the template's own place; UndefinedVariable for what is not there.
        """
        if isinstance(value, str):
            if not _renders(value):
                return value
            where = location_of(value) or at or scope.at
            return self.settle(self.evaluate(value, scope, at=where), scope, value, at=where)
        if isinstance(value, dict):
            pairs = ((key, self.render(each, scope, at=at)) for key, each in value.items())
            return {key: each for key, each in pairs if each is not OMIT}
        if isinstance(value, list | tuple):
            items = (self.render(each, scope, at=at) for each in value)
            return [each for each in items if each is not OMIT]
        return self.settle(value, scope, at=at) if isinstance(value, Scope) else value

    def evaluate(self, text: str, scope: Scope, *, at: Location | None = None) -> Any:
        """One template as expressions see its value: perhaps lazy, perhaps a stand-in.

        Raises:
            TemplateError: it cannot be rendered.
        """
        at = at or location_of(text) or scope.at
        if isinstance(text, VaultText):
            text = self._decrypted(text, at)
            if not has_markers(text):
                return text
        plain = str(text)
        parts = plain_parts(plain)
        if parts is not None:
            return _run(lambda _: _joined(parts, scope), plain, scope, at)
        return _run(lambda text: _compiled(text).evaluate(scope), plain, scope, at)

    def condition(self, expression: Any, scope: Scope, *, at: Location | None = None) -> bool:
        """Whether a condition holds.

        Parameters:
            expression: a boolean; an expression without braces; a list of such, all of which
                must hold; None and [] hold. An expression must give a boolean: strings,
                numbers and lists are refused, as ansible-core 2.19 does; so is an empty one.
                One in braces is rendered first, and text that comes out is the expression.

        Raises:
            TemplateError: the condition is wrong or not boolean.
        """
        if isinstance(expression, bool):
            return expression
        if isinstance(expression, list | tuple):
            return all(self.condition(each, scope, at=at) for each in expression)
        at = location_of(expression) or at or scope.at
        if expression is None:
            return True
        if expression == "":
            raise TemplateError("this condition is empty", at=at, hint="leave it out, or say true")
        if not isinstance(expression, str):
            raise _not_boolean(expression, expression, at)
        text = str(expression)
        if isinstance(expression, LocatedStr) and expression.unsafe:
            raise TemplateError("a condition cannot come from outside the playbook", at=at)
        if has_markers(text) and not is_expression(text):
            value = self.render(expression, scope, at=at)
            if isinstance(value, str) and not (isinstance(value, LocatedStr) and value.unsafe):
                text = harmless(str(value), at)
                value = _run(lambda text: compile_expression(text).evaluate(scope), text, scope, at)
                value = self.settle(value, scope, text, at=at)
        else:
            value = _run(lambda text: compile_expression(text).evaluate(scope), text, scope, at)
            value = self.settle(value, scope, text, at=at)
        if isinstance(value, bool):
            return value
        raise _not_boolean(text, value, at)

    def render_text(self, text: str, scope: Scope, *, name: str) -> str:
        """A file template's text.

        ``trim_blocks`` is on, ``lstrip_blocks`` off; a first line ``#jinja2: lstrip_blocks: True``
        changes such options and is not part of the result. The result ends with at least as many
        newlines as the text; those of included templates lose their last one.

        Parameters:
            name: the file, for messages and as the place includes are relative to.

        Raises:
            TemplateError: at the file and line of the template.
        """
        body, options, skipped = split_header(text, name)
        environment = text_environment(options)
        try:
            with searching((Path(name).absolute().parent, *scope.search)):
                made = str(_text_template(environment, body, name).evaluate(scope))
                return made + "\n" * (_last_newlines(body) - _last_newlines(made))
        except Exception as error:  # noqa: BLE001 - filters and lookups may raise anything
            file, line = line_of(error, name)
            line = getattr(error, "lineno", None) or line
            at = Location(file or name, line + skipped if line and file == name else line)
            raise describe(error, body, scope, at, environment) from None

    def _decrypted(self, text: VaultText, at: Location | None) -> str:
        try:
            return (self.vault or Vault({})).decrypt(text)
        except DataError as error:
            raise TemplateError(error.message, at=at, hint=error.hint) from None

    def settle(
        self, value: Any, scope: Scope, source: str = "", *, at: Location | None = None
    ) -> Any:
        """What ``evaluate`` gave, as plain data.

        Raises:
            TemplateError: something in it is undefined or could not be rendered.
        """
        try:
            return finalize(value)
        except Exception as error:  # noqa: BLE001 - a generator's items may raise anything
            raise describe(error, source, scope, at, native_environment()) from None


def _renders(text: str) -> bool:
    if isinstance(text, VaultText):
        return True
    return has_markers(text) and not (isinstance(text, LocatedStr) and text.unsafe)


def _joined(parts: Sequence[Part], scope: Scope) -> Any:
    return native_environment().concat(
        [part if isinstance(part, str) else _follow(part, scope) for part in parts]
    )


def _follow(path: Sequence[str], scope: Scope) -> Any:
    """``{{ a.b.c }}`` without compiling it."""
    environment = native_environment()
    name, *attributes = path
    value = scope.lookup(name)
    if value is missing:
        value = environment.globals.get(name, missing)
    if value is missing:
        value = environment.undefined(name=name)
    for attribute in attributes:
        value = environment.getattr(value, attribute)
    return value


def _run(work: Callable[[str], Any], text: str, scope: Scope, at: Location | None) -> Any:
    try:
        with searching(scope.search):
            value = work(text)
        if isinstance(value, Undefined) and value.failure is None:
            value.use()
    except Exception as error:  # noqa: BLE001 - filters and lookups may raise anything
        raise describe(error, text, scope, at, native_environment()) from None
    return _with_newlines(text, value) if isinstance(value, str) else value


def _with_newlines(text: str, value: str) -> str:
    """The value with as many newlines at its end as the template has."""
    lost = _newlines(text) - _newlines(value)
    return value + "\n" * lost if lost > 0 else value


def _newlines(text: str) -> int:
    return len(text) - len(text.rstrip("\n"))


@once(8192)
def _compiled(text: str) -> ScopeTemplate:
    environment = native_environment()
    return _template(environment, environment.verbatim(text))


def _template(environment: Environment, source: str | nodes.Template) -> ScopeTemplate:
    made = environment.from_string(source)
    assert isinstance(made, ScopeTemplate)
    return made


@once(1024)
def _text_template(environment: Environment, text: str, name: str) -> ScopeTemplate:
    return _template(environment, text)


def _not_boolean(expression: Any, value: Any, at: Location | None) -> TemplateError:
    kind = "nothing (null)" if value is None else f"a {type(value).__name__}"
    kind = kind.replace("LocatedStr", "str")
    return TemplateError(
        f"the condition '{expression}' is neither true nor false: it gives {kind}",
        at=at,
        hint="compare it ('x == 1', 'x | length > 0'), or use '| bool'",
    )


def _last_newlines(text: str) -> int:
    return len(text) - len(text.rstrip("\n"))
