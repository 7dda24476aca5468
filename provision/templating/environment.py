"""The two jinja2 environments: one for values (native types), one for files (text).

Both are made once per process. They look variables up in a Scope instead of copying them.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    ValuesView,
)
from typing import Any, TypeVar

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

from provision.templating.loader import ScopeLoader
from provision.templating.once import once
from provision.templating.scope import Scope
from provision.templating.undefined import Undefined
from provision.templating.values import OMIT

_DICT_METHODS = frozenset(name for name in dir(dict) if not name.startswith("_"))
_LIST_METHODS = frozenset(name for name in dir(list) if not name.startswith("_"))
_STR_METHODS = frozenset(name for name in dir(str) if not name.startswith("_"))


class Locals(Mapping[str, Any]):
    """A template's own variables over what its caller sees."""

    def __init__(self, own: Mapping[str, Any], above: Locals | Scope | None) -> None:
        self._own = own
        self._above = above

    @property
    def scope(self) -> Scope | None:
        return self._above if isinstance(self._above, Scope | None) else self._above.scope

    def lookup(self, key: str) -> Any:
        if key in self._own:
            return self._own[key]
        return missing if self._above is None else self._above.lookup(key)

    def __getitem__(self, key: str) -> Any:
        value = self.lookup(key)
        if value is missing:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._own), **dict.fromkeys(self._above or ())})

    def __len__(self) -> int:
        return len(list(iter(self)))


class ScopeContext(Context):
    """A template's variables, looked up one by one."""

    def resolve_or_missing(self, key: str) -> Any:
        if key in self.vars:
            return self.vars[key]
        value = self.parent.lookup(key)  # type: ignore[attr-defined]
        return self.environment.globals.get(key, missing) if value is missing else value

    def get_all(self) -> Any:
        return Locals(self.vars, self.parent) if self.vars else self.parent  # type: ignore[arg-type]

    def derived(self, locals: dict[str, Any] | None = None) -> Context:
        context = _context(self.environment, self.name, {}, self.get_all(), locals)
        context.eval_ctx = self.eval_ctx
        context.blocks.update((name, list(each)) for name, each in self.blocks.items())
        return context

    @property
    def scope(self) -> Scope | None:
        """The scope below the template's own variables."""
        parent: Any = self.parent
        return parent if isinstance(parent, Scope) else parent.scope


def _context(
    environment: Environment,
    name: str | None,
    blocks: dict[str, Any],
    variables: Any,
    own: Mapping[str, Any] | None,
) -> ScopeContext:
    above = variables if isinstance(variables, Scope | Locals) else Locals(variables or {}, None)
    if own:
        above = Locals({k: v for k, v in own.items() if v is not missing}, above)
    return ScopeContext(environment, above, name, blocks)  # type: ignore[arg-type]


class ScopeTemplate(Template):
    """A compiled template that renders in a Scope."""

    def new_context(
        self,
        vars: Any = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        return _context(self.environment, self.name, self.blocks, vars, locals)

    def evaluate(self, scope: Scope) -> Any:
        """The value (or text) of the template; errors as jinja2 raises them."""
        parts = list(self.root_render_func(self.new_context(scope)))
        return self.environment.concat(parts)


class _ScopeEnvironment(SandboxedEnvironment):
    context_class = ScopeContext
    template_class = ScopeTemplate

    def getattr(self, obj: Any, attribute: str) -> Any:
        # Only the plain types' own methods are attributes, so that neither an item named 'at'
        # nor one named '_scope' is hidden by what our subclasses carry.
        if isinstance(obj, Scope):
            return self.getitem(obj, attribute)
        methods = _methods(obj)
        if methods is None:
            return super().getattr(obj, attribute)
        if attribute in methods:
            return getattr(obj, attribute)
        try:
            return obj[attribute]
        except (TypeError, LookupError):
            return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Undefined):
            return obj
        try:
            if isinstance(obj, Scope):
                value = obj.lookup(argument)
                if value is not missing:
                    return value
                raise KeyError(argument)
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            if isinstance(argument, str) and argument in (_methods(obj) or ()):
                return getattr(obj, argument)
        return self.undefined(obj=obj, name=argument)

    def join_path(self, template: str, parent: str) -> str:
        assert isinstance(self.loader, ScopeLoader)
        return self.loader.find(template, parent)


def _methods(obj: Any) -> frozenset[str] | None:
    if isinstance(obj, Mapping):
        return _DICT_METHODS
    if isinstance(obj, str):
        return _STR_METHODS
    return _LIST_METHODS if isinstance(obj, list) else None


class _NativeGenerator(NativeCodeGenerator):
    def _output_child_to_const(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> Any:
        # Folding would make the constant 3 of {{ 3 }} a string.
        if isinstance(node, nodes.TemplateData):
            return node.as_const(frame.eval_ctx)
        raise nodes.Impossible


def _native_concat(parts: Iterable[Any]) -> Any:
    listed = [part for part in parts if part is not None]
    if len(listed) > 1:
        listed = [part for part in listed if part is not OMIT]
    if not listed:
        return None
    return (
        _kept(listed[0]) if len(listed) == 1 else "".join([str(_in_text(part)) for part in listed])
    )


def _kept(value: Any) -> Any:
    """What a variable keeps: a list for a view of a mapping, which would change with it."""
    if isinstance(value, ItemsView):
        return [list(pair) for pair in value]
    return list(value) if isinstance(value, KeysView | ValuesView) else value


class NativeEnvironment(_ScopeEnvironment):
    """For values: one expression keeps its type."""

    code_generator_class = _NativeGenerator
    concat = staticmethod(_native_concat)

    def verbatim(self, source: str) -> str:
        """A template whose string literals keep their backslashes.

        In values ``\\1`` is a backslash and a one, as in YAML; only files know escapes.
        """
        if "\\" not in source:
            return source
        return "".join(
            text.replace("\\", "\\\\") if kind == "string" else text
            for _, kind, text in self.lexer.tokeniter(source, None)
        )


class TextEnvironment(_ScopeEnvironment):
    """For files: everything is text, and the last newline is kept."""


def _blank(value: Any) -> Any:
    return "" if value is None or value is OMIT else _in_text(value)


def _in_text(value: Any) -> Any:
    """What stands for a value among text: for a tuple a list, for bytes the text they encode."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return list(value) if type(value) is tuple else value


@once(1)
def native_environment() -> NativeEnvironment:
    """The environment for values."""
    return _equip(NativeEnvironment(undefined=Undefined, trim_blocks=True, loader=ScopeLoader()))


@once(64)
def text_environment(overrides: tuple[tuple[str, Any], ...] = ()) -> TextEnvironment:
    """The environment for files.

    Parameters:
        overrides: jinja2 options that the file's ``#jinja2:`` header gives.
    """
    options: dict[str, Any] = {"trim_blocks": True}
    options.update(overrides)
    return _equip(
        TextEnvironment(undefined=Undefined, finalize=_blank, loader=ScopeLoader(), **options)
    )


_Environment = TypeVar("_Environment", bound=Environment)


def _equip(environment: _Environment) -> _Environment:
    from provision.templating.globals import GLOBALS

    filters, tests = _functions()
    environment.globals.update(GLOBALS)
    environment.filters.update(filters)
    environment.tests.update(tests)
    return environment


@once(1)
def _functions() -> tuple[dict[str, Callable[..., Any]], dict[str, Callable[..., Any]]]:
    """Filters and tests by name, Jinja's own included."""
    from provision.templating.checks import CHECKS
    from provision.templating.filters import FILTERS

    filters = {name: _hand_on(each) for name, each in FILTERS.items()}
    return filters, {name: _hand_on(each) for name, each in CHECKS.items()}


def _hand_on(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter or test that gives back something undefined instead of working on it."""
    if getattr(function, "takes_undefined", False):
        return function

    def guarded(*args: Any, **kwargs: Any) -> Any:
        for each in (*args, *kwargs.values()):
            if isinstance(each, Undefined):
                return each
        result = function(*args, **kwargs)
        return list(result) if isinstance(result, Iterator) else result

    # How Jinja calls it is said there. functools.wraps would cost 10 ms for all of them.
    guarded.__dict__.update(getattr(function, "__dict__", {}))
    return guarded
