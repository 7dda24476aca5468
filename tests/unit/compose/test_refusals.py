"""Bad compose files: each is refused with its place, never a traceback."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from provision.compose import Source, load_stack
from provision.errors import ProvisionError

from .support import load

WEB = "services:\n  web:\n    image: i\n"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("", "c1.yml", "empty"),
        ("- a", "c1.yml:1:1", "not a mapping"),
        ("services: [", "c1.yml:2:1", "not YAML"),
        ("services: {}", "c1.yml", "no services"),
        ("version: '2'\n" + WEB, "c1.yml:1:10", "version"),
        ("sevices: {}", "c1.yml:1:1", "has no 'sevices'"),
        ("services:\n  web:\n    imagine: i", "c1.yml:3:5", "has no 'imagine'"),
        ("services:\n  web: {build: .}", "c1.yml:2:8", "has no image"),
        (WEB + "    extends: x", "c1.yml:4:14", "extends"),
        (WEB + "    mem_limit: 1M", "c1.yml:4:16", "mem_limit"),
        (WEB + "    ports: [http]", "c1.yml:4:13", "is no port"),
        (WEB + "    ports: ['70000:80']", "c1.yml:4:13", "70000"),
        (WEB + "    ports: ['127.0.0.1:80:80']", "c1.yml:4:13", "all addresses"),
        (WEB + "    ports: ['1-2:1']", "c1.yml:4:13", "differ in length"),
        (WEB + "    ports: [{published: 1}]", "c1.yml:4:13", "no target"),
        (WEB + "    ports: 80", "c1.yml:4:5", "not a list"),
        (WEB + "    volumes: ['a:b:c:d']", "c1.yml:4:15", "is no volume"),
        (WEB + "    volumes: ['nope:/d']", "c1.yml:4:15", "not declared under volumes"),
        (WEB + "    volumes: ['~/x:/d']", "c1.yml:4:15", "cannot be told"),
        (WEB + "    volumes: [{type: nfs, target: /x}]", "c1.yml:4:22", "not one of"),
        (
            WEB + "    volumes: [{type: bind, source: /a, target: /x, tmpfs: {size: 1}}]",
            "c1.yml:4:59",
            "options of a tmpfs",
        ),
        (WEB + "    networks: [nope]", "c1.yml:4:15", "not declared under networks"),
        (WEB + "    secrets: [nope]", "c1.yml:4:15", "not declared under secrets"),
        (WEB + "secrets: {a: {}}", "c1.yml:4:14", "neither file"),
        (WEB + "secrets: {a: {file: f, external: true}}", "c1.yml:4:24", "both file and external"),
        (WEB + "secrets: {a: {file: gone}}", "c1.yml:4:21", "no /srv/app/gone"),
        (WEB + "secrets: {a: {environment: PW}}", "c1.yml:4:28", "PW is not set"),
        (WEB + "    env_file: gone", "c1.yml:4:15", "no /srv/app/gone"),
        (WEB + "    healthcheck: {interval: 5}", "c1.yml:4:19", "not a duration"),
        (WEB + "    healthcheck: {test: [true]}", "c1.yml:4:25", "begins with"),
        (WEB + "    deploy: {replicas: many}", "c1.yml:4:24", "whole number"),
        (WEB + "    deploy: {replicas: -1}", "c1.yml:4:14", "from 0 on"),
        (WEB + "    deploy: {mode: globl}", "c1.yml:4:20", "not one of"),
        (WEB + "    deploy: {mode: global, replicas: 2}", "c1.yml:4:28", "as there are nodes"),
        (WEB + "    deploy: {resources: {limits: {memory: lots}}}", "c1.yml:4:43", "not a size"),
        (WEB + "    init: perhaps", "c1.yml:4:11", "true or false"),
        (WEB + "    environment: {A: [1]}", "c1.yml:4:18", "mapping of texts"),
        (WEB + '    command: "sh -c \'x"', "c1.yml:4:14", "command line"),
        (WEB + "    ulimits: {nofile: {soft: 1}}", "c1.yml:4:23", "soft and hard"),
        (WEB + "    extra_hosts: [lonely]", "c1.yml:4:18", "name:address"),
        (WEB + "    hostname: ${HOST:?say which}", "c1.yml:4:15", "say which"),
        (
            WEB + "    ports: ['80:80']\n    deploy: {endpoint_mode: dnsrr}",
            "c1.yml:4:12",
            "routing mesh",
        ),
        ("services: &a {web: {image: i, x-a: *a}}", "c1.yml:1:11", "recursive"),
    ],
)
def test_refused_with_its_place(text, place, said):
    with pytest.raises(ProvisionError) as caught:
        load(text)
    assert said in caught.value.message
    assert str(caught.value.at) == place


def test_did_you_mean():
    with pytest.raises(ProvisionError) as caught:
        load("services: {web: {image: i, configs: [indx]}}\nconfigs: {index: {content: x}}")
    assert caught.value.hint == "did you mean 'index'?"


def test_a_line_of_an_env_file():
    with pytest.raises(ProvisionError) as caught:
        load(WEB + "    env_file: e", files={"/srv/app/e": b"A=1\nb c=2\n"})
    assert str(caught.value.at) == "e:2:1"


@pytest.mark.parametrize("name", ["", "a b", "-a", "../x"])
def test_names_of_stacks(name):
    with pytest.raises(ProvisionError, match="cannot be a stack's name"):
        load(WEB, name=name)


KEYS = st.sampled_from(
    [
        "services", "web", "image", "ports", "volumes", "networks", "secrets", "configs", "deploy",
        "resources", "limits", "memory", "replicas", "healthcheck", "test", "command", "source",
        "target", "type", "external", "file", "content", "name", "environment", "labels", "ipam",
        "config", "update_config", "placement", "preferences", "ulimits", "logging", "version",
        "extra_hosts", "env_file", "driver_opts", "tmpfs", "bind", "volume", "mode", "default",
    ]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.binary(max_size=3),
    st.sampled_from(["i", "80:80", "a:/b", "1s", "1M", "${A}", "$", "host", "0444"]),
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(KEYS, LEAVES), inner, max_size=5)
    ),
    max_leaves=25,
)


def _never_a_traceback(content):
    try:
        load_stack("st", [Source(content, "c.yml", "/", lambda path, at: b"A=1\n")], {})
    except ProvisionError as error:
        assert error.message


@given(TREES)
def test_any_data_is_a_stack_or_refused(tree):
    _never_a_traceback(tree)


@given(st.dictionaries(KEYS, TREES, max_size=6))
def test_any_service_is_translated_or_refused(body):
    tree = {"services": {"web": {"image": "i", **body}}, "volumes": body, "secrets": body}
    _never_a_traceback(tree)
    try:
        text = yaml.safe_dump(tree, allow_unicode=True)
    except (yaml.YAMLError, UnicodeEncodeError):
        return
    _never_a_traceback(text)


@given(st.text())
def test_any_text_is_a_stack_or_refused(text):
    _never_a_traceback(text)
