"""Files with environment variables, KEY=value a line."""

from __future__ import annotations

from typing import Any, Dict, List

from provision.agent.docker.service_fields import environment
from provision.agent.task import ModuleFailed


def with_env_files(param: str, env: Any, files: List[str]) -> Any:
    """``env`` over what files on the node say; later files over earlier ones.

    Parameters:
        param: how messages call the files' parameter.
        env: a dict, a list of KEY=value, or None.

    Raises:
        ModuleFailed: a file cannot be read, or a line is neither KEY=value, a comment nor empty.
    """
    if not files:
        return env
    out: Dict[str, str] = {}
    for path in files:
        try:
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
        except (OSError, ValueError) as error:
            raise ModuleFailed(f"{param}: cannot read {path} on the node: {error}") from None
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            name, found, value = text.partition("=")
            if not found or not name.strip():
                raise ModuleFailed(f"{param}: {path}:{number}: '{text}' is not KEY=value")
            out[name.strip()] = value
    for entry in environment(param, env or {}):
        name, _, value = entry.partition("=")
        out[name] = value
    return out
