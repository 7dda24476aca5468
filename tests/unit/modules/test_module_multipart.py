"""Forms with files."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest

from provision.agent import multipart
from provision.agent.task import ModuleFailed


def test_what_is_encoded_is_what_a_server_reads() -> None:
    fields: dict[str, Any] = {
        "plain": "ünï",
        "number": 3,
        "file": {"filename": "/some/a.txt"},
        "given": {"filename": 'q".bin', "content": "x\r\ny", "mime_type": "x/y"},
        "coded": {"content": "x" * 60, "multipart_encoding": "base64"},
        "twice": ["1", "2"],
    }
    body, kind = multipart.encode(fields, lambda path: path.encode())
    head = f"Content-Type: {kind}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    parts = list(BytesParser(policy=HTTP).parsebytes(head + body).iter_parts())
    names = [part.get_param("name", header="content-disposition") for part in parts]
    assert names == ["plain", "number", "file", "given", "coded", "twice", "twice"]
    contents = [part.get_payload(decode=True) for part in parts]
    assert contents == ["ünï".encode(), b"3", b"/some/a.txt", b"x\r\ny", b"x" * 60, b"1", b"2"]
    assert parts[2].get_filename() == "a.txt" and parts[2].get_content_type() == "text/plain"
    assert parts[3].get_filename() == "q%22.bin" and parts[3].get_content_type() == "x/y"


@pytest.mark.parametrize("fields", ["text", {"a": {"mime_type": "x/y"}}])
def test_what_cannot_be_encoded(fields: Any) -> None:
    with pytest.raises(ModuleFailed):
        multipart.encode(fields, lambda path: b"")
