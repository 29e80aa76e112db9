"""What reads stages back, and what fills the lake: found where they are, as their images get copies."""

import sys
from pathlib import Path

IMAGES = Path(__file__).parents[3] / "weather" / "images"
sys.path[:0] = [str(IMAGES / "readback"), str(IMAGES / "lake")]
