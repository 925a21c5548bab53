"""The AWS services that moto serves, and the WSGI middlewares before moto."""
