"""How a module or action declares itself.

One declaration serves documentation (``provision doc``), validation before connecting,
did-you-mean, censoring of secrets and argument coercion on the node.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

TRUE_WORDS = frozenset({"y", "yes", "on", "1", "true", "t"})
FALSE_WORDS = frozenset({"n", "no", "off", "0", "false", "f"})


class ArgumentError(Exception):
    """An argument that a module cannot take.

    Parameters:
        message: one sentence naming the parameter and the value.
        param: the parameter's name as written, if one is to blame.
        hint: what to do about it.
    """

    def __init__(
        self, message: str, param: Optional[str] = None, hint: Optional[str] = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.hint = hint


# Not dataclasses: those bring inspect, ast and dis, a fifth of what an agent's start takes.
class Param(NamedTuple):
    """One parameter.

    Parameters:
        name: Ansible's name for it.
        doc: a sentence: what it does, with units where there are any.
        type: str, int, float, bool, list, dict, path (``~`` and variables expanded on the
            node) or raw (taken as it comes). A ``mode`` is raw: 0644 and "u+x" both occur.
        elements: the type of a list's elements.
        options: the parameters of a dict, or of a list's dicts.
        secret: the value never appears in output, logs or diffs.
    """

    name: str
    doc: str = ""
    type: str = "str"
    required: bool = False
    default: Any = None
    choices: Tuple[Any, ...] = ()
    aliases: Tuple[str, ...] = ()
    elements: Optional[str] = None
    options: Tuple["Param", ...] = ()
    secret: bool = False


class Spec(NamedTuple):
    """A module or action as users see it.

    Parameters:
        name: the short name; the file has the same.
        collection: the collection whose FQCN also names it, such as ``ansible.builtin``.
        summary: a sentence.
        free_form: the parameter that takes a bare string (``command: uptime``), if any.
        check_mode: whether it can say what would change without changing it. Where not, it
            is skipped in check mode.
        diff: whether it returns ``diff`` when asked.
        returns: what the result holds beside ``changed``, name -> sentence.
        required_if: (param, value, other params) triples.
        refused: Ansible's parameters that are not taken, and why or what to do instead.
    """

    name: str
    summary: str
    collection: str = "ansible.builtin"
    params: Tuple[Param, ...] = ()
    free_form: Optional[str] = None
    check_mode: bool = True
    diff: bool = False
    returns: Tuple[Tuple[str, str], ...] = ()
    required_one_of: Tuple[Tuple[str, ...], ...] = ()
    required_together: Tuple[Tuple[str, ...], ...] = ()
    mutually_exclusive: Tuple[Tuple[str, ...], ...] = ()
    required_if: Tuple[Tuple[str, Any, Tuple[str, ...]], ...] = ()
    aliases: Tuple[str, ...] = ()
    refused: Tuple[Tuple[str, str], ...] = ()
    source: str = ""

    @property
    def fqcn(self) -> str:
        return self.collection + "." + self.name

    def validate(
        self, args: Mapping[str, Any], is_template: Any = None, on_node: bool = False
    ) -> Dict[str, Any]:
        """Canonical names, coerced types, defaults filled in.

        Parameters:
            args: what the task says.
            is_template: a predicate for values not yet known (load time). Those pass as
                they are and satisfy "required".
            on_node: also do what only the node can: expand paths.

        Raises:
            ArgumentError: unknown, missing, conflicting or wrongly typed parameters.
        """
        unknown_yet = is_template or (lambda value: False)
        for name, why in self.refused:
            if args.get(name) not in (None, False):
                raise ArgumentError(f"{self.name}: parameter '{name}' is not supported", name, why)
        given = _canonical(self.name, self.params, self._without_refused(args))
        out = _coerce_all(self.name, self.params, given, unknown_yet, on_node)
        if on_node:
            # The controller has sent the defaults too, which nobody gave.
            defaults = {param.name: param.default for param in self.params}
            given = {name: value for name, value in given.items() if value != defaults[name]}
        self._check_relations(given, unknown_yet)
        return out

    def _without_refused(self, args: Mapping[str, Any]) -> Mapping[str, Any]:
        # What is said to be off is no mistake.
        names = {name for name, _ in self.refused}
        return {key: value for key, value in args.items() if key not in names}

    def secrets(self, args: Mapping[str, Any]) -> List[str]:
        """The values of secret parameters, to be censored wherever they show up."""
        return [str(v) for v in _secret_values(self.params, args) if v not in (None, "")]

    def _check_relations(self, given: Mapping[str, Any], unknown_yet: Any) -> None:
        present = {name for name, value in given.items() if value is not None}
        for names in self.required_one_of:
            if not present.intersection(names):
                raise ArgumentError(f"{self.name}: one of these is required: {', '.join(names)}")
        for names in self.mutually_exclusive:
            both = [name for name in names if name in present]
            if len(both) > 1:
                raise ArgumentError(
                    f"{self.name}: parameters are mutually exclusive: {', '.join(both)}", both[1]
                )
        for names in self.required_together:
            some = present.intersection(names)
            if some and len(some) != len(names):
                raise ArgumentError(
                    f"{self.name}: parameters are required together: {', '.join(names)}"
                )
        defaults = {p.name: p.default for p in self.params}
        for name, value, needed in self.required_if:
            actual = given.get(name, defaults.get(name))
            missing = [n for n in needed if n not in present]
            if actual == value and missing:
                raise ArgumentError(
                    f"{self.name}: {name} is {value!r} but these are missing: {', '.join(missing)}"
                )


def _shortens(short: str, word: str) -> bool:
    """Whether a name is the word with letters left out, as "src" is "source"."""
    rest = iter(word)
    return word[:1] == short[:1] and all(letter in rest for letter in short)


def _closest(word: str, known: List[str]) -> List[str]:
    import difflib  # 3 ms that only mistakes cost

    short = [name for name in known if len(name) > 2 and _shortens(name, word)]
    if short:
        return [max(short, key=len)]
    return difflib.get_close_matches(word, known, n=1)


def _canonical(where: str, params: Iterable[Param], args: Mapping[str, Any]) -> Dict[str, Any]:
    names = {}
    for param in params:
        names[param.name] = param.name
        for alias in param.aliases:
            names[alias] = param.name
    out: Dict[str, Any] = {}
    for key, value in args.items():
        if key not in names:
            close = _closest(str(key), list(names))
            raise ArgumentError(
                f"{where}: unsupported parameter '{key}'",
                str(key),
                f"did you mean '{close[0]}'?"
                if close
                else f"supported: {', '.join(sorted(set(names.values()))) or 'none'}",
            )
        out[names[key]] = value
    return out


def _coerce_all(
    where: str, params: Iterable[Param], given: Mapping[str, Any], unknown_yet: Any, on_node: bool
) -> Dict[str, Any]:
    out: Dict[str, Any] = {}
    for param in params:
        value = given.get(param.name)
        if value is None:
            if param.required:
                raise ArgumentError(
                    f"{where}: missing required parameter '{param.name}'", param.name
                )
            value = param.default
            if value is None:
                out[param.name] = None
                continue
        if unknown_yet(value):
            out[param.name] = value
            continue
        out[param.name] = _coerce(where, param, param.type, value, unknown_yet, on_node)
    return out


def _coerce(
    where: str, param: Param, kind: str, value: Any, unknown_yet: Any, on_node: bool
) -> Any:
    place = f"{where}: {param.name}"
    if kind == "list":
        items = _to_list(value)
        element = param.elements or ("dict" if param.options else "raw")
        return [
            item
            if unknown_yet(item)
            else _coerce(where, param, element, item, unknown_yet, on_node)
            for item in items
        ]
    if kind == "dict":
        if isinstance(value, str):
            value = _dict_from_text(place, param, value)
        if not isinstance(value, dict):
            raise _wrong(place, param, "a dictionary", value)
        if not param.options:
            return value
        inner = _canonical(place, param.options, value)
        return _coerce_all(place, param.options, inner, unknown_yet, on_node)
    value = _coerce_scalar(place, param, kind, value, on_node)
    if param.choices and value not in param.choices:
        close = _closest(str(value), [str(c) for c in param.choices])
        shown = "(secret)" if param.secret else repr(value)
        raise ArgumentError(
            f"{place}: {shown} is not one of: {', '.join(str(c) for c in param.choices)}",
            param.name,
            f"did you mean '{close[0]}'?" if close else None,
        )
    return value


def _coerce_scalar(place: str, param: Param, kind: str, value: Any, on_node: bool) -> Any:
    if kind == "raw":
        return value
    if kind == "bool":
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise _wrong(place, param, "a boolean", value)
    if kind in ("int", "float"):
        if isinstance(value, bool):
            raise _wrong(place, param, "a number", value)
        try:
            return int(str(value), 10) if kind == "int" else float(value)
        except (TypeError, ValueError):
            raise _wrong(place, param, "a number", value) from None
    if isinstance(value, (dict, list)):
        # Ansible's own habit: a structure given for a string is its JSON, e.g. copy's content.
        value = json.dumps(value)
    text = str(value)
    if kind == "path" and on_node:
        text = os.path.expanduser(os.path.expandvars(text))
    return text


def _to_list(value: Any) -> List[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")] if value else []
    return [value]


def _dict_from_text(place: str, param: Param, text: str) -> Any:
    stripped = text.strip()
    if stripped.startswith("{"):
        try:
            return json.loads(stripped)
        except ValueError:
            raise _wrong(place, param, "a dictionary", text) from None
    pairs = [part.split("=", 1) for part in stripped.split(",") if part.strip()]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise _wrong(place, param, "a dictionary", text)
    return {key.strip(): value.strip() for key, value in pairs}


def _wrong(place: str, param: Param, wanted: str, value: Any) -> ArgumentError:
    shown = "the value" if param.secret else repr(value)
    return ArgumentError(f"{place}: {shown} is not {wanted}", param.name)


def _secret_values(params: Iterable[Param], args: Mapping[str, Any]) -> Iterable[Any]:
    for param in params:
        for name in (param.name, *param.aliases):
            value = args.get(name)
            if value is None:
                continue
            if param.secret:
                yield from value if isinstance(value, list) else [value]
            elif param.options:
                for entry in value if isinstance(value, list) else [value]:
                    if isinstance(entry, dict):
                        yield from _secret_values(param.options, entry)
