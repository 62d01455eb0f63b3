"""Draw library.svg: what examples/track_csv.py makes of examples/detections.csv.

.venv/bin/python docs/library.py
"""

import os
import runpy
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.argv = ["track_csv.py"]
        runpy.run_path(str(HERE.parent / "examples" / "track_csv.py"))
        (HERE / "library.svg").write_text(Path("tracks.svg").read_text("utf-8"), encoding="utf-8")
