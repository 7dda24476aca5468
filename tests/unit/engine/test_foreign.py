"""Foreign modules: what is packed, how it is run, what its output means."""

from __future__ import annotations

import json
import stat
import textwrap
from pathlib import Path
from typing import Any

import pytest

from provision.agent import foreign as on_node
from provision.agent import foreign_start, loader
from provision.agent.task import ModuleTask
from provision.engine.foreign.answer import result_of
from provision.engine.foreign.imports import Closure, imported
from provision.engine.foreign.program import Executable
from provision.playbook.collections import Collections
from provision.playbook.installed_ansible import InstalledAnsible
from provision.transport.payload import Payload


def _ended(out: str = "", err: str = "", rc: int = 0) -> dict[str, Any]:
    return {"rc": rc, "module_stdout": out, "module_stderr": err}


def test_imports_are_found_wherever_they_are() -> None:
    source = b"""
import ansible.module_utils.basic
from ansible.module_utils.common.text import converters
def later():
    try:
        from ..module_utils.other import thing
    except ImportError:
        from . import beside
"""
    found = set(imported(source, "ansible_collections.a.b.plugins.modules"))
    assert {
        "ansible.module_utils.basic",
        "ansible.module_utils.common.text.converters",
        "ansible_collections.a.b.plugins.module_utils.other",
        "ansible_collections.a.b.plugins.modules.beside",
    } <= found


def test_the_closure_has_what_is_needed_and_no_more(tmp_path: Path) -> None:
    utils = tmp_path / "ansible" / "module_utils"
    for name, text in {
        "__init__.py": "",
        "basic.py": "from ansible.module_utils.common import text\nimport json",
        "unused.py": "",
        "common/__init__.py": "",
        "common/text.py": "",
        "shouting.py": "core",
    }.items():
        (utils / name).parent.mkdir(parents=True, exist_ok=True)
        (utils / name).write_text(text)
    own = tmp_path / "module_utils"
    own.mkdir()
    (own / "shouting.py").write_text("mine = 1")
    closure = Closure(
        InstalledAnsible(tmp_path / "ansible", "2.19.0"), Collections((tmp_path,)), (own,)
    )
    closure.add_source(
        "ansible.modules.greet",
        b"from ansible.module_utils.basic import AnsibleModule\n"
        b"from ansible.module_utils import shouting, missing",
    )
    assert sorted(closure.files) == [
        "ansible/__init__.py",
        "ansible/module_utils/__init__.py",
        "ansible/module_utils/basic.py",
        "ansible/module_utils/common/__init__.py",
        "ansible/module_utils/common/text.py",
        "ansible/module_utils/shouting.py",
        "ansible/modules/greet.py",
    ]
    assert closure.files["ansible/module_utils/shouting.py"] == b"mine = 1"
    assert b"2.19.0" in closure.files["ansible/__init__.py"]


def test_results_are_found_among_other_output() -> None:
    assert result_of("m", _ended('noise {\n{"changed": true, "_ansible_x": 1}\n')) == {
        "changed": True
    }
    junk = result_of("m", _ended('{"changed": false}\nleft over\n'))
    assert junk["warnings"] == ["m also printed: left over"]
    assert result_of("m", _ended('{"invocation": {"module_args": {}}, "rc": 1}')) == {"rc": 1}


@pytest.mark.parametrize("printed", ["", "[1, 2]", "{broken", "{" * 100_000, "null"])
def test_no_result_is_a_failure_that_says_so(printed: str) -> None:
    failed = result_of("m", _ended(printed, "Segmentation fault\n", 139))
    assert failed["failed"] and failed["rc"] == 139
    assert failed["msg"] == "m ended with status 139 and without a result: Segmentation fault"


def test_marked_types_become_plain() -> None:
    event = {"__ansible_type": "Event", "msg": "mind the step"}
    printed = {
        "warnings": [{"__ansible_type": "WarningSummary", "event": event}],
        "deprecations": [
            {
                "__ansible_type": "DeprecationSummary",
                "event": event,
                "version": "9.0",
                "deprecator": {"__ansible_type": "PluginInfo", "resolved_name": "a.b.c"},
            }
        ],
        "text": {"__ansible_type": "_AnsibleTaggedStr", "value": "x", "tags": []},
    }
    assert result_of("m", _ended(json.dumps(printed))) == {
        "warnings": ["mind the step"],
        "deprecations": [
            {
                "msg": "mind the step",
                "version": "9.0",
                "deprecator": {"resolved_name": "a.b.c"},
                "collection_name": "a.b",
            }
        ],
        "text": "x",
    }


def test_arguments_as_each_kind_of_program_wants_them() -> None:
    params = {"word": "two words", "n": 3}
    assert Executable(b"#!/bin/sh", ("/bin/sh",)).arguments(params) == "word='two words' n=3"
    wanting = Executable(b"#!/bin/sh\n# WANT_JSON", ("/bin/sh",))
    assert json.loads(wanting.arguments(params)) == params
    assert json.loads(Executable(b"\x7fELF", ()).arguments(params)) == params
    inside = Executable(b"x = '<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>'", ("/bin/sh",))
    assert inside.given({"a": 1}) == b"x = '{\"a\": 1}'"


BASIC = """
_ANSIBLE_ARGS = None
def params():
    import json
    return json.loads(_ANSIBLE_ARGS.decode())["ANSIBLE_MODULE_ARGS"]
"""
MODULE = """
import json, os, sys
from ansible.module_utils import basic
args = basic.params()
if args.get("crash"):
    raise ValueError("boom")
print(json.dumps({"args": args, "argv": sys.argv, "stdin": sys.stdin.read(), "name": _module_fqn,
                  "files": os.listdir(args["_ansible_tmpdir"]), "env": os.environ.get("GIVEN")}))
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(loader, "cache_directory", lambda: str(folder))
    monkeypatch.setattr(on_node, "_intact", set())
    return folder


def _payload() -> Payload:
    return Payload.of(
        {
            "__main__.py": Path(foreign_start.__file__).read_bytes(),
            "ansible/__init__.py": b"",
            "ansible/module_utils/__init__.py": b"",
            "ansible/module_utils/basic.py": BASIC.encode(),
            "ansible/modules/__init__.py": b"",
            "ansible/modules/greet.py": textwrap.dedent(MODULE).encode(),
        }
    )


def _call(payload: Payload, blob: bytes = b"", **params: Any) -> dict[str, Any]:
    given = {
        "name": "ansible.modules.greet",
        "bundle": payload.name,
        "checksum": payload.checksum,
        "params": params,
    }
    args = on_node.SPEC.validate(given, on_node=True)
    return on_node.run(ModuleTask(args, blob=blob, env={"GIVEN": "here"}))


def test_a_module_is_sent_once_and_told_its_parameters_in_private(cache: Path) -> None:
    payload = _payload()
    assert _call(payload)["need_content"]
    ended = _call(payload, payload.zipped(), secret="s3cr3t")
    said = json.loads(ended["module_stdout"])
    assert said["args"]["secret"] == "s3cr3t"
    assert "s3cr3t" not in str(said["argv"])
    assert said["name"] == "ansible.modules.greet" and said["env"] == "here"
    assert (said["stdin"], said["files"]) == ("", [])
    assert not Path(said["args"]["_ansible_tmpdir"]).exists()
    again = _call(payload)
    assert "need_content" not in again and again["rc"] == 0
    [kept] = cache.iterdir()
    assert kept.name == f"modules-{payload.name}"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700


def test_a_crash_is_a_result(cache: Path) -> None:
    payload = _payload()
    failed = result_of("m", _call(payload, payload.zipped(), crash=True))
    assert failed["failed"] and failed["msg"] == "the module crashed: ValueError: boom"
    assert "greet.py" in failed["exception"] and "runpy" not in failed["exception"]


def test_a_damaged_copy_is_replaced(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    payload = _payload()
    _call(payload, payload.zipped())
    (cache / f"modules-{payload.name}" / "ansible" / "modules" / "greet.py").write_text("")
    monkeypatch.setattr(on_node, "_intact", set())
    assert _call(payload)["need_content"]
    assert _call(payload, payload.zipped())["rc"] == 0


def test_where_nothing_can_be_kept_it_runs_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "cache_directory", lambda: None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    payload = _payload()
    assert _call(payload)["need_content"]
    assert _call(payload, payload.zipped())["rc"] == 0
    assert not list(tmp_path.iterdir())


def test_a_program_reads_its_arguments_from_a_private_file(tmp_path: Path) -> None:
    script = b'#!/bin/sh\nstat -c %a "$1"; cat "$1"; exit 3\n'
    given = {"interpreter": ["/bin/sh"], "arguments": "a=1 b='x y'"}
    args = on_node.SPEC.validate(given, on_node=True)
    ended = on_node.run(ModuleTask(args, blob=script))
    assert (ended["rc"], ended["module_stdout"]) == (3, "600\na=1 b='x y'")
