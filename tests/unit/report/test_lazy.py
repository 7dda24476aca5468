from __future__ import annotations

import subprocess
import sys


def test_plain_output_does_not_import_rich() -> None:
    code = (
        "import io, sys\n"
        "from provision.report.console import make_console\n"
        "make_console(io.StringIO()).close()\n"
        "sys.exit('rich' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
