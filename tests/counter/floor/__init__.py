"""`shop` simulates floors, cameras and people."""
