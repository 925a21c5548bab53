"""The model of the costs. `test_model.py` also covers counts.py, data.py and fleet.py.

`python -m tests.infra.cost.update` counts anew, and rewrites `counts.toml` and the tables of the documents.
"""
