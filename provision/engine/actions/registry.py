"""All actions: modules whose work needs the controller's files or memory."""

from __future__ import annotations

from provision.engine.actions import (
    add_host,
    assert_,
    copy,
    debug,
    fail,
    fetch,
    gather_facts,
    group_by,
    include_role,
    include_tasks,
    include_vars,
    meta,
    pause,
    raw,
    reboot,
    script,
    set_fact,
    template,
    unarchive,
    validate_argument_spec,
    wait_for_connection,
)
from provision.engine.actions.base import Action

ACTIONS: dict[str, Action] = {
    module.ACTION.spec.name: module.ACTION
    for module in (
        add_host,
        assert_,
        copy,
        debug,
        fail,
        fetch,
        gather_facts,
        group_by,
        include_role,
        include_tasks,
        include_vars,
        meta,
        pause,
        raw,
        reboot,
        script,
        set_fact,
        template,
        unarchive,
        validate_argument_spec,
        wait_for_connection,
    )
}
