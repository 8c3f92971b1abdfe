"""Stands in for `python3 -m pip` where tests pull packages: hands out archives of a folder, without a network.

usage: fake_pip.py FOLDER download … --dest DIR NAME==VERSION     Python 3, nothing else.

FOLDER/NAME-VERSION.whl is copied to DIR. Without it, it ends as pip does when a package cannot be had; FOLDER/full lets
it end as on a full disk, FOLDER/none as where pip is not installed, FOLDER/hang not at all. Each call is a line of
FOLDER/calls.
"""
import os
import shutil
import sys
import time

folder, arguments = sys.argv[1], sys.argv[2:]
with open(os.path.join(folder, "calls"), "a") as calls:
    calls.write(" ".join(arguments) + "\n")
if os.path.exists(os.path.join(folder, "none")):
    sys.exit("/usr/bin/python3: No module named pip")
if os.path.exists(os.path.join(folder, "full")):
    sys.exit("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device")
if os.path.exists(os.path.join(folder, "hang")):
    time.sleep(1000)
name, version = arguments[-1].split("==")
archive = os.path.join(folder, f"{name}-{version}.whl")
if not os.path.exists(archive):
    sys.exit(f"WARNING: retrying\nERROR: No matching distribution found for {name}=={version}")
shutil.copy(archive, os.path.join(arguments[arguments.index("--dest") + 1], f"{name}-{version}-py3-none-any.whl"))
