"""`test_series` covers joined.py, past_days.py, totals.py, instant_measures.py and quarter_measures.py by
hand-worked figures; test_intervals.py covers their intervals on simulated shops.
"""
