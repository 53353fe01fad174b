"""The vocabulary: frames, predictions, depth units, camera geometry, stamp matching."""
