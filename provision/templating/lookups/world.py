"""Lookups of the environment, of programs and of URLs, on the controller."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from typing import Any

from provision.errors import TemplateError
from provision.templating.lookups.base import Lookup, Request
from provision.templating.undefined import Undefined


def env(request: Request) -> list[Any]:
    """Environment variables; empty, or the default, where they are not set."""
    default = request.options.get("default", "")
    if isinstance(default, Undefined):
        default = None
    found = []
    for name in request.texts():
        value = os.environ.get(name, default)
        if value is None:
            raise TemplateError(f"the environment has no variable '{name}'")
        found.append(value)
    return found


def _run(command: str, cwd: str | None) -> bytes:
    done = subprocess.run(command, shell=True, capture_output=True, cwd=cwd, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise TemplateError(
            f"'{command}' ended with exit code {done.returncode}", hint=said[-500:] or None
        )
    return done.stdout


def pipe(request: Request) -> list[Any]:
    """What commands print, without the white space at its end."""
    request.take()
    cwd = str(request.scope.search[0]) if request.scope.search else None
    return [_run(each, cwd).decode(errors="replace").rstrip() for each in request.texts()]


def lines(request: Request) -> list[Any]:
    """What commands print, line by line."""
    request.take()
    cwd = str(request.scope.search[0]) if request.scope.search else None
    found: list[Any] = []
    for each in request.texts():
        found.extend(_run(each, cwd).decode(errors="replace").splitlines())
    return found


def url(request: Request) -> list[Any]:
    """What URLs answer, by lines, or as one text with ``split_lines=False``."""
    options = request.take(
        split_lines=True,
        headers={},
        username=None,
        password=None,
        timeout=10,
        validate_certs=True,
        use_proxy=True,
        http_agent="provision",
    )
    found: list[Any] = []
    for address in request.texts():
        text = _fetch(address, options)
        found.extend(text.splitlines() if options["split_lines"] else [text])
    return found


def _fetch(address: str, options: dict[str, Any]) -> str:
    import ssl  # with urllib 20 ms at start-up, and few playbooks ask a URL
    import urllib.error
    import urllib.request

    if not address.startswith(("http://", "https://", "ftp://", "file://")):
        raise TemplateError(f"'{address}' is not a URL")
    asked = urllib.request.Request(address, headers={"User-Agent": options["http_agent"]})
    for name, value in options["headers"].items():
        asked.add_header(name, str(value))
    if options["username"]:
        secret = f"{options['username']}:{options['password'] or ''}".encode()
        asked.add_header("Authorization", f"Basic {b64encode(secret).decode()}")
    context = ssl.create_default_context()
    if not options["validate_certs"]:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    handlers: list[Any] = [urllib.request.HTTPSHandler(context=context)]
    if not options["use_proxy"]:
        handlers.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*handlers)
    try:
        with opener.open(asked, timeout=float(options["timeout"])) as answer:
            return str(answer.read().decode(errors="replace"))
    except urllib.error.URLError as error:
        raise TemplateError(f"{address} gives no answer: {error.reason}") from None


WORLD: dict[str, Lookup] = {"env": env, "pipe": pipe, "lines": lines, "url": url}
