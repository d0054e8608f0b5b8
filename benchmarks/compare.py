"""Times the workloads on Tangraph and its peers, side by side on one machine in one run.

usage: compare.py [WORKLOAD ...] [--engines tangraph,tf1,tf2,torch] [--python ENGINE=PATH] [--rounds N] [--json FILE]

`--python` names the interpreter of one engine, and is given once for each: `--python tf1=PATH --python torch=PATH`. The
environments of engines without one are made at their first use (`peers.py`).

Every engine of a workload is a process that stays alive. First the losses of 20 steps must agree; only then is anything
timed. Then rounds of short runs, all engines in turn (in an order that changes), so that noise on the machine meets all
alike. What is printed is the median time of a step, and the ratio of each peer's median to Tangraph's.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import time

import peers

HERE = pathlib.Path(__file__).resolve().parent
ENGINES = ("tangraph", "tf1", "tf2", "torch")
RECURRENT = ("rnn:1", "rnn:64", "gru:1", "gru:64", "lstm:1", "lstm:64")
CONVOLUTIONS = ("conv2d:28x1x5x32", "conv2d:14x32x5x64", "conv2d:32x3x4x32", "conv2d:16x32x4x64", "conv2d:28x32x3x32")
WORKLOADS = ("regression", "softmax", "mlp", "cnn", *CONVOLUTIONS, *RECURRENT, "build", "while_loop")
SECONDS_A_RUN = 0.25
#: Between two runs: the threads of some engines go on spinning for a while, at the cost of whoever comes next.
PAUSE = 0.25


class Engine:
    """A worker process."""

    def __init__(self, name, python, workload):
        self.name = name
        environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", PYTHONWARNINGS="ignore", PYTHONPATH=str(HERE))
        environment.setdefault("TF_USE_LEGACY_KERAS", "1")
        self._process = subprocess.Popen(
            [python, str(HERE / "worker.py"), name, workload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=HERE,
        )
        self.losses = self._read()
        self.times = []
        self.steps = 1

    def _read(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended: {self._process.stderr.read()[-2000:]}")
        return json.loads(line)

    def run(self, steps):
        """Returns the seconds that the steps take."""
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        return self._read()

    def calibrate(self):
        """Chooses how many steps make a run of about a quarter of a second."""
        while True:
            seconds = self.run(self.steps)
            if seconds > SECONDS_A_RUN / 4:
                self.steps = max(1, round(self.steps * SECONDS_A_RUN / seconds))
                return
            self.steps *= 4

    def close(self):
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait()


def measure(workload, pythons, rounds):
    """Returns engine -> seconds a step, one for each round."""
    engines = [Engine(name, python, workload) for name, python in pythons.items()]
    engines = [e for e in engines if e.losses is not None or e.close()]
    ours = engines[0].losses
    for engine in engines[1:]:
        # PyTorch's Adam adds its epsilon at another place, so that its losses drift away: five steps are compared.
        steps = 5 if engine.name == "torch" else len(ours)
        worst = max((abs(a - b) / max(abs(a), 1e-3) for a, b in zip(ours[:steps], engine.losses)), default=0.0)
        if worst > (5e-3 if engine.name == "torch" else 1e-3):
            raise SystemExit(
                f"{workload}: {engine.name} has other losses than {engines[0].name}: "
                f"{engine.losses[:3]}... and {ours[:3]}...: nothing is timed."
            )
    for engine in engines:
        engine.calibrate()
    for number in range(rounds):
        turn = number % len(engines)
        for engine in engines[turn:] + engines[:turn]:
            time.sleep(PAUSE)
            engine.times.append(engine.run(engine.steps) / engine.steps)
    for engine in engines:
        engine.close()
    return {e.name: e.times for e in engines}


def workload_name(text):
    """Returns the name of a workload, which is a module in workloads/, with its settings."""
    if not (HERE / "workloads" / f"{text.partition(':')[0]}.py").is_file():
        raise argparse.ArgumentTypeError(f"there is no such workload; README.md lists them. Received: {text!r}")
    return text


def engine_names(text):
    """Returns the engines of `--engines`."""
    names = text.split(",")
    if not set(names) <= set(ENGINES):
        raise argparse.ArgumentTypeError(f"expected names of {','.join(ENGINES)}. Received: {text!r}")
    return names


def interpreter(text):
    """Returns (engine, interpreter) of `--python`."""
    engine, _, path = text.partition("=")
    if engine not in ENGINES or not path:
        raise argparse.ArgumentTypeError(f"expected ENGINE=PATH, once for each engine. Received: {text!r}")
    found = shutil.which(path)
    if found is None:
        raise argparse.ArgumentTypeError(f"there is no such program. Received: {text!r}")
    # The workers run in another folder. A link stays one: it is an environment of its own.
    return engine, str(pathlib.Path(found).absolute())


def main():
    """Prints a table, and writes the figures when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", type=workload_name, metavar="WORKLOAD", help="all by default")
    parser.add_argument("--engines", type=engine_names, default=ENGINES, metavar="ENGINE,...")
    parser.add_argument(
        "--python",
        action="append",
        type=interpreter,
        default=[],
        metavar="ENGINE=PATH",
        help="the interpreter of an engine; given once for each",
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    known = dict(options.python)
    pythons = {name: known.get(name) or peers.python_of(name) for name in options.engines}
    results = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "workloads": {}}
    print(
        f"{'workload':18}"
        + "".join(f"{name + ' us':>14}" for name in pythons)
        + "".join(f"{name + ' / ours':>16}" for name in list(pythons)[1:])
    )
    for workload in options.workloads or WORKLOADS:
        times = measure(workload, pythons, options.rounds)
        medians = {name: statistics.median(t) for name, t in times.items()}
        ours = next(iter(medians.values()))
        cells = [f"{medians[n] * 1e6:14.1f}" if n in medians else f"{'-':>14}" for n in pythons]
        cells += [f"{medians[n] / ours:16.2f}" if n in medians else f"{'-':>16}" for n in list(pythons)[1:]]
        print(f"{workload:18}{''.join(cells)}", flush=True)
        results["workloads"][workload] = {
            name: {"median_us": medians[name] * 1e6, "min_us": min(t) * 1e6, "rounds": len(t)}
            for name, t in times.items()
        }
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
