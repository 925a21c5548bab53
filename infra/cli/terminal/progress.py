"""The progress bar of a command that takes a while, on stderr."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn

from infra.cli.terminal.console import console


def progress_bar(*more: ProgressColumn, transient: bool = False, disable: bool = False) -> Progress:
    """Description, bar and `12/40`, then the columns of `more`; a transient bar disappears at its end."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *more,
        console=console(stderr=True),
        transient=transient,
        disable=disable,
        # Rich would write to stderr what the command writes to stdout, which may be a file.
        redirect_stdout=False,
    )
