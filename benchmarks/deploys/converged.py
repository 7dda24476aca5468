"""plays/converged.yml for pyinfra: what it has operations for (47 of 52 tasks)."""

from io import StringIO

from pyinfra import host
from pyinfra.facts.server import Kernel
from pyinfra.operations import apt, files, server, systemd

ROOT = "/opt/bench"

apt.packages(packages=["curl", "procps", "ca-certificates"])
server.group(group="bench", system=True)
server.user(
    user="bench",
    group="bench",
    system=True,
    home=ROOT,
    create_home=False,
    shell="/usr/sbin/nologin",
)
for folder in ("", "/etc", "/data", "/logs", "/run", "/etc/conf.d", "/data/cache"):
    files.directory(path=ROOT + folder, mode="755")
for number in range(10):
    files.put(
        src=StringIO(f"content of file {number}\n" * 20),
        dest=f"{ROOT}/data/file{number}",
        mode="644",
    )
for number in range(6):
    files.template(
        src=StringIO("[{{ section }}]\nkernel = {{ kernel }}\nport = {{ port }}\n"),
        dest=f"{ROOT}/etc/conf.d/pyinfra{number}.conf",
        mode="640",
        user="bench",
        section=f"service{number}",
        port=8000 + number,
        kernel=host.get_fact(Kernel),
    )
files.file(path=f"{ROOT}/etc/settings", mode="644")
for number in range(5):
    files.line(
        path=f"{ROOT}/etc/settings",
        line=f"^setting{number}=.*",
        replace=f"setting{number}={ROOT}/{number}",
    )
for number in range(3):
    files.block(
        path=f"{ROOT}/etc/settings",
        marker=f"# {{mark}} block {number}",
        content=f"first line of {number}\nsecond line of {number}",
        try_prevent_shell_expansion=True,
    )
for number in range(3):
    files.link(path=f"{ROOT}/run/link{number}", target=f"{ROOT}/data/file{number}")
systemd.service(service="ssh", running=True, enabled=True)
server.shell(commands=["uname -r"])
server.shell(commands=["cat /proc/uptime"])
server.shell(commands=["id bench | wc -l"])
server.shell(commands=["getent passwd bench"])
server.shell(commands=[f"cat {ROOT}/data/file1"])
server.shell(commands=[f"find {ROOT}/data -name 'file*'"])
files.file(path=f"{ROOT}/old", present=False)
files.line(path=f"{ROOT}/etc/settings", line="^obsolete.*", present=False)
