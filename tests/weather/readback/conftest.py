"""What reads the topic back, found where it is since the image gets it by copy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "weather" / "images" / "readback"))
