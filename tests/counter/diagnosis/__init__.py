"""test_health.py covers health.py on the wire; the others are pure."""
