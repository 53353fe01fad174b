"""Files to frames and samples: formats, calibrations and datasets of the field."""
