"""The use of the code for which months were calculated by hand."""

from infra.cost.counts import Counted, Counts
from infra.cost.data import COUNTS

HAND_COUNTS = Counts(
    Counted(
        registry_item=504,
        row=422,
        quarter=178,
        fragments_a_sample=1.0,
        heads_a_sample=1.0,
        writes_a_row=1.0,
        writes_a_roll_up=1.0,
        reads_a_camera=0.5,
        reads_a_row=1.0,
        closing_writes=1.0,
        closing_roll_up_writes=1.0,
        closing_store_reads=1.5,
        closing_mark_writes=1.0,
        history_puts=2.0,
        history_gets=2.0,
        history_join_puts=1.0,
        history_join_gets=1.0,
        history_store_reads=2.0,
        history_writes=1.0,
        history_mark_removals=1.0,
        closing_line=350,
        alarm_metrics=10,
        dashboards=0,
        pull_writes={"fragments": 2.0},
        pull_reads=1.0,
        log={"schedule": 285, "pull": 566, "counter": 356, "closing": 440},
        metrics={"schedule": 2, "pull": 7, "counter": 13, "closing": 14},
        memory_gb={"schedule": 1.0, "pull": 1.7275, "closing": 1.7275},
        batch={"pull": 10},
        counter_memory_gb={"5": 0.5, "10": 1.0, "25": 1.0},
        counter_batch={"5": 25, "10": 60, "25": 60},
    ),
    COUNTS.assumed,
)
"""The use for which the month was calculated; the code may use less today (`counts.toml`)."""
