"""What runs on a node as ``python3 FOLDER``: a module written for Ansible's library.

It is the ``__main__`` of a folder with that module and all that it imports. The request comes
over stdin, so that no parameter is on a command line or in a file. The library is told of the
parameters as ``ansible.module_utils.testing`` does it.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
import traceback
from typing import Any


def main() -> None:
    request = json.loads(sys.stdin.buffer.read().decode("ascii"))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    basic: Any = importlib.import_module("ansible.module_utils.basic")
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": request["params"]}).encode("ascii")
    basic._ANSIBLE_PROFILE = "legacy"
    # A module that starts itself again with another Python looks for these.
    names = {"_module_fqn": request["name"], "_modlib_path": sys.path[0]}
    try:
        runpy.run_module(request["name"], init_globals=names, run_name="__main__", alter_sys=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the module's result
        trace = error.__traceback__ and error.__traceback__.tb_next
        while trace and "runpy" in trace.tb_frame.f_code.co_filename:
            trace = trace.tb_next
        text = "".join(traceback.format_exception(type(error), error, trace))
        message = "the module crashed: {}: {}".format(type(error).__name__, error)
        result = {"failed": True, "msg": message, "exception": text}
        sys.stdout.write("\n" + json.dumps(result) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
