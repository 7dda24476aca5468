"""multipart/form-data, as RFC 7578 has it: the body of a form with files."""

from __future__ import annotations

import base64
import json
import mimetypes
import os
import re
from typing import Any, Callable, List, Mapping, Tuple
from uuid import uuid4

from provision.agent.task import ModuleFailed


def encode(fields: Any, read: Callable[[str], bytes]) -> Tuple[bytes, str]:
    """The body and its Content-Type.

    Parameters:
        fields: name -> text, or a dict with ``content``, ``filename`` and ``mime_type``; a
            list of them is the field as often. Content goes as it is, as the RFC wants it;
            ``multipart_encoding: base64`` is for servers that want otherwise.
        read: gives the content of a ``filename`` that comes without ``content``.

    Raises:
        ModuleFailed: not such fields.
    """
    if not isinstance(fields, Mapping):
        raise ModuleFailed("body has to be a dictionary of fields with body_format=form-multipart")
    boundary = uuid4().hex
    out: List[bytes] = []
    for name, value in fields.items():
        several = value if isinstance(value, list) else [value]
        for one in several:
            head, content = _part(str(name), one, read)
            out += [b"--" + boundary.encode(), *head, b"", content]
    out += [b"--" + boundary.encode() + b"--", b""]
    return b"\r\n".join(out), f"multipart/form-data; boundary={boundary}"


def _part(name: str, value: Any, read: Callable[[str], bytes]) -> Tuple[List[bytes], bytes]:
    said = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if not isinstance(value, Mapping):
        return [said.encode()], _text(value)
    filename, content = value.get("filename"), value.get("content")
    if filename is None and content is None:
        raise ModuleFailed(f"the field '{name}' of body needs content or filename")
    kind = value.get("mime_type")
    if filename is not None:
        base = os.path.basename(str(filename))
        said += f'; filename="{_quoted(base)}"'
        kind = kind or mimetypes.guess_type(base)[0] or "application/octet-stream"
    body = read(str(filename)) if content is None else _text(content)
    head = [said.encode()]
    if kind:
        head.append(f"Content-Type: {kind}".encode())
    if value.get("multipart_encoding") == "base64":
        head.append(b"Content-Transfer-Encoding: base64")
        body = base64.encodebytes(body).rstrip(b"\n").replace(b"\n", b"\r\n")
    return head, body


def _text(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogateescape")


def _quoted(text: str) -> str:
    return re.sub(r'["\r\n]', lambda found: f"%{ord(found.group()):02X}", text)
