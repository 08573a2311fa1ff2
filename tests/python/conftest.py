"""Unit tests of the Python of the project, which need no running stack."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "clients"), str(ROOT)]
