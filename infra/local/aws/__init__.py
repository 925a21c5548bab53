"""The AWS services of the local cloud that moto serves, and what stands around moto."""
