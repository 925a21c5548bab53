"""What the trials of GetImages say about a camera's stream, in sentences. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from infra.cli.doctor.checks.findings import Finding, note, ok, warning
from infra.cli.terminal.times import OPENING_HOURS_PERIOD
from ingest.pull.selection import SETTLE
from ingest.registry.camera import Camera, Mode
from ingest.times import show_time


@dataclass(frozen=True)
class Trial:
    """What GetImages gave for one instant: a picture with its time, or an error.

    `keyframe_time` is that of the keyframe which mode `fragments` takes, if there is one; `shows_keyframe`
    says whether the picture shows it, None if that could not be compared.
    """

    instant: datetime
    time: datetime | None = None
    keyframe_time: datetime | None = None
    error: str | None = None
    shows_keyframe: bool | None = None


def judge(camera: Camera, due: int, trials: Sequence[Trial], now: datetime) -> Iterator[Finding]:
    """The share of instants without a picture, and what the pictures show; `due` instants were wanted."""
    if not trials:
        many = "no instant was due" if not due else f"there is no video of the last {due} due instants"
        yield note(f"{many}, so GetImages could not be measured", _again(camera, now))
        return
    if far := due - len(trials):
        yield note(f"{far} of the last {due} due instants have no keyframe near enough: all modes miss them")
    yield _judge_missing(camera, trials)
    if compared := [trial for trial in trials if trial.keyframe_time and trial.shows_keyframe is not None]:
        yield ok(f"{_shown(compared)}; {_distance(compared)}")


def _again(camera: Camera, now: datetime) -> str:
    """When the next instant can be measured: the camera or its stream may be new, or its shop closed."""
    following = next(camera.due(now - SETTLE, now + OPENING_HOURS_PERIOD), None)
    if following is None:
        return "its opening hours contain no sample instant: see `occupancy camera set`"
    time = show_time(following + SETTLE, camera.sampling_at(following).time_zone)
    return f"try again after {time}, when the next due instant can be measured, if its video arrives"


def _judge_missing(camera: Camera, trials: Sequence[Trial]) -> Finding:
    errors = Counter(trial.error for trial in trials if trial.error)
    given = f"GetImages gave a picture for {len(trials) - errors.total()} of {len(trials)} instants"
    if not errors:
        return ok(given)
    reasons = ", ".join(f"{number / len(trials):.0%} {error}" for error, number in errors.most_common())
    if camera.mode in {Mode.IMAGES, Mode.AUTO}:
        instead = "they are gaps" if camera.mode is Mode.IMAGES else "fragments are read for them as well"
        do = f"`occupancy camera set {camera.camera_id} --mode fragments`"
        return warning(f"{given}: {reasons}; in mode {camera.mode} {instead}", do)
    return note(f"{given}: {reasons}")


def _shown(compared: Sequence[Trial]) -> str:
    same = sum(trial.shows_keyframe is True for trial in compared)
    others = "" if same == len(compared) else ", the others another frame"
    return f"{same} of {len(compared)} pictures show the keyframe that mode fragments takes{others}"


def _distance(compared: Sequence[Trial]) -> str:
    distances = [
        (trial.time - trial.keyframe_time).total_seconds()
        for trial in compared
        if trial.time and trial.keyframe_time
    ]
    return (
        f"the time that GetImages names is {median(distances):.1f} s after the keyframe's (median;"
        f" {min(distances):.1f} to {max(distances):.1f} s)"
    )
