"""Runs the recount of a camera: its entry, its threshold, its rule, then the rows."""

import secrets
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property

from counter.recount.entries import RecountEntries
from counter.recount.entry import Recount, RecountRuns
from counter.recount.run import Done, RecountDependencies, Span, run
from counter.rows.kept_rules import KeptRules
from infra.cli.aws.deployment import Deployment
from infra.cli.recount.choice import RecountedCamera
from infra.cli.terminal.console import warn
from ingest.aws.failures import AWS_FAILURES
from ingest.registry.camera import InvalidCamera
from ingest.registry.registry_errors import CameraChanged, UnknownCamera

WORKERS = 10
"""Rows that are put at the same time: botocore's connections of a client."""


class Recounting:
    """Recounts of one command, each under a name of its own."""

    def __init__(self, deployment: Deployment, span: Span) -> None:
        self._deployment = deployment
        self._span = span
        self._now = deployment.clock.now

    def unfinished(self, cameras: Sequence[RecountedCamera]) -> bool:
        """Whether a recount of one of the cameras has not ended."""
        return any(self._entries.get(chosen.camera_id) is not None for chosen in cameras)

    def run(self, chosen: RecountedCamera) -> Generator[Done, None, None]:
        """Recount a camera, or go on with it.

        Raises RecountRuns, RecountUnfinished, RecountTaken, or CameraChanged if its rule is not the one that
        was shown.
        """
        owner = secrets.token_hex(8)
        begun = self._begin(chosen, owner)
        registry_stays = chosen.min_confidence is None
        try:
            self._set_rule(chosen)
            with ThreadPoolExecutor(WORKERS) as threads:
                table = self._deployment.occupancy
                needs = RecountDependencies(table, self._entries, self._deployment.marks, threads, self._now)
                yield from run(begun, chosen.rule, needs)
        except (CameraChanged, UnknownCamera, InvalidCamera):
            registry_stays = True
            raise
        finally:
            self._leave(chosen.camera_id, owner, registry_stays=registry_stays)

    def _begin(self, chosen: RecountedCamera, owner: str) -> Recount:
        """Write the entry. One that seems to run is given the time to say so again."""
        start, end = self._span
        wanted = Recount(
            chosen.camera_id, start, end, chosen.rule.digest, chosen.min_confidence, start, start
        )
        try:
            return self._entries.begin(wanted, owner, self._now())
        except RecountRuns as running:
            expires = running.recount.expires
            seconds = (expires - self._now()).total_seconds() if expires else 0.0
            warn(f"{running}; this waits {max(seconds, 0):.0f} s, in case that command was killed")
            self._deployment.clock.sleep(max(seconds, 0))
            return self._entries.begin(wanted, owner, self._now())

    def _leave(self, camera_id: str, owner: str, *, registry_stays: bool) -> None:
        """Remove the entry if this run has changed nothing; else leave it to whoever runs the command again.

        Neither does anything to a recount that has ended. The lease ends by itself if AWS cannot be reached.
        """
        with suppress(*AWS_FAILURES):
            if not (registry_stays and self._entries.withdraw(camera_id, owner)):
                self._entries.release(camera_id, owner)

    def _set_rule(self, chosen: RecountedCamera) -> None:
        """Set the threshold in the registry; keep the rule, which rows will name. Raises CameraChanged."""
        registry, before = self._deployment.registry, chosen.registered
        now = registry.get(chosen.camera_id)
        if now.camera != before.camera:
            raise CameraChanged(chosen.camera_id)
        if chosen.after != now.camera:
            registry.change(now, chosen.after, self._now())
        self._rules.keep(chosen.camera_id, chosen.rule)

    @cached_property
    def _entries(self) -> RecountEntries:
        return RecountEntries(self._deployment.dynamodb, self._deployment.deployed.output("StoreTableName"))

    @cached_property
    def _rules(self) -> KeptRules:
        return KeptRules(self._deployment.dynamodb, self._deployment.stack.quarter_hour_table)
