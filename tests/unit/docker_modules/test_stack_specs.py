"""Telling a service's Spec, as an Engine gives it back, from the one that a stack wants."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from provision.agent.docker.stack_specs import differences, other_mode, updated

WANTED: dict[str, Any] = {
    "Name": "st_web",
    "Labels": {"com.docker.stack.namespace": "st"},
    "Mode": {"Replicated": {"Replicas": 2}},
    "EndpointSpec": {"Mode": "vip"},
    "UpdateConfig": {"Parallelism": 1},
    "TaskTemplate": {
        "ContainerSpec": {"Image": "i:1", "Init": False, "Env": ["A=1"]},
        "Networks": [{"Target": "n1", "Aliases": ["web"]}],
    },
}


def told(**more):
    """As an Engine tells it: with what it fills in."""
    held = copy.deepcopy(WANTED)
    held["TaskTemplate"].update(
        {"ForceUpdate": 3, "Runtime": "container", "Placement": {"Platforms": [{}]}}
    )
    held["TaskTemplate"]["ContainerSpec"].update(
        {"Image": "i:1@sha256:" + "a" * 64, "Isolation": "default", "DNSConfig": {}}
    )
    held["UpdateConfig"].update({"FailureAction": "pause", "MaxFailureRatio": 0})
    held.update(more)
    return held


def test_what_an_engine_adds_is_no_difference():
    assert differences(told(), WANTED) == {}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Mode": {"Replicated": {"Replicas": 5}}}, "Mode.Replicated"),
        ({"Mode": {"Replicated": {"Replicas": 0}}}, "Mode.Replicated"),
        ({"UpdateConfig": {"Parallelism": 0}}, "UpdateConfig.Parallelism"),
        ({"Labels": {}}, "Labels.com.docker.stack.namespace"),
        ({"EndpointSpec": {"Mode": "dnsrr"}}, "EndpointSpec.Mode"),
    ],
)
def test_each_difference_is_seen(change, path):
    assert list(differences(told(**change), WANTED)) == [path]


def test_what_is_not_wanted_any_more_is_a_difference():
    wanted = copy.deepcopy(WANTED)
    del wanted["TaskTemplate"]["ContainerSpec"]["Env"]
    path = "TaskTemplate.ContainerSpec.Env"
    assert differences(told(), wanted) == {path: (["A=1"], None)}


def test_another_image_or_digest_is_a_difference():
    wanted = copy.deepcopy(WANTED)
    for image in ("i:2", "i:1@sha256:" + "b" * 64):
        wanted["TaskTemplate"]["ContainerSpec"]["Image"] = image
        assert list(differences(told(), wanted)) == ["TaskTemplate.ContainerSpec.Image"]


def test_an_update_does_not_undo_forced_ones():
    assert updated(told(), WANTED)["TaskTemplate"]["ForceUpdate"] == 3
    assert "ForceUpdate" not in WANTED["TaskTemplate"]


def test_modes():
    assert other_mode(told(), {"Mode": {"Global": {}}})
    assert not other_mode(told(), {"Mode": {"Replicated": {"Replicas": 1}}})
