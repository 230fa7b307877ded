"""The state of a fit as lines of text."""

import unicodedata
from bisect import bisect_right
from itertools import accumulate

from skembed.inspection.progress.messages import Ended
from skembed.inspection.progress.run import Candidate, Path, Run, Task

__all__ = ["clipped", "line_of_ended", "line_of_round", "lines_now", "summary"]

_EPOCH = "epoch: "
_BAR = 20
_PARTS = {
    "Pipeline": "steps",
    "KerasTextClassifier": "epochs",
    "WeightedVotingClassifier": "fits",
}


def lines_now(run: Run, width: int, n_lines: int) -> list[str]:
    """Return what a terminal shows of a running fit, in at most `n_lines` lines.

    Where there is little space, what runs first is shown, and other processes are counted.
    """
    head = [_header(run, width)]
    if run.best is not None:
        head.append(f"best  {_score(run.best)}  {_named(run.best)}")
    if run.last is not None:
        head.append(f"last  {_score(run.last)}  {_named(run.last)}")
    active = [lines for path in _active(run) if (lines := _lines_of_active(run, path))]
    if active:
        head = head[: max(1, n_lines - len(active[0]))]
    shown: list[str] = []
    for i, lines in enumerate(active):
        is_last = i == len(active) - 1
        space = n_lines - len(head) - len(shown) - (not is_last)
        if i and len(lines) > space:
            shown.append(f"runs  {len(active) - i} more")
            break
        shown += lines
    return (head + shown)[:n_lines]


def _header(run: Run, width: int) -> str:
    fraction = run.fraction()
    time = _minutes(run.seconds)
    if 0.02 < fraction < 1:
        time += f", {_minutes(run.seconds * (1 - fraction) / fraction)} left"
    before, after = f"{run.name}  {_count(run)}", f"{int(fraction * 100):3d} %  {time}"
    size = min(_BAR, width - len(before) - len(after) - 3)  # a bar of what space is left
    done = round(fraction * size)
    bar = "█" * done + "░" * (size - done) + " " if size > 2 else ""
    return f"{before}  {bar}{after}"


def _count(run: Run) -> str:
    search, root = run.tasks.get((0,)), run.tasks.get(())
    if not run.is_search:
        return _parts_done(root) if root is not None else ""
    if search is None:
        return f"{run.n_fits} fits, refit"
    if not search.begun.facts:  # its parts are rounds
        now = run.tasks.get((0, search.n_done))
        fits = f", {now.n_done} of {now.n_subtasks} fits" if now is not None else ""
        return f"round {search.n_done + 1} of {run.n_units}{fits}"
    return f"{run.n_fits} of {run.n_units + run.n_refits} fits"


def _parts_done(task: Task) -> str:
    if not task.n_subtasks:
        return ""
    return f"{task.n_done} of {task.n_subtasks} {_PARTS.get(task.estimator, 'parts')}"


def _active(run: Run) -> list[Path]:
    """Return the parts that run side by side: folds of candidates, the refit, or else steps."""
    if run.is_search:
        return [p for p, task in run.tasks.items() if "candidate" in task.begun.facts or p == (1,)]
    return [path for path in run.tasks if len(path) == 1] or [*run.tasks][:1]


def _lines_of_active(run: Run, path: Path) -> list[str]:
    task, inner = run.tasks[path], _innermost(run, path)
    if "candidate" in task.begun.facts:
        candidate = run.candidate_of(task.begun)
        fold = f"fold {task.begun.facts['fold'] + 1} of {candidate.n_folds}"
        first = f"runs  candidate {candidate.number} of {candidate.n_candidates}, {fold}"
        first += f": {candidate.parameters}" if candidate.parameters else ""
    elif run.is_search:
        first = "runs  refit of the best candidate on all documents"
    else:
        return [f"runs  {_doing(inner)}"] if _doing(inner) else []
    # What has no part yet is the candidate itself, which the first line names.
    return [first, f"      {_doing(inner)}"] if inner is not task or task.last else [first]


def _innermost(run: Run, path: Path) -> Task:
    inner = [p for p in run.tasks if p[: len(path)] == path]
    return run.tasks[max(reversed(inner), key=len)]


def _doing(task: Task) -> str:
    """Return what a task is about: its step or estimator, and its last epoch."""
    if task.last.startswith(_EPOCH):
        figures = task.last.removeprefix(_EPOCH).split(", ")
        figures.sort(key=lambda figure: not figure.startswith("val_"))  # the end may be cut
        return f"epoch {task.n_done} of {task.n_subtasks}: {', '.join(figures)}"
    if task.estimator == "Pipeline" and task.begun.name.startswith("fit-"):
        return _step(task.begun.name)
    return f"{task.estimator}  {_parts_done(task)}".rstrip()


def _step(name: str) -> str:
    return name.removeprefix("fit-transform-").removeprefix("fit-").replace("-", " ")


def line_of_round(run: Run, task: Task) -> str:
    """Return the line that announces the candidates of a search, or of one of its rounds."""
    n_folds = task.begun.facts["n_folds"]
    n = (task.n_subtasks or 0) // n_folds
    number = ""
    if len(task.begun.path) > 1:
        number = f"round {task.begun.path[-1] + 1} of {run.n_units}, "
    return f"{run.name}: {number}{n} candidates, {n_folds} folds, {task.n_subtasks} fits"


def line_of_ended(run: Run, task: Task, message: Ended) -> str:
    """Return the line about a task that ended; "" for those that get none."""
    seconds = _minutes(run.seconds)
    if "candidate" in message.facts:
        candidate = run.candidate_of(message)
        if not candidate.is_complete:
            return ""
        best = f"best {run.best.mean:.4f}" if run.best is not None else "none yet"
        width = len(str(candidate.n_candidates))
        place = f"{candidate.number:{width}d} of {candidate.n_candidates}"
        return f"[{seconds}] {place}  {_score(candidate)} ({best})  {candidate.parameters}".rstrip()
    if run.is_search:
        is_refit = message.path == (1,)
        return f"[{seconds}] refit of the best candidate on all documents" if is_refit else ""
    if not message.path:
        return ""
    parent = run.tasks.get(message.path[:-1])
    if message.name.startswith(_EPOCH):
        done = f"epoch {parent.n_done} of {parent.n_subtasks}: " if parent is not None else ""
        return f"[{seconds}] {message.estimator}  {done}{message.name.removeprefix(_EPOCH)}"
    if parent is not None and parent.estimator == "Pipeline":
        step = f"step {parent.n_done} of {parent.n_subtasks}"
        return f"[{seconds}] {step}: {_step(task.begun.name)} ({task.estimator})"
    return ""


def summary(run: Run) -> str:
    """Return the last line: what came out, or how far it came."""
    if run.is_complete and not run.is_search:
        return f"{run.name}: fitted in {_minutes(run.seconds)}"
    what = f"{run.n_fits} fits in {_minutes(run.seconds)}" if run.is_search else ""
    if not run.is_complete:
        done = f"{run.n_fits} fits" if run.is_search else f"{int(run.fraction() * 100)} %"
        what = f"stopped after {done}, {_minutes(run.seconds)}"
    best = f"; best {_score(run.best)}, {_named(run.best)}" if run.best is not None else ""
    return f"{run.name}: {what}{best}"


def _score(candidate: Candidate) -> str:
    if candidate.mean != candidate.mean:
        return "failed"
    if candidate.n_folds == 1:
        return f"{candidate.mean:.4f}"
    return f"{candidate.mean:.4f} ± {candidate.deviation:.4f}"


def _named(candidate: Candidate) -> str:
    return f"candidate {candidate.number}: {candidate.parameters}".rstrip(": ")


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def clipped(line: str, width: int) -> str:
    """Return a line that takes at most `width` columns; wide characters take two."""
    wide = (1 + (unicodedata.east_asian_width(character) in "WF") for character in line)
    ends = [*accumulate(wide)]
    if not ends or ends[-1] <= width:
        return line
    return line[: bisect_right(ends, width - 1)] + "…"
