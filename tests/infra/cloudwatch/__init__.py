"""The template's alarms on simulated metrics: each rings for its fault, none on a healthy day.

metrics.py, metric_math.py and alarms.py evaluate alarms as CloudWatch documents it, as far as the template
needs it; simulated_day.py has the metrics and roll-ups of a day.
"""
