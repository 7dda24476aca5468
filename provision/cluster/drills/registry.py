"""The drills that there are."""

from __future__ import annotations

from collections.abc import Mapping

from provision.cluster.drills import (
    consul_leader,
    node_loss,
    node_reboot,
    partition,
    rolling_restart,
    swarm_leader,
)
from provision.cluster.drills.drill import Drill

DRILLS: Mapping[str, Drill] = {
    module.DRILL.name: module.DRILL
    for module in (
        consul_leader,
        swarm_leader,
        node_loss,
        node_reboot,
        partition,
        rolling_restart,
    )
}
