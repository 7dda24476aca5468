"""What a service's containers are: the Spec's ContainerSpec."""

from __future__ import annotations

from typing import Any

from provision.agent.docker.stack_specs import STACK_LABEL
from provision.compose.mounts import mounts
from provision.compose.names import Names
from provision.compose.section import Section, given, text_of
from provision.errors import DataError


def container_spec(section: Section, image: str, names: Names) -> dict[str, Any]:
    """The ContainerSpec of a service. Raises DataError."""
    environment = section.pairs("environment")
    grace = section.duration("stop_grace_period")
    return given(
        Image=image,
        Labels={**section.labels("labels"), STACK_LABEL: names.stack},
        Command=section.words("entrypoint") or None,
        Args=section.words("command") or None,
        Hostname=section.text("hostname"),
        Env=[f"{name}={value}" for name, value in sorted(environment.items())] or None,
        Dir=section.text("working_dir"),
        User=section.text("user"),
        Groups=section.texts("group_add") or None,
        StopSignal=section.text("stop_signal"),
        StopGracePeriod=grace,
        TTY=section.flag("tty"),
        OpenStdin=section.flag("stdin_open"),
        ReadOnly=section.flag("read_only"),
        Init=section.flag("init"),
        OomScoreAdj=section.number("oom_score_adj"),
        Sysctls=section.labels("sysctls") or None,
        CapabilityAdd=_capabilities(section, "cap_add"),
        CapabilityDrop=_capabilities(section, "cap_drop"),
        Ulimits=_ulimits(section),
        Healthcheck=_healthcheck(section),
        Hosts=sorted(f"{ip} {name}" for name, ip in section.pairs("extra_hosts").items()) or None,
        DNSConfig=given(
            Nameservers=section.texts("dns", single=True) or None,
            Search=section.texts("dns_search", single=True) or None,
            Options=section.texts("dns_opt") or None,
        )
        or None,
        Mounts=mounts(section, names) or None,
        Secrets=_files(section, "secrets", "Secret", names),
        Configs=_files(section, "configs", "Config", names),
    )


def _capabilities(section: Section, key: str) -> list[str] | None:
    names = {name.upper() for name in section.texts(key)}
    return sorted(
        name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}" for name in names
    ) or None  # fmt: skip


def _ulimits(section: Section) -> list[dict[str, Any]] | None:
    wanted = section.section("ulimits")
    out = []
    for name in sorted(wanted.names()):
        if isinstance(wanted.raw(name), dict):
            both = wanted.section(name)
            both.only(("soft", "hard"))
            soft, hard = both.number("soft"), both.number("hard")
            if soft is None or hard is None:
                raise DataError(f"{both.name} needs soft and hard", at=both.at)
        else:
            soft = hard = wanted.number(name)
        out.append({"Name": name, "Soft": soft, "Hard": hard})
    return out or None


def _healthcheck(section: Section) -> dict[str, Any] | None:
    if "healthcheck" not in section:
        return None
    check = section.section("healthcheck")
    check.only(
        ("test", "interval", "timeout", "retries", "start_period", "start_interval", "disable")
    )
    test = check.raw("test")
    if isinstance(test, list):
        words = [text_of(word) for word in check.texts("test")]
        if not words or words[0] not in ("NONE", "CMD", "CMD-SHELL"):
            raise check.wrong("test", "a list that begins with NONE, CMD or CMD-SHELL")
    else:
        words = ["CMD-SHELL", check.text("test") or ""] if test is not None else []
    if check.flag("disable"):
        if words and words != ["NONE"]:
            raise DataError(f"{check.name} has a test and is disabled", at=check.place("disable"))
        return {"Test": ["NONE"]}
    return given(
        Test=words or None,
        Interval=check.duration("interval"),
        Timeout=check.duration("timeout"),
        StartPeriod=check.duration("start_period"),
        StartInterval=check.duration("start_interval"),
        Retries=check.number("retries", 0),
    )


def _files(section: Section, key: str, title: str, names: Names) -> list[dict[str, Any]] | None:
    out = []
    for position, entry in enumerate(section.items(key)):
        each = Section(entry, f"{section.name}.{key}[{position}]", section.place(key))
        each.only(("source", "target", "uid", "gid", "mode"))
        source = each.text("source")
        if source is None:
            raise DataError(f"{each.name} has no source", at=each.at)
        default = source if key == "secrets" else f"/{source}"
        mode = each.mode("mode")
        file = {
            "Name": each.text("target") or default,
            "UID": each.text("uid") or "0",
            "GID": each.text("gid") or "0",
            "Mode": 0o444 if mode is None else mode,
        }
        out.append({f"{title}Name": names.stored(key, source, each.at), "File": file})
    return sorted(out, key=lambda each: (str(each["File"]), str(each))) or None
