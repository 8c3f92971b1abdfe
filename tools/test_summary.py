#!/usr/bin/env python3
"""Counts what scripts/test ran: `N passed, N failed, N skipped` as the last line; exit 1 if anything failed.

A test program that writes its cases (GoogleTest) counts case by case, any other ctest entry counts as one. A program
that failed without a failed case (a crash, a sanitizer's report, a time-out) counts as one failure more.
"""
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def cases_of(folder):
    """Test program -> (passed, failed names, skipped names)."""
    found = {}
    for path in sorted(folder.glob("*.xml")):
        try:
            suites = ElementTree.parse(path).getroot()
        except ElementTree.ParseError:
            continue  # cut off by a crash, which ctest reports
        passed, failed, skipped = 0, [], []
        for case in suites.iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            if case.find("failure") is not None:
                failed.append(name)
            elif case.find("skipped") is not None or case.get("result") == "skipped":
                skipped.append(name)
            elif case.get("status") == "run":
                passed += 1
        found[path.stem] = (passed, failed, skipped)
    return found


def main():
    results, failed_builds = Path(sys.argv[1]), sys.argv[2:]
    passed, failed, skipped = 0, [f"the {preset} build" for preset in failed_builds], []
    for preset in sorted(path for path in results.iterdir() if path.is_dir()):
        report = preset / "ctest.xml"
        if not report.exists():
            failed.append(f"{preset.name}: ctest wrote no report")
            continue
        programs = cases_of(preset / "cases")
        for test in ElementTree.parse(report).getroot().iter("testcase"):
            name, status = test.get("name"), test.get("status")
            cases = programs.get(f"{name}_test")
            if cases:
                passed += cases[0]
                failed += [f"{preset.name}: {case}" for case in cases[1]]
                skipped += [f"{preset.name}: {case}" for case in cases[2]]
                if status == "fail" and not cases[1]:
                    failed.append(f"{preset.name}: {name} (the program failed, no case did)")
            elif status == "run":
                passed += 1
            elif status == "fail":
                failed.append(f"{preset.name}: {name}")
            else:
                skipped.append(f"{preset.name}: {name}")
    print()
    for label, names in (("skipped", skipped), ("failed", failed)):
        for name in names:
            print(f"{label}: {name}")
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
