#!/usr/bin/env python3
"""Measures how full file systems are.

The parameters, already checked against schema.json, come as JSON on standard
input (and in the file named by ORLOJ_PARAMETERS).
"""

import json
import shutil
import sys

parameters = json.load(sys.stdin)
warn = parameters.get("warnPercent", 80)
fail = parameters.get("failPercent", 95)
paths = parameters["paths"]

usage = []
warnings = []
errors = []
for number, path in enumerate(paths, start=1):
    try:
        disk = shutil.disk_usage(path)
    except OSError as error:
        errors.append(f"{path}: {error.strerror}")
        continue
    percent = round(100 * disk.used / disk.total, 1) if disk.total else 0.0
    print(f"{path}: {percent} % of {disk.total} bytes", flush=True)
    usage.append({"path": path, "percent": percent, "freeBytes": disk.free})
    if percent > fail:
        errors.append(f"{path} is {percent} % full")
    elif percent > warn:
        warnings.append(f"{path} is {percent} % full")
    print(f"orloj:progress {100 * number // len(paths)} {path}", flush=True)

result = {
    "summary": f"{len(usage)} of {len(paths)} file systems measured",
    "recordsProcessed": len(usage),
    "usage": usage,
    "warnings": warnings,
    "errors": errors,
}
print("orloj:result " + json.dumps(result), flush=True)
for error in errors:
    print(error, file=sys.stderr)
sys.exit(2 if errors else 1 if warnings else 0)
