"""The image's scripts, found where they are since images get them by copy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "weather" / "images" / "prometheus"))
