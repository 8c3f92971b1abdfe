"""pyarrow out of the archive that scripts/bootstrap fetched for naru-parquet: nothing more is downloaded."""
import os
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INTO = ROOT / ".cache" / "pyarrow"


def find():
    """pyarrow and its module for Parquet; or why they are not to be had."""
    if sys.version_info[:2] != (3, 11):
        return None, "pyarrow's wheel is one for Python 3.11"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "naru" / "archives"
    wheels = sorted(cache.glob("pypi-pyarrow-*.whl"))
    if not wheels:
        return None, "no archive of pyarrow: scripts/bootstrap brings it"
    unpacked = INTO / wheels[-1].stem
    if not (unpacked / "whole").exists():
        with zipfile.ZipFile(wheels[-1]) as wheel:
            wheel.extractall(unpacked)
        (unpacked / "whole").touch()
    sys.path.insert(0, str(unpacked))
    import pyarrow
    import pyarrow.parquet
    return pyarrow, None
