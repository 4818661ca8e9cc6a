#!/usr/bin/env python3
"""How long does the ε of many releases take, beside dp-accounting; and whose is below the truth?

    python3 -m venv /tmp/peer && /tmp/peer/bin/pip install dp-accounting==0.6.0
    /tmp/peer/bin/python benches/accounting.py            # prints the table, in about three minutes
    /tmp/peer/bin/python benches/accounting.py --write    # also into docs/performance.md

The questions are those of `benches/src/accounting.rs`. Both answer in turn, round after round, in
CPU time of one thread, from the parameters on, without the time to start; the figures are medians.
"""

import datetime
import math
import multiprocessing
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import dp_accounting
from dp_accounting import rdp
from dp_accounting.pld import common, privacy_loss_distribution as pld

BENCHES = pathlib.Path(__file__).resolve().parent
DOCUMENT = BENCHES.parent / "docs" / "performance.md"
OPENING, CLOSING = "<!-- accounting.py -->\n", "<!-- end of accounting.py -->"

ROUNDS = 5
# Seconds for a question, after which no other round begins.
PATIENCE = 20
# Widths of the cells into which the peer sorts privacy losses. Finer is more precise and slower.
INTERVALS = (1e-4,)
OTHER_INTERVALS = {
    "Laplace, ε 0.1 × 100": (1e-3, 1e-4),
    "Gaussian, σ 1, of a sample of 1 % × 10 000": (1e-3, 1e-4),
    # At 1e-4 it needs more than 10 GB.
    "the original tracker: Laplace, ε 0.5 × 129 600": (1e-3,),
}


class Ours:
    """The program `benches/examples/accounting.rs`."""

    def __init__(self):
        manifest = str(BENCHES / "Cargo.toml")
        command = ["cargo", "run", "--quiet", "--release", "--locked", "--manifest-path", manifest]
        pipe = subprocess.PIPE
        self.program = subprocess.Popen(
            [*command, "--example", "accounting"], stdin=pipe, stdout=pipe, encoding="utf-8"
        )
        lines = iter(self.program.stdout.readline, "\n")
        self.questions = [Question(number, line) for number, line in enumerate(lines)]
        assert OTHER_INTERVALS.keys() <= {question.name for question in self.questions}

    def answer(self, question):
        """The lower end, the upper end, and the seconds that an answer took."""
        print(question.number, file=self.program.stdin, flush=True)
        lower, upper, nanoseconds = self.program.stdout.readline().split()
        return float(lower), float(upper), float(nanoseconds) / 1e9


class Question:
    """A line of the program's: a name, a δ, and counted releases."""

    def __init__(self, number, line):
        name, delta, *releases = line.rstrip("\n").split("\t")
        self.number, self.name, self.delta = number, name, float(delta)
        self.releases = [parsed(*release.split()) for release in releases]
        self.intervals = OTHER_INTERVALS.get(name, INTERVALS)

    def by_distribution(self, interval):
        """The peer's pessimistic answer from the distribution of the privacy loss."""
        total = None
        for count, kind, *parameters in self.releases:
            loss = distribution(kind, *parameters, interval=interval)
            # Composing with itself once would only cost time.
            loss = loss.self_compose(count) if count > 1 else loss
            total = loss if total is None else total.compose(loss)
        return total.get_epsilon_for_delta(self.delta)

    def by_moments(self):
        """The peer's answer from Rényi divergences, or none."""
        accountant = rdp.RdpAccountant()
        for count, kind, *parameters in self.releases:
            made = event(kind, *parameters)
            if made is None:
                return None
            accountant.compose(made, count)
        return accountant.get_epsilon(self.delta)


def parsed(count, kind, *parameters):
    return int(count), kind, *map(float, parameters)


def distribution(kind, *parameters, interval):
    cells = {"value_discretization_interval": interval}
    if kind == "laplace":
        return pld.from_laplace_mechanism(*parameters, **cells)
    if kind == "gaussian":
        deviation, probability = parameters
        return pld.from_gaussian_mechanism(deviation, sampling_prob=probability, **cells)
    if kind == "discrete_laplace":
        steps, scale = parameters
        # Without the dots, its own default, it is less precise.
        return pld.from_discrete_laplace_mechanism(
            1 / scale, int(steps), use_connect_dots=True, **cells
        )
    if kind == "pure":
        return pld.from_privacy_parameters(
            common.DifferentialPrivacyParameters(*parameters, 0.0), **cells
        )
    raise ValueError(kind)


def event(kind, *parameters):
    if kind == "laplace":
        return dp_accounting.LaplaceDpEvent(*parameters)
    if kind == "gaussian":
        deviation, probability = parameters
        gaussian = dp_accounting.GaussianDpEvent(deviation)
        sampled = dp_accounting.PoissonSampledDpEvent(probability, gaussian)
        return gaussian if probability == 1 else sampled
    return None


def timed(ask):
    start = time.thread_time()
    answer = ask()
    return answer, time.thread_time() - start


def peak(process="self"):
    """The largest memory that a process has had, in MB."""
    lines = pathlib.Path("/proc", str(process), "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def peak_after(question, interval):
    question.by_distribution(interval)
    return peak()


def peaks(questions):
    """Of the peer's answers, each in a new process, since some memory is kept for the next."""
    asked = [(question, interval) for question in questions for interval in question.intervals]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        found = processes.starmap(peak_after, asked, chunksize=1)
    return {(question.name, interval): mb for (question, interval), mb in zip(asked, found)}


def rows(ours, question, memory):
    """What both say to a question, a row for each interval."""
    intervals = question.intervals
    times = {key: [] for key in ("ours", "moments", *intervals)}
    answers = {}
    start = time.monotonic()
    while len(times["ours"]) < ROUNDS and time.monotonic() - start < PATIENCE:
        lower, upper, seconds = ours.answer(question)
        times["ours"].append(seconds)
        for interval in intervals:
            answers[interval], seconds = timed(lambda: question.by_distribution(interval))
            times[interval].append(seconds)
        moments, seconds = timed(question.by_moments)
        times["moments"].append(seconds)
    medians = {key: statistics.median(values) for key, values in times.items()}

    def ratio(key):
        return f"{three_digits(medians[key] / medians['ours'])}×"

    first = [question.name, f"{upper:.10f}", f"−{upper - lower:.0e}", duration(medians["ours"])]
    last = ["–", "–"]
    if moments is not None:
        last = [difference(moments, lower, upper), ratio("moments")]
    for interval in intervals:
        off = difference(answers[interval], lower, upper)
        megabytes = f"{memory[question.name, interval]:.0f}"
        theirs = [f"{interval:.0e}", off, megabytes, duration(medians[interval])]
        yield [*first, *theirs, ratio(interval), *last]
        first, last = [""] * len(first), [""] * len(last)


def difference(answer, lower, upper):
    """Of an answer that should be an upper bound, to the certified ends."""
    if answer < lower:
        return f"**−{lower - answer:.1e}, too low**"
    if answer <= upper:
        return "between them"
    return f"+{answer - upper:.1e}" if math.isfinite(answer) else "∞"


def duration(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            break
    return f"{three_digits(seconds / size)} {unit}"


def three_digits(value):
    digits = max(0, 2 - math.floor(math.log10(value)))
    value = round(value, 2 - math.floor(math.log10(value)))
    return f"{value:_.{digits}f}".replace("_", " ")


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "unknown")


def main():
    ours = Ours()
    imported, memory = peak(), peaks(ours.questions)
    head = ["ε of", "at most", "at least", "time"]
    head += ["its cells", "its answer", "MB", "time", "÷ ours", "by moments", "÷ ours"]
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    for question in ours.questions:
        print(question.name, file=sys.stderr)
        lines += [f"| {' | '.join(row)} |" for row in rows(ours, question, memory)]
    lines += [
        "",
        f"Our whole process has {peak(ours.program.pid):.1f} MB at its peak, theirs {imported:.0f} "
        "MB before it is asked anything.",
        "",
        f"{processor()}, Python {platform.python_version()}, dp-accounting 0.6.0, "
        f"{datetime.date.today()}; `python benches/accounting.py`",
        "",
    ]
    text = "\n".join(lines)
    print(text)
    if sys.argv[1:] == ["--write"]:
        before, rest = DOCUMENT.read_text(encoding="utf-8").split(OPENING)
        _, after = rest.split(CLOSING)
        DOCUMENT.write_text(f"{before}{OPENING}{text}{CLOSING}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
