"""`arrays` has types alone, which `test_filling` and the others use."""
