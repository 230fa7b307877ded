"""Describe the machine and the package versions that the figures depend on."""

import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import Any

PACKAGES = ("scikit-learn", "keras", "tensorflow", "jax", "torch", "numpy", "pandas", "gensim")


def describe_machine() -> dict[str, Any]:
    """Return the processor, operating system, Python and package versions, and date."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text().splitlines()
        model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), model)
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {
            name: importlib.metadata.version(name) for name in PACKAGES if _is_installed(name)
        },
        "date": time.strftime("%Y-%m-%d"),
    }


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
