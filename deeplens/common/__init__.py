"""What every part of the unit uses: settings, opening hours, frame names, errors, the status log."""
