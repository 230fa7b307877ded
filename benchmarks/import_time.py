"""What it costs to import a text step, beside scikit-learn and pandas alone.

Bound: at most twice. Run as ``python -m benchmarks.import_time``.
"""

import statistics
import subprocess
import sys
import time

ROUNDS = 9
PROGRAMS = {
    "skembed.TextCleaner": "import skembed; skembed.TextCleaner",
    "sklearn.base, pandas": "import sklearn.base, pandas",
}


def main():
    seconds = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    print(f"python -c 'import ...', median of {ROUNDS - 1} rounds after a warm-up")
    for name, value in median.items():
        print(f"  {name:<22}{value:6.2f} s")
    ours, theirs = median.values()
    print(f"  ratio                 {ours / theirs:6.2f}    (at most 2)")


if __name__ == "__main__":
    main()
